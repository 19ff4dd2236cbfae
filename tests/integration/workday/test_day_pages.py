"""An agent's day on pages: hand-worked days, midnight, targets, and who may see whom."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.agent_times import today_of
from apps.acd.engine.agent_state import PAUSED, READY, TALKING, WRAP_UP, Live
from apps.acd.engine.spans import Span
from apps.acd.state_spans import spans_apply
from apps.audit.models import AuditEntry
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.surveys.models import SurveyAnswer, SurveyResult
from apps.tasks.models import Task
from apps.workday.errors import BadTargetError
from apps.workday.models import Target
from apps.workday.selectors import day_stretch, targets_of, week_stretch, work_calls, work_day
from apps.workday.services import target_set
from tests.factories import (
    AgentFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    QueueFactory,
    RecordingFactory,
    TargetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# Tuesday 2026-11-24 in Shanghai begins at 16:00 UTC of Monday.
MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
DAY = date(2026, 11, 24)
HOUR = 3600


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


class Team:
    """A department of three with a lead, somebody elsewhere, and a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.queue = QueueFactory()
            self.tenant, self.department = self.queue.tenant, self.queue.department
            self.agent, self.second, self.third = (self.make(number) for number in "123")
            self.elsewhere: Agent = AgentFactory(tenant=self.tenant, number="1009")
            self.lead: User = UserFactory(
                tenant=self.tenant, role=Role.TEAM_LEAD, department=self.department
            )
            self.admin: User = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.stranger: User = UserFactory(role=Role.ADMIN)

    def make(self, digit: str) -> Agent:
        found: Agent = AgentFactory(
            tenant=self.tenant, number=f"100{digit}", user__department=self.department
        )
        return found

    def call(self, seconds: float, agent: Agent | None = None, **more: Any) -> Call:
        """Make a call that rings at `agent` 10 s after it came and is answered at once."""
        who = agent or self.agent
        leg = {"result": "connected", **more.pop("leg", {})}
        found: Call = CallFactory(
            tenant=self.tenant,
            started_at=at(seconds - 10),
            answered_at=at(seconds),
            ended_at=at(seconds + 60),
            **{"agent": who, "queue_department": self.department, **more},
        )
        LegFactory(
            tenant=self.tenant,
            call=found,
            agent=who,
            **{
                "started_at": at(seconds),
                "offered_at": at(seconds),
                "answered_at": at(seconds) if leg["result"] == "connected" else None,
                "ended_at": at(seconds + 60),
                **leg,
            },
        )
        return found

    def spans(self, agent: Agent, *states: tuple[float, float, str, str]) -> None:
        spans_apply(
            [
                Span(agent.sip_username, at(start), Live(state, reason=why), ended_at=at(end))
                for start, end, state, why in states
            ],
            None,
        )

    def score(self, call: Call, agent: Agent, *bad: bool) -> None:
        result = SurveyResult.objects.create(
            tenant=self.tenant, call=call, agent=agent, name="S", started_at=call.started_at
        )
        for position, is_bad in enumerate(bad):
            SurveyAnswer.objects.create(
                tenant=self.tenant, result=result, position=position, score=1, is_bad=is_bad
            )


@pytest.fixture
def team(db: None) -> Team:
    return Team()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def values(team: Team, day: date = DAY, *, is_week: bool = False) -> dict[str, float | None]:
    with tenant_scope(team.tenant.pk):
        found = work_day(team.agent, week_stretch(day) if is_week else day_stretch(day))
    return {name: line.value for name, line in found.lines.items()}


