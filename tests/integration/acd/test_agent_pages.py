"""Agents on the console and over the API: who sees whom, figures and the rows behind them."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.agent_times import today_of
from apps.acd.engine.agent_state import PAUSED, READY, TALKING, WRAP_UP, Live
from apps.acd.engine.spans import Span
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_sign_in
from apps.acd.state_spans import Beat, spans_apply
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    DepartmentFactory,
    QueueMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NUMBERS = count(1_000_000)


class Office:
    """A company with a wrapping agent, a colleague of another department, a lead; a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.member = QueueMemberFactory(agent__number="1001", queue__number="7001")
            self.agent: Agent = self.member.agent
            tenant = self.agent.tenant
            department = DepartmentFactory(tenant=tenant)
            self.agent.user.department = department
            self.agent.user.save()
            self.colleague: Agent = AgentFactory(tenant=tenant, number="1002")
            self.lead: User = UserFactory(tenant=tenant, role=Role.TEAM_LEAD, department=department)
            self.inspector: User = UserFactory(tenant=tenant, role=Role.INSPECTOR)
            self.stranger: User = UserFactory(role=Role.ADMIN)
            agent_sign_in(agent=self.agent)
        self.now = timezone.now()
        self.queue = f"{tenant.slug}-7001"
        name = self.agent.sip_username
        moments = [self.now - timedelta(seconds=seconds) for seconds in (40, 30, 12, 10)]
        lives = [Live(READY), Live(TALKING, queue=self.queue), Live(PAUSED, reason="meal")]
        spans = [
            Span(name, start, live, ended_at=end)
            for start, end, live in zip(moments, moments[1:], lives, strict=False)
        ]
        self.until = self.now + timedelta(seconds=20)
        spans.append(Span(name, moments[-1], Live(WRAP_UP, self.until, queue=self.queue)))
        spans_apply(spans, Beat("n", self.now, is_seeing=True))
        # Around midnight the spans may be of two days: look at the day of the last one.
        self.day = today_of(self.agent, self.now)


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def token(user: User) -> dict[str, str]:
    text = f"token-{next(NUMBERS)}"
    with all_tenants("test"):
        ApiTokenFactory(tenant=user.tenant, user=user, token=text)
    return {"authorization": f"Token {text}"}


def test_the_lead_sees_his_agents_with_state_and_times(office: Office) -> None:
    page = browser(office.lead).get("/agents/").content.decode()
    assert 'data-agent="1001" data-state="wrap_up"' in page
    assert "Wrap-up" in page
    assert 'data-agent="1002"' not in page
    everybody = browser(office.inspector).get("/agents/").content.decode()
    assert 'data-agent="1002" data-state="signed_out"' in everybody
    assert 'data-testid="agent-total"' in everybody


def test_an_agent_sees_himself_and_a_stranger_nobody(office: Office) -> None:
    page = browser(office.agent.user).get("/agents/").content.decode()
    assert 'data-agent="1001"' in page
    assert 'data-agent="1002"' not in page
    assert (
        'data-testid="agent-row"' not in browser(office.stranger).get("/agents/").content.decode()
    )
    for user, number in ((office.stranger, "1001"), (office.lead, "1002"), (office.lead, "9")):
        assert browser(user).get(f"/agents/{number}/").status_code == 404


def test_the_days_rows_are_there_and_nonsense_dates_mean_today(office: Office) -> None:
    page = browser(office.lead).get(f"/agents/1001/?day={office.day}").content.decode()
    assert page.count('data-testid="span-row"') >= 1
    assert "Back to the agents" in page
    for day in ("nonsense", "2026-02-31", ""):
        assert browser(office.lead).get(f"/agents/1001/?day={day}").status_code == 200
    empty = browser(office.lead).get("/agents/1001/?day=2020-01-01").content.decode()
    assert "was not signed in on this day" in empty


def test_the_desk_shows_an_agent_his_own_day_and_others_none(office: Office) -> None:
    assert 'data-testid="my-day"' in browser(office.agent.user).get("/").content.decode()
    assert 'data-testid="my-day"' not in browser(office.lead).get("/").content.decode()


def test_the_api_tells_states_and_a_day_whose_rows_add_up(office: Office) -> None:
    client = Client()
    found = client.get("/api/v1/agents/", headers=token(office.lead)).json()["results"]
    assert [(one["number"], one["state"], one["queue"], one["is_seen"]) for one in found] == [
        ("1001", "wrap_up", "7001", True)
    ]
    assert datetime.fromisoformat(found[0]["until"]) == office.until
    day = client.get(
        f"/api/v1/agents/1001/day/?date={office.day}", headers=token(office.lead)
    ).json()
    assert sum(row["ms"] for row in day["rows"]) == day["signed_in_ms"]
    assert sum(day["by_state"].values()) + day["unseen_ms"] == day["signed_in_ms"]
    assert (
        client.get("/api/v1/agents/1001/day/?date=x", headers=token(office.lead)).status_code == 400
    )
    for user in (office.stranger, office.colleague.user):
        answer = client.get("/api/v1/agents/1001/day/", headers=token(user))
        assert answer.status_code == 404
    assert client.get("/api/v1/agents/").status_code == 401


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "%00"])
def test_no_day_is_a_server_error(office: Office, day: str) -> None:
    client = browser(office.lead)
    assert client.get(f"/agents/?day={day}").status_code == 200
    assert client.get(f"/agents/1001/?day={day}").status_code == 200
    assert client.get("/agents/%00/").status_code == 404
    answer = client.get(f"/api/v1/agents/1001/day/?date={day}")
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("url", ["/api/v1/agents/", "/api/v1/agents/1001/day/", "/api/v1/queues/"])
def test_numbers_mean_nothing_without_a_company(office: Office, url: str) -> None:
    operator = UserFactory(tenant=None, department=None, role=Role.HOST_OPERATOR, is_superuser=True)
    assert browser(operator).get(url).status_code == 403


def test_a_wrap_up_is_steered_by_himself_or_his_lead_only(office: Office) -> None:
    client, url = Client(), "/api/v1/agents/1001/wrap-up/"
    kind = "application/json"

    def ask(user: User, action: str) -> int:
        body = {"action": action}
        answer = client.post(url, body, content_type=kind, headers=token(user))
        return answer.status_code

    assert ask(office.inspector, "end") == 403
    assert ask(office.stranger, "end") == 404
    assert ask(office.lead, "nonsense") == 400
    for body in (b"[" * 100_000, b"\xff", b'{"action": "\\u0000"}', b"9" * 5_000, b"[]"):
        answer = client.post(url, body, content_type=kind, headers=token(office.lead))
        assert answer.status_code == 400
    assert ask(office.lead, "extend") == 204
    assert ask(office.agent.user, "end") == 204
    with tenant_scope(office.agent.tenant_id):
        session = agent_session_open(office.agent)
    assert session is not None
    assert session.wrap_up_over_at is not None
    assert session.wrap_up_over_at > office.now.astimezone(UTC)
    with all_tenants("test"):
        (kept,) = AuditEntry.objects.filter(action__startswith="agent.wrap_up")
    assert (kept.action, kept.actor) == ("agent.wrap_up_extend", office.lead)


def test_the_desks_buttons_lengthen_and_end_a_wrap_up(office: Office) -> None:
    client = browser(office.agent.user)
    assert client.post("/desk/wrap-up-more/").status_code == 204
    assert client.post("/desk/ready/").status_code == 204
    refused = browser(office.lead).post("/desk/wrap-up-more/")
    assert refused.status_code == 403
    assert browser(office.colleague.user).post("/desk/wrap-up-more/").status_code == 409
