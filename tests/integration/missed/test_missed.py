"""Missed calls: made by the ledger, shared by a queue, claimed by one, done once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.models import AgentSession
from apps.audit.models import AuditEntry
from apps.calls import resolve
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.models import Call, QueueVisit
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.missed.errors import MissedTakenError
from apps.missed.models import MissedCall
from apps.missed.selectors import CLAIM_LASTS, agent_missed, missed_get_for, missed_open_count
from apps.missed.services import (
    missed_claim,
    missed_done,
    missed_release,
    missed_reopen,
    missed_told,
)
from apps.realtime.snapshot import desk_snapshot
from apps.telephony.after_facts import after_facts
from tests.factories import (
    AgentFactory,
    CallFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NUMBER = "13714700001"
KEY = f"+86{NUMBER}"


class Floor:
    """A queue with two agents and a lead; an agent of another queue; a stranger."""

    def __init__(self) -> None:
        self.now = timezone.now()
        with all_tenants("test"):
            self.queue = QueueFactory(number="7401")
            self.tenant = self.queue.tenant
            self.first, self.second = (
                QueueMemberFactory(tenant=self.tenant, queue=self.queue).agent for _ in range(2)
            )
            self.other: Agent = QueueMemberFactory(tenant=self.tenant).agent
            self.lead: User = UserFactory(
                tenant=self.tenant, role=Role.TEAM_LEAD, department=self.queue.department
            )
            self.stranger: Agent = AgentFactory(tenant=TenantFactory())

    def call(self, minutes_ago: float = 5, **more: Any) -> Call:
        """Make a call that was given up in the queue after half a minute."""
        began = self.now - timedelta(minutes=minutes_ago)
        values = {
            "caller": NUMBER,
            "caller_lookup": KEY,
            "queue_number": self.queue.number,
            "queue_name": self.queue.asterisk_name,
            "queue_department": self.queue.department,
            "started_at": began,
            "queued_at": began,
            "answered_at": None,
            "outcome": "abandoned",
            "ended_at": began + timedelta(seconds=30),
        }
        with all_tenants("test"):
            found: Call = CallFactory(tenant=self.tenant, **{**values, **more})
        return found

    def out(self, minutes_ago: float, answered_at: datetime | None) -> Call:
        return self.call(
            minutes_ago,
            direction="out",
            caller="1001",
            caller_lookup="1001",
            dialled=NUMBER,
            dialled_lookup=KEY,
            agent=self.first,
            answered_at=answered_at,
            outcome="answered" if answered_at else "failed",
        )

    def rows(self) -> list[MissedCall]:
        with all_tenants("test"):
            return list(MissedCall.objects.order_by("pk").select_related("call"))

    def told(self, *calls: Call) -> None:
        with all_tenants("test"):
            missed_told(calls)

    def seen(self, user: User) -> list[int]:
        page = browser(user).get("/missed/").content.decode()
        return [row.pk for row in self.rows() if f'data-missed="{row.pk}"' in page]


@pytest.fixture
def floor(db: None) -> Floor:
    return Floor()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_one_row_for_a_number_however_often_it_is_told(floor: Floor) -> None:
    first, second = floor.call(9), floor.call(5)
    for calls in ((first,), (first,), (second,), (second, first), (first, second)):
        floor.told(*calls)
    (row,) = floor.rows()
    assert (row.count, row.call_id, row.number_key, row.done_at) == (2, second.pk, KEY, None)


@pytest.mark.parametrize(
    "more",
    [
        {"outcome": "voicemail"},
        {"outcome": "self_service"},
        {"outcome": "refused"},
        {"caller": "", "caller_lookup": ""},
        {"direction": "internal"},
        {"ended_at": None},
        {"outcome": "failed", "queued_at": None, "queue_number": ""},
    ],
)
def test_who_needs_no_call_back_makes_no_row(floor: Floor, more: dict[str, Any]) -> None:
    floor.told(floor.call(**more))
    assert floor.rows() == []


def test_a_later_answered_call_marks_it_and_says_who(floor: Floor) -> None:
    floor.told(floor.call(30))
    # Tried, not reached: still to do. An answered call before it does not count either.
    floor.told(floor.out(20, None), floor.out(40, floor.now - timedelta(minutes=39)))
    assert floor.rows()[0].done_at is None
    reached_at = floor.now - timedelta(minutes=10)
    back = floor.out(11, reached_at)
    floor.told(back, back)
    (row,) = floor.rows()
    assert (row.done_how, row.done_at, row.done_by, row.done_call_id) == (
        "called",
        reached_at,
        floor.first.user,
        back.pk,
    )
    # Missed once more: a new row; this time he calls again himself.
    floor.told(floor.call(8))
    again = floor.call(
        6, answered_at=floor.now - timedelta(minutes=5), agent=floor.second, outcome="answered"
    )
    floor.told(again)
    assert [one.done_how for one in floor.rows()] == ["called", "called_again"]
    assert floor.rows()[1].done_by == floor.second.user


def test_facts_that_come_late_make_no_row_for_who_was_answered_since(floor: Floor) -> None:
    lost = floor.call(30)
    floor.told(floor.out(20, floor.now - timedelta(minutes=19)))
    floor.told(lost)
    assert floor.rows() == []


def test_two_agents_cannot_call_the_same_person(floor: Floor) -> None:
    floor.told(floor.call())
    (row,) = floor.rows()
    with tenant_scope(floor.tenant.pk):
        missed_claim(missed=row, agent=floor.first)
        missed_claim(missed=row, agent=floor.first)
        for act in (
            lambda: missed_claim(missed=row, agent=floor.second),
            lambda: missed_done(missed=row, user=floor.second.user),
        ):
            with pytest.raises(MissedTakenError):
                act()
        assert missed_open_count(user=floor.first.user) == 1
        assert missed_open_count(user=floor.second.user) == 0
        missed_release(missed=row, agent=floor.second)
        with pytest.raises(MissedTakenError):
            missed_claim(missed=row, agent=floor.second)
        missed_release(missed=row, agent=floor.first)
        missed_claim(missed=row, agent=floor.second)
        # Who claims and goes away keeps nobody for ever.
        late = timezone.now() + CLAIM_LASTS + timedelta(seconds=1)
        missed_claim(missed=row, agent=floor.first, now=late)


def test_done_by_hand_says_who_and_can_be_taken_back(floor: Floor) -> None:
    floor.told(floor.call())
    (row,) = floor.rows()
    client = browser(floor.first.user)
    for _time in range(2):
        assert client.post(f"/missed/{row.pk}/done/").status_code == 204
    (row,) = floor.rows()
    assert (row.done_how, row.done_by) == ("by_hand", floor.first.user)
    page = client.get("/missed/").content.decode()
    assert page.count('data-testid="missed-done-row"') == 1
    assert floor.first.user.display_name in page
    assert client.post(f"/missed/{row.pk}/reopen/").status_code == 204
    assert floor.rows()[0].done_at is None
    with tenant_scope(floor.tenant.pk):
        said = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
        assert said == ["missed.done", "missed.reopen"]
        missed_done(missed=row, user=floor.first.user)
    floor.told(floor.call(1))
    with tenant_scope(floor.tenant.pk), pytest.raises(MissedTakenError):
        missed_reopen(missed=row, user=floor.first.user)


def test_it_is_seen_by_the_queues_people_and_nobody_else(floor: Floor) -> None:
    floor.told(floor.call())
    (row,) = floor.rows()
    for user, seen in (
        (floor.first.user, [row.pk]),
        (floor.second.user, [row.pk]),
        (floor.lead, [row.pk]),
        (floor.other.user, []),
        (floor.stranger.user, []),
    ):
        assert floor.seen(user) == seen
        status = 204 if seen else 404
        if user != floor.lead:
            assert browser(user).post(f"/missed/{row.pk}/claim/").status_code == (
                409 if user == floor.second.user else status
            )
    assert browser(floor.lead).post(f"/missed/{row.pk}/claim/").status_code == 403
    for act in ("done", "release", "reopen"):
        assert browser(floor.stranger.user).post(f"/missed/{row.pk}/{act}/").status_code == 404
    assert Client().get("/missed/").status_code == 302
    with all_tenants("test"):
        LegFactory(tenant=floor.tenant, call=row.call, agent=floor.other)
    assert floor.seen(floor.other.user) == [row.pk]


def test_dialling_it_claims_it_and_a_colleague_is_told(floor: Floor) -> None:
    floor.told(floor.call())
    (row,) = floor.rows()
    with tenant_scope(floor.tenant.pk):
        missed_claim(missed=row, agent=floor.first)
    answer = browser(floor.second.user).post("/desk/dial/", {"reference": f"missed:{row.pk}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "missed.taken")
    with tenant_scope(floor.tenant.pk):
        missed_release(missed=row, agent=floor.first)
    # Refused or not (there is no trunk here), the number is his for a while.
    browser(floor.second.user).post("/desk/dial/", {"reference": f"missed:{row.pk}"})
    with all_tenants("test"):
        assert MissedCall.objects.get().claimed_by == floor.second
    strange = browser(floor.stranger.user).post("/desk/dial/", {"reference": f"missed:{row.pk}"})
    assert strange.status_code == 404


def test_count_is_in_the_snapshot_and_pushed_to_each(
    floor: Floor, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, Any]] = []
    from apps.core import events

    monkeypatch.setattr(events.publisher, "send", lambda group, one: sent.append((group, one)))
    with django_capture_on_commit_callbacks(execute=True):
        floor.told(floor.call())
    told = {group: one["data"]["to_call_back"] for group, one in sent}
    names = [f"stream.user.{user.pk}" for user in (floor.first.user, floor.second.user, floor.lead)]
    assert told == dict.fromkeys(names, 1)
    assert desk_snapshot(floor.first.user)[1]["to_call_back"] == 1
    assert desk_snapshot(floor.other.user)[1]["to_call_back"] == 0


def test_what_an_agent_missed_says_why(floor: Floor) -> None:
    rang, waited, before, answered = floor.call(5), floor.call(6), floor.call(90), floor.call(7)
    with all_tenants("test"):
        LegFactory(tenant=floor.tenant, call=rang, agent=floor.first, offered_at=rang.started_at)
        Call.objects.filter(pk=answered.pk).update(answered_at=floor.now)
        for call in (rang, waited, before, answered):
            QueueVisit.objects.create(
                tenant=floor.tenant,
                call=call,
                number=0,
                queue_name=floor.queue.asterisk_name,
                queue_number=floor.queue.number,
                joined_at=call.started_at,
                left_at=call.ended_at,
                how="abandoned",
            )
        AgentSession.objects.create(
            tenant=floor.tenant,
            agent=floor.first,
            phone_kind="web",
            state_since=floor.now,
            signed_in_at=floor.now - timedelta(hours=1),
        )
        since = floor.now - timedelta(days=1)
        mine = [(call.pk, call.why) for call in agent_missed(floor.first, since=since)]
        assert mine == [(rang.pk, "rang"), (waited.pk, "queued")]
        assert list(agent_missed(floor.second, since=since)) == []
    page = browser(floor.first.user).get("/missed/").content.decode()
    assert page.count('data-testid="missed-row"') == 2
    assert 'data-why="rang"' in page


def test_numbers_are_masked_for_whom_they_are(floor: Floor) -> None:
    floor.told(floor.call())
    User.objects.filter(pk=floor.first.user_id).update(has_numbers_masked=True)
    floor.first.user.refresh_from_db()
    assert NUMBER not in browser(floor.first.user).get("/missed/").content.decode()
    assert NUMBER not in browser(floor.first.user).get("/").content.decode()
    with tenant_scope(floor.tenant.pk):
        assert missed_get_for(user=floor.first.user, pk=floor.rows()[0].pk)


def test_the_pages_questions_do_not_grow(floor: Floor) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser(floor.first.user)
    floor.told(floor.call())
    client.get("/missed/")
    with CaptureQueriesContext(connection) as few:
        client.get("/missed/")
    for number in range(6):
        other = f"1371470001{number}"
        call = floor.call(caller=other, caller_lookup=f"+86{other}")
        floor.told(call)
        with all_tenants("test"):
            LegFactory(
                tenant=floor.tenant, call=call, agent=floor.first, offered_at=call.started_at
            )
    with CaptureQueriesContext(connection) as many:
        client.get("/missed/")
    assert len(many) <= len(few) + 1


def test_the_ledgers_facts_make_the_row_and_a_later_answer_marks_it(floor: Floor) -> None:
    resolve.caches_clear()
    name = floor.queue.asterisk_name

    def told(number: int, *kinds_and_data: tuple[str, str, dict[str, Any]]) -> None:
        facts = [
            Fact(
                node="pbx1",
                linkedid=f"pbx1-18{number}.1",
                key=f"{leg}:{kind}",
                kind=kind,
                at=floor.now + timedelta(minutes=number, seconds=seconds),
                source=kinds.AMI,
                uniqueid=f"pbx1-18{number}.{leg}",
                data=data,
            )
            for seconds, (leg, kind, data) in enumerate(kinds_and_data)
        ]
        after_facts(facts, facts_apply(facts))

    caller = {"channel": "PJSIP/trunk-carrier-01", "caller": NUMBER, "exten": "4008002000"}
    entered = {"tenant": floor.tenant.slug, "did": "4008002000"}
    begin = (
        ("1", kinds.LEG_STARTED, caller),
        ("1", kinds.ENTERED, entered),
        ("1", kinds.LEG_ANSWERED, caller),
        ("1", kinds.QUEUED, {"queue": name}),
    )
    told(1, *begin, ("1", kinds.LEG_ENDED, {"cause": "16"}))
    (row,) = floor.rows()
    assert (row.number_key, row.call.outcome, row.done_at) == (KEY, "abandoned", None)
    his = {"channel": f"PJSIP/{floor.first.endpoint_web}-02", "endpoint": floor.first.endpoint_web}
    told(2, *begin, ("2", kinds.LEG_STARTED, his), ("2", kinds.CONNECTED, his))
    (row,) = floor.rows()
    assert (row.done_how, row.done_by) == ("called_again", floor.first.user)