def test_a_day_worked_by_hand_with_calls_around_midnight(team: Team) -> None:
    with all_tenants("test"):
        # The day before: rang at 23:59:50, was not taken, rang again at 00:00:20, was answered.
        late = team.call(-10, leg={"result": "not_answered"})
        LegFactory(
            tenant=team.tenant,
            call=late,
            agent=team.agent,
            started_at=at(20),
            offered_at=at(20),
            result="connected",
        )
        # Of this day: four answered, one of them at the last second, one let ring, one given up,
        # one that a colleague took; two made, one reached; a colleague's call, counted nowhere.
        for seconds in (0, 9 * HOUR, 10 * HOUR, 24 * HOUR - 1):
            team.call(seconds)
        team.call(11 * HOUR, agent=team.agent, leg={"result": "not_answered"}, outcome="answered")
        given_up = {"result": ""}
        team.call(12 * HOUR, leg=given_up, outcome="abandoned")
        Call.objects.filter(outcome="abandoned").update(answered_at=None)
        team.call(13 * HOUR, leg={"result": ""})
        for seconds, answered in ((14 * HOUR, True), (15 * HOUR, False)):
            made = team.call(seconds, direction="out", leg={"offered_at": None})
            made.legs.update(uniqueid=made.linkedid)
            if not answered:
                Call.objects.filter(pk=made.pk).update(answered_at=None)
        team.call(16 * HOUR, direction="internal")
        # The next day.
        team.call(24 * HOUR)
        team.call(9 * HOUR, agent=team.second)
    team.spans(
        team.agent,
        (-100, 600, READY, ""),
        (600, 4200, TALKING, ""),
        (4200, 5400, WRAP_UP, ""),
        (5400, 6000, PAUSED, "meal"),
        (24 * HOUR - 1200, 24 * HOUR + 500, READY, ""),
    )
    # Handling 3,600 + 1,200 s; ready 600 + 1,200 s; busy 600 s: 4,800 / 6,600, 6,600 / 7,200, and
    # 4,800 s for 4 answered and 1 reached.
    found = values(team)
    assert found == {
        "answered": 4,
        "missed": 2,
        "taken": 1,
        "made": 2,
        "reached": 1,
        "talk": 3_600_000,
        "hold": 0,
        "wrap_up": 1_200_000,
        "ready": 1_800_000,
        "paused": 600_000,
        "signed_in": 7_200_000,
        "handling": 960_000,
        "occupancy": 4800 / 6600,
        "utilisation": 6600 / 7200,
        "service_score": None,
    }
    before, after = values(team, DAY - timedelta(days=1)), values(team, DAY + timedelta(days=1))
    assert (before["answered"], before["missed"], before["ready"]) == (1, 0, 100_000)
    assert (after["answered"], after["ready"]) == (1, 500_000)
    week = values(team, is_week=True)
    for name in ("answered", "missed", "taken", "made", "talk", "ready", "signed_in"):
        parts = [values(team, week_stretch(DAY).first + timedelta(days=n))[name] for n in range(7)]
        assert week[name] == sum(part or 0 for part in parts)


def test_a_day_without_an_hour_is_of_the_companys_zone_too(team: Team) -> None:
    team.tenant.timezone = "Europe/Berlin"
    team.tenant.save()
    team.agent.refresh_from_db()
    # 2026-03-29 has 23 hours in Berlin: from 23:00 UTC of the 28th to 22:00 UTC of the 29th.
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)
    for hours, moment in ((1, start), (2, start + timedelta(hours=22, minutes=59))):
        spans_apply(
            [
                Span(
                    team.agent.sip_username,
                    moment,
                    Live(READY),
                    ended_at=moment + timedelta(minutes=hours),
                )
            ],
            None,
        )
    with tenant_scope(team.tenant.pk):
        agent = Agent.objects.select_related("user", "tenant").get(pk=team.agent.pk)
        day = work_day(agent, day_stretch(date(2026, 3, 29)))
        after = work_day(agent, day_stretch(date(2026, 3, 30)))
    assert (day.lines["ready"].value, after.lines["ready"].value) == (120_000, 60_000)


def test_every_figures_calls_are_exactly_as_many_as_it_says(team: Team) -> None:
    with all_tenants("test"):
        for hours in (1, 2, 3):
            scored = team.call(hours * HOUR)
        team.score(scored, team.agent, False, True)
        team.call(4 * HOUR, leg={"result": "not_answered"})
        # Another department's call, whose agent took it: the lead cannot open it.
        team.call(
            5 * HOUR,
            leg={"result": "not_answered"},
            queue_department=DepartmentFactory(tenant=team.tenant),
        )
        Call.objects.filter(started_at=at(5 * HOUR - 10)).update(agent=team.elsewhere)
    found = values(team)
    assert (found["answered"], found["missed"], found["service_score"]) == (3, 2, 0.5)
    with tenant_scope(team.tenant.pk):
        for user, open_of in ((team.agent.user, 2), (team.lead, 1), (team.admin, 2)):
            for figure, whole in (("answered", 3), ("missed", 2), ("taken", 0), ("made", 0)):
                rows, hidden = work_calls(
                    user=user, agent=team.agent, stretch=day_stretch(DAY), figure=figure
                )
                assert rows.count() + hidden == whole
                if figure == "missed":
                    assert rows.count() == open_of
    page = browser(team.agent.user).get(f"/my-day/?day={DAY}").content.decode()
    assert 'data-figure="answered" data-value="3.0"' in page
    behind = browser(team.agent.user).get(f"/agents/1001/calls/?figure=answered&day={DAY}")
    assert behind.content.decode().count('data-testid="call-row"') == 3
    behind = browser(team.lead).get(f"/agents/1001/calls/?figure=missed&day={DAY}")
    assert behind.content.decode().count('data-testid="call-row"') == 1
    assert "1 more call belongs to another department" in behind.content.decode()
    for figure in ("talk", "", "%00", "occupancy"):
        asked = browser(team.lead).get(f"/agents/1001/calls/?figure={figure}")
        assert asked.status_code == 404


def test_team_mean_has_no_names_and_needs_three(team: Team) -> None:
    for agent, minutes in ((team.agent, 30), (team.second, 60)):
        team.spans(agent, (0, minutes * 60, TALKING, ""))
    client = browser(team.agent.user)
    page = client.get(f"/my-day/?day={DAY}").content.decode()
    assert "at least three" in page
    team.spans(team.third, (0, 90 * 60, TALKING, ""))
    with tenant_scope(team.tenant.pk):
        found = work_day(team.agent, day_stretch(DAY)).lines["talk"]
    assert (found.value, found.team) == (1_800_000, 3_600_000)
    page = client.get(f"/my-day/?day={DAY}").content.decode()
    assert "1:00:00" in page
    work = page[page.index('id="work-day"') :]
    for colleague in (team.second, team.third):
        assert colleague.number not in work
        assert colleague.user.display_name not in work


def test_who_sees_whose_day(team: Team) -> None:
    for user, number, status in (
        (team.lead, "1001", 200),
        (team.admin, "1001", 200),
        (team.agent.user, "1001", 200),
        (team.lead, "1009", 404),
        (team.agent.user, "1002", 404),
        (team.stranger, "1001", 404),
    ):
        assert browser(user).get(f"/agents/{number}/").status_code == status
        address = f"/agents/{number}/calls/?figure=answered"
        assert browser(user).get(address).status_code == status
    assert browser(team.lead).get("/my-day/").status_code == 403
    assert Client().get("/my-day/").status_code == 302
    for day in ("9999-12-31", "0001-01-01", "2026-02-30", "%00"):
        for span in ("day", "week", "%00"):
            asked = browser(team.agent.user).get(f"/my-day/?day={day}&span={span}")
            assert asked.status_code == 200


def test_own_recordings_and_tasks_are_his_and_hearing_is_the_companys_right(team: Team) -> None:
    with all_tenants("test"):
        mine, other = team.call(HOUR), team.call(HOUR, agent=team.second)
        for call, agent in ((mine, team.agent), (other, team.second)):
            RecordingFactory(
                tenant=team.tenant, call=call, agent=agent, state="ready", started_at=at(HOUR)
            )
        today = timezone.now()
        for number, (who, due) in enumerate(
            (
                (team.agent.user, today),
                (team.agent.user, today + timedelta(days=3)),
                (team.second.user, today),
            )
        ):
            Task.objects.create(
                tenant=team.tenant,
                kind="call_back",
                title=f"Task no. {number}",
                assignee=who,
                due_at=due,
            )
    client = browser(team.agent.user)
    page = client.get(f"/my-day/?day={DAY}").content.decode()
    assert page.count('data-testid="own-recording"') == 1
    page = client.get("/my-day/").content.decode()
    assert "Task no. 0" in page
    assert "Task no. 1" not in page
    assert "Task no. 2" not in page
    with tenant_scope(team.tenant.pk):
        audio = f"/recordings/{mine.recordings.get().pk}/audio"
    admin = browser(team.admin)
    assert browser(team.lead).post("/agent-targets/recordings/", {}).status_code == 403
    assert browser(team.agent.user).post("/agent-targets/recordings/", {}).status_code == 403
    assert admin.post("/agent-targets/recordings/", {}).status_code == 302
    page = client.get(f"/my-day/?day={DAY}").content.decode()
    assert 'data-testid="own-recording"' not in page
    assert 'data-testid="no-hearing"' in page
    assert client.get(audio).status_code == 404
    page = browser(team.lead).get(f"/agents/1001/?day={DAY}").content.decode()
    assert page.count('data-testid="own-recording"') == 1
    admin.post("/agent-targets/recordings/", {"is_allowed": "1"})
    page = client.get(f"/my-day/?day={DAY}").content.decode()
    assert page.count('data-testid="own-recording"') == 1
    with tenant_scope(team.tenant.pk):
        assert AuditEntry.objects.filter(action="recording.right").count() == 2


def test_targets_are_set_by_place_and_seen_beside_the_figures(team: Team) -> None:
    admin, lead = browser(team.admin), browser(team.lead)
    address = "/agent-targets/new/"
    admin.post(address, {"figure": "answered", "place": "company", "value": "9"})
    department, agent = f"department:{team.department.pk}", f"agent:{team.agent.pk}"
    lead.post(address, {"figure": "answered", "place": department, "value": "2"})
    with tenant_scope(team.tenant.pk):
        assert targets_of(team.agent)["answered"].value == 2
        assert targets_of(team.elsewhere)["answered"].value == 9
    lead.post(address, {"figure": "answered", "place": agent, "value": "3"})
    lead.post(address, {"figure": "answered", "place": agent, "value": "1"})
    with all_tenants("test"):
        team.call(HOUR)
        assert Target.objects.count() == 3
    page = browser(team.agent.user).get(f"/my-day/?day={DAY}").content.decode()
    assert page.count('data-testid="target-met"') == 1
    assert ">reached<" in page
    with tenant_scope(team.tenant.pk):
        own = Target.objects.get(agent=team.agent)
    assert lead.post(f"/agent-targets/{own.pk}/remove/").status_code == 302
    page = browser(team.agent.user).get(f"/my-day/?day={DAY}").content.decode()
    assert "not reached" in page


def test_nobody_sets_targets_that_are_not_his(team: Team) -> None:
    elsewhere = f"agent:{team.elsewhere.pk}"
    for place in ("company", elsewhere, f"department:{team.elsewhere.user.department_id}", "x:1"):
        browser(team.lead).post(
            "/agent-targets/new/", {"figure": "answered", "place": place, "value": "1"}
        )
    for value in ("-1", "1e3", "99999999999", "\0", ""):
        browser(team.admin).post(
            "/agent-targets/new/", {"figure": "answered", "place": "company", "value": value}
        )
    with tenant_scope(team.tenant.pk):
        assert not Target.objects.exists()
        for user, error, fields in (
            (team.lead, ForbiddenError, {}),
            (team.lead, NotFoundError, {"agent_id": team.elsewhere.pk}),
            (team.agent.user, ForbiddenError, {"agent_id": team.agent.pk}),
            (team.admin, BadTargetError, {"figure": "talk"}),
            (team.admin, BadTargetError, {"figure": "occupancy", "value": 101}),
        ):
            with pytest.raises(error):
                target_set(user=user, **{"figure": "answered", "value": 1, **fields})
    with all_tenants("test"):
        row = TargetFactory(tenant=team.tenant, agent=team.elsewhere)
    for user, status in ((team.lead, 404), (team.stranger, 404), (team.agent.user, 403)):
        assert browser(user).post(f"/agent-targets/{row.pk}/remove/").status_code == status
    assert browser(team.agent.user).get("/agent-targets/").status_code == 403


def test_declines_are_for_leads_by_reason(team: Team) -> None:
    with all_tenants("test"):
        call = team.call(HOUR)
        for reason in ("busy", "busy", "technical"):
            AuditEntry.objects.create(
                tenant=team.tenant,
                actor=team.agent.user,
                action="call.declined",
                object_type="call",
                object_id=str(call.pk),
                detail={"agent": "1001", "reason": reason},
            )
    today = today_of(team.agent)
    page = browser(team.lead).get(f"/agents/1001/?day={today}").content.decode()
    assert page.count('data-testid="decline-row"') == 3
    assert "Busy with another customer: 2" in page
    assert "decline-counts" not in browser(team.lead).get("/agents/1002/").content.decode()
    own = browser(team.agent.user).get(f"/my-day/?day={today}").content.decode()
    assert "decline-row" not in own


def test_the_pages_questions_do_not_grow_with_calls_and_colleagues(team: Team) -> None:
    client = browser(team.agent.user)
    client.get(f"/my-day/?day={DAY}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/my-day/?day={DAY}")
    with all_tenants("test"):
        for number in range(5):
            colleague = AgentFactory(tenant=team.tenant, user__department=team.department)
            call = team.call(HOUR + number, agent=colleague)
            mine = team.call(2 * HOUR + number)
            RecordingFactory(
                tenant=team.tenant, call=mine, agent=team.agent, started_at=at(2 * HOUR)
            )
            team.score(call, colleague, False)
    with CaptureQueriesContext(connection) as many:
        client.get(f"/my-day/?day={DAY}")
    assert len(many) <= len(few) + 1
