"""Live calls: who may do what with which, what is written down, and who is told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_sign_in
from apps.audit.models import AuditEntry
from apps.calls.engine.facts import APART, Fact
from apps.calls.models import Call, CallFact, Leg
from apps.calls.resolve import caches_clear
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants, tenant_scope
from apps.supervision import services
from apps.supervision.models import Supervision, SupervisionPolicy
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    DepartmentFactory,
    QueueMemberFactory,
    UserFactory,
)
from tests.fixtures.fake_phone_system import FakePhoneSystem

pytestmark = pytest.mark.django_db
LINKEDID = "sup-1.1"


class Office:
    """An agent of sales who talks with a caller; leads of sales and support; a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            member = QueueMemberFactory(agent__number="1001", queue__number="7001")
            self.agent: Agent = member.agent
            self.queue = member.queue
            self.tenant = tenant = self.agent.tenant
            sales, support = DepartmentFactory(tenant=tenant), DepartmentFactory(tenant=tenant)
            self.queue.department = sales
            self.queue.save()
            self.agent.user.department = sales
            self.agent.user.save()
            self.colleague: Agent = AgentFactory(tenant=tenant, number="1002")
            QueueMemberFactory(tenant=tenant, queue=self.queue, agent=self.colleague)
            self.other: Agent = AgentFactory(tenant=tenant, number="1004")
            self.lead = self._boss(Role.TEAM_LEAD, sales, "1101")
            self.other_lead = self._boss(Role.TEAM_LEAD, support, "1102")
            self.inspector = self._boss(Role.INSPECTOR, support, "1201")
            self.admin: User = UserFactory(tenant=tenant, role=Role.ADMIN)
            self.stranger: User = UserFactory(role=Role.ADMIN)
            AgentFactory(tenant=self.stranger.tenant, user=self.stranger, number="1900")
            agent_sign_in(agent=self.agent)
            agent_sign_in(agent=self.colleague)
            self.call = self._talk()

    def _boss(self, role: Role, department: Any, number: str) -> User:
        user: User = UserFactory(tenant=self.tenant, role=role, department=department)
        AgentFactory(tenant=self.tenant, user=user, number=number)
        return user

    def _talk(self) -> Call:
        queue, phone = self.queue.asterisk_name, f"PJSIP/{self.agent.sip_username}-0000000a"
        told = [
            ("leg_started", LINKEDID, {"channel": "PJSIP/trunk-a-00000001", "exten": "400"}),
            ("entered", LINKEDID, {"tenant": self.tenant.slug, "did": "400", "direction": "in"}),
            ("leg_answered", LINKEDID, {"channel": "PJSIP/trunk-a-00000001"}),
            ("queued", LINKEDID, {"queue": queue}),
            ("leg_started", "sup-1.2", {"channel": phone}),
            ("offered", "sup-1.2", {"queue": queue, "endpoint": self.agent.sip_username}),
            ("connected", "sup-1.2", {"queue": queue, "endpoint": self.agent.sip_username}),
            ("bridged", LINKEDID, {"channel": "PJSIP/trunk-a-00000001", "bridge": "b"}),
            ("bridged", "sup-1.2", {"channel": phone, "bridge": "b"}),
        ]
        (call,) = facts_apply([fact(kind, leg, **data) for kind, leg, data in told])
        return call

    def rings(self) -> Call:
        """Give a call that rings at the agent."""
        queue, one, two = self.queue.asterisk_name, "sup-2.1", "sup-2.2"
        phone = f"PJSIP/{self.agent.sip_username}-0000000b"
        told = [
            ("leg_started", one, {"channel": "PJSIP/trunk-a-00000002", "exten": "400"}),
            ("entered", one, {"tenant": self.tenant.slug, "did": "400", "direction": "in"}),
            ("queued", one, {"queue": queue}),
            ("leg_started", two, {"channel": phone}),
            ("offered", two, {"queue": queue, "endpoint": self.agent.sip_username}),
        ]
        with all_tenants("test"):
            (call,) = facts_apply([fact(kind, leg, one, **data) for kind, leg, data in told])
        return call


_at = iter(timezone.now() - timedelta(minutes=5) + timedelta(milliseconds=n) for n in range(9999))


def fact(kind: str, uniqueid: str, linkedid: str = LINKEDID, **data: str) -> Fact:
    """Give a fact; each a millisecond after the one before."""
    at = next(_at)
    return Fact("n", linkedid, f"{uniqueid}:{kind}:{at}", kind, at, "ami", uniqueid, dict(data))


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakePhoneSystem:
    fake = FakePhoneSystem()
    for module in ("services", "agents", "pick_up"):
        monkeypatch.setattr(f"apps.supervision.{module}.phone_system", lambda: fake)
    return fake


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    caches_clear()
    yield Office()
    caches_clear()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def audits(office: Office, action: str) -> list[AuditEntry]:
    with tenant_scope(office.tenant.pk):
        return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def told(kind: str, row: Supervision, **data: str) -> None:
    with all_tenants("test"):
        facts = [fact(kind, row.channel, row.channel, **data)]
        facts_apply(facts)
        services.supervision_told(facts)


def listens(office: Office, user: User, mode: str = "listen") -> Supervision:
    address = f"/live/calls/{office.call.pk}/listen/"
    assert browser(user).post(address, {"mode": mode}).status_code == 204
    with tenant_scope(office.tenant.pk):
        return Supervision.objects.latest("pk")


def test_the_lead_sees_calls_of_his_department_only(office: Office) -> None:
    page = browser(office.lead).get("/live/").content.decode()
    assert f'data-call="{office.call.pk}"' in page
    assert 'data-agent="1001"' in page
    for user in (office.other_lead, office.stranger):
        assert f'data-call="{office.call.pk}"' not in browser(user).get("/live/").content.decode()
    assert browser(office.agent.user).get("/live/").status_code == 404
    page = browser(office.inspector).get("/live/").content.decode()
    assert 'data-testid="live-listen"' in page
    assert 'data-testid="live-whisper"' not in page
    assert 'data-testid="live-hang-up"' not in page


WHAT = ["listen", "take-over", "hang-up"]


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("who", ["agent", "colleague", "other_lead", "stranger"])
def test_nobody_comes_into_a_call_out_of_his_scope(
    office: Office, system: FakePhoneSystem, what: str, who: str
) -> None:
    found = getattr(office, who)
    user = found.user if isinstance(found, Agent) else found
    answer = browser(user).post(f"/live/calls/{office.call.pk}/{what}/", {"reason": "x"})
    assert answer.status_code == 404
    assert system.asked == []
    with tenant_scope(user.tenant_id):
        entry = AuditEntry.objects.get(action="supervision.refused")
    assert (entry.actor_id, entry.object_id) == (user.pk, str(office.call.pk))


@pytest.mark.parametrize("what", ["whisper", "barge", "take-over", "hang-up"])
def test_the_inspector_may_only_listen(office: Office, system: FakePhoneSystem, what: str) -> None:
    address, mode = f"/live/calls/{office.call.pk}", what
    path = "listen" if what in ("whisper", "barge") else what
    answer = browser(office.inspector).post(f"{address}/{path}/", {"mode": mode, "reason": "x"})
    assert answer.status_code == 403
    assert system.asked == []
    assert len(audits(office, "supervision.refused")) == 1
    listens(office, office.inspector)
    assert system.asked[-1][1]["keys"] == "4"


@pytest.mark.parametrize("number", ["1001", "1004"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [("state", {"state": "paused", "reason": "meal"}), ("sign-out", {"reason": "x"})],
)
def test_states_are_changed_by_who_leads_only(
    office: Office, system: FakePhoneSystem, number: str, path: str, fields: dict[str, str]
) -> None:
    address = f"/live/agents/{number}/{path}/"
    for user in (office.other_lead, office.stranger, office.colleague.user):
        assert browser(user).post(address, fields).status_code == 404
    assert browser(office.inspector).post(address, fields).status_code == 403
    assert Client().post(address, fields).status_code == 403
    with all_tenants("test"):
        assert agent_session_open(office.agent) is not None
        assert AuditEntry.objects.filter(action="supervision.refused").count() == 4


def test_without_csrf_nothing_is_done(office: Office, system: FakePhoneSystem) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(office.lead)
    assert client.post(f"/live/calls/{office.call.pk}/listen/").status_code == 403
    assert client.get(f"/live/calls/{office.call.pk}/listen/").status_code == 405
    assert system.asked == []


def test_listening_is_told_and_written_down_from_start_to_end(
    office: Office,
    system: FakePhoneSystem,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    row = listens(office, office.lead)
    command, args = system.asked[0]
    assert (command, args["watched"], args["mode"]) == ("supervision_start", "sup-1.2", "listen")
    assert args["keys"] == "456"
    assert row.channel.startswith(APART)
    agent = browser(office.agent.user)
    assert 'data-testid="supervised"' not in agent.get("/live/me/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        told("supervised", row, mode="listen")
    assert system.asked[1] == ("supervision_tone", {"watched": "sup-1.2", "is_to_both": False})
    assert 'data-mode="listen"' in agent.get("/live/me/").content.decode()
    assert 'data-state="running"' in browser(office.lead).get("/live/").content.decode()
    listens(office, office.lead, "whisper")
    assert system.asked[2] == (
        "supervision_switch",
        {"channel": row.channel, "mode": "whisper"},
    )
    told("supervised", row, mode="whisper")
    assert 'data-mode="whisper"' in agent.get("/live/me/").content.decode()
    assert browser(office.lead).post("/live/stop/").status_code == 204
    assert system.asked[-1] == ("call_hangup", {"uniqueid": row.channel})
    told("leg_ended", row)
    told("leg_ended", row)
    assert 'data-testid="supervised"' not in agent.get("/live/me/").content.decode()
    found = [len(audits(office, f"supervision.{what}")) for what in ("listen", "whisper", "end")]
    assert found == [1, 1, 1]
    page = browser(office.lead).get(f"/calls/{office.call.pk}/").content.decode()
    assert 'data-testid="supervision"' in page
    page = agent.get(f"/calls/{office.call.pk}/").content.decode()
    assert 'data-testid="supervision"' not in page
    assert browser(office.lead).post("/live/stop/").status_code == 409


def test_a_mode_wished_before_the_answer_was_told_comes_with_it(
    office: Office,
    system: FakePhoneSystem,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    row = listens(office, office.lead)
    listens(office, office.lead, "whisper")
    assert [what for what, _args in system.asked] == ["supervision_start"]
    with django_capture_on_commit_callbacks(execute=True):
        told("supervised", row, mode="listen")
    assert system.asked[-1] == ("supervision_switch", {"channel": row.channel, "mode": "whisper"})
    told("supervised", row, mode="whisper")
    row.refresh_from_db()
    assert (row.state, row.mode) == ("running", "whisper")


def test_the_ledger_keeps_nothing_of_the_supervisor(
    office: Office, system: FakePhoneSystem
) -> None:
    with all_tenants("test"):
        calls, legs, facts = Call.objects.count(), Leg.objects.count(), CallFact.objects.count()
    row = listens(office, office.lead)
    for kind in ("leg_started", "leg_answered", "supervised", "leg_ended"):
        told(kind, row, channel="PJSIP/a-00000001", mode="listen")
    with all_tenants("test"):
        assert (calls, legs) == (Call.objects.count(), Leg.objects.count())
        assert facts == CallFact.objects.count()


def test_a_silent_policy_tells_the_agent_nothing(
    office: Office,
    system: FakePhoneSystem,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with tenant_scope(office.tenant.pk):
        SupervisionPolicy.objects.create(
            tenant=office.tenant, role=Role.TEAM_LEAD, announce="silent"
        )
    row = listens(office, office.lead)
    assert system.asked[0][1]["keys"] == "4"
    with django_capture_on_commit_callbacks(execute=True):
        told("supervised", row, mode="listen")
    assert [name for name, _ in system.asked] == ["supervision_start"]
    page = browser(office.agent.user).get("/live/me/").content.decode()
    assert 'data-testid="supervised"' not in page
    address = f"/live/calls/{office.call.pk}/listen/"
    assert browser(office.lead).post(address, {"mode": "barge"}).status_code == 403


def test_who_has_no_phone_is_told_what_to_do(office: Office, system: FakePhoneSystem) -> None:
    page = browser(office.admin).get("/live/").content.decode()
    assert 'data-testid="no-phone"' in page
    answer = browser(office.admin).post(f"/live/calls/{office.call.pk}/listen/")
    assert answer.status_code == 409
    assert "agent number" in answer.json()["detail"]


def test_two_who_click_twice_ring_once_and_a_dead_link_leaves_nothing(
    office: Office, system: FakePhoneSystem
) -> None:
    listens(office, office.lead)
    listens(office, office.lead)
    assert [name for name, _ in system.asked] == ["supervision_start"]
    system.is_up = False
    address = f"/live/calls/{office.call.pk}"
    assert browser(office.inspector).post(f"{address}/listen/").status_code == 503
    assert browser(office.lead).post(f"{address}/take-over/").status_code == 503
    with tenant_scope(office.tenant.pk):
        assert Supervision.objects.filter(ended_at=None).count() == 1
        assert not Supervision.objects.filter(kind="take_over").exists()


def test_taking_over_rings_the_leads_phone_with_the_caller(
    office: Office, system: FakePhoneSystem
) -> None:
    address = f"/live/calls/{office.call.pk}/take-over/"
    assert browser(office.lead).post(address).status_code == 204
    ((command, args),) = system.asked
    assert (command, args["uniqueid"]) == ("call_take_over", LINKEDID)
    assert args["released"] == "sup-1.2"
    lead = office.lead.agent
    assert args["phone"] == f"PJSIP/{lead.endpoint_web}"
    assert args["back"] == f"PJSIP/{office.agent.endpoint_web}"
    assert len(audits(office, "supervision.take_over")) == 1


def test_hanging_up_needs_a_reason(office: Office, system: FakePhoneSystem) -> None:
    address = f"/live/calls/{office.call.pk}/hang-up/"
    assert browser(office.lead).post(address).status_code == 400
    answer = browser(office.lead).post(
        address, headers={"hx-prompt": "abuse", "hx-request": "true"}
    )
    assert answer.status_code == 204
    assert system.asked == [("call_hangup", {"uniqueid": LINKEDID})]
    assert audits(office, "supervision.hang_up")[0].detail["reason"] == "abuse"


def test_a_forced_sign_out_leaves_the_talk_or_ends_it(
    office: Office, system: FakePhoneSystem
) -> None:
    client = browser(office.lead)
    state = "/live/agents/1001/state/"
    assert client.post(state, {"state": "paused", "reason": "meal"}).status_code == 204
    with tenant_scope(office.tenant.pk):
        session = agent_session_open(office.agent)
        assert session is not None
        assert (session.state, session.pause_reason) == ("paused", "meal")
    assert client.post(state, {"state": "nonsense"}).status_code == 404
    address = "/live/agents/1001/sign-out/"
    assert client.post(address).status_code == 400
    assert client.post(address, {"reason": "fire"}).status_code == 204
    with tenant_scope(office.tenant.pk):
        assert agent_session_open(office.agent) is None
    assert system.asked == []
    assert client.post(address, {"reason": "fire", "at_once": "1"}).status_code == 204
    assert system.asked == [("call_hangup", {"uniqueid": "sup-1.2"})]
    assert [one.detail["how"] for one in audits(office, "supervision.sign_out")] == [
        "after_call",
        "at_once",
    ]


def test_a_colleague_of_the_queue_picks_up_and_nobody_else(
    office: Office, system: FakePhoneSystem
) -> None:
    call = office.rings()
    address = f"/calls/{call.pk}/pick-up/"
    page = browser(office.colleague.user).get("/colleagues/").content.decode()
    assert f'data-call="{call.pk}"' in page
    with all_tenants("test"):
        QueueMemberFactory(tenant=office.tenant, agent=office.other)
        agent_sign_in(agent=office.other)
    assert browser(office.other.user).post(address).status_code == 404
    assert browser(office.stranger).post(address).status_code == 404
    # He himself, for whom it rings, and who talks already.
    assert browser(office.agent.user).post(address).status_code == 404
    assert system.asked == []
    assert browser(office.colleague.user).post(address).status_code == 204
    assert system.asked == [
        (
            "call_pick_up",
            {
                "uniqueid": "sup-2.1",
                "agent": office.colleague.sip_username,
                "phone": "",
                "back": "",
                "after": "",
            },
        )
    ]
    assert len(audits(office, "supervision.pick_up")) == 1
    # It talks already: nothing rings there.
    assert (
        browser(office.colleague.user).post(f"/calls/{office.call.pk}/pick-up/").status_code == 404
    )


def token(user: User) -> dict[str, str]:
    with all_tenants("test"):
        ApiTokenFactory(tenant=user.tenant, user=user, token=f"live-{user.pk}")
    return {"authorization": f"Token live-{user.pk}"}


def test_the_api_tells_live_calls_in_scope(office: Office, system: FakePhoneSystem) -> None:
    listens(office, office.lead)
    address = "/api/v1/live/calls/"
    (found,) = Client().get(address, headers=token(office.lead)).json()["results"]
    assert (found["id"], found["state"], found["agent"]) == (office.call.pk, "talking", "1001")
    assert (found["queue"], found["listeners"][0]["mode"]) == ("7001", "listen")
    for user in (office.other_lead, office.stranger):
        assert Client().get(address, headers=token(user)).json()["results"] == []
    assert Client().get(address, headers=token(office.agent.user)).status_code == 404
    assert Client().get(address).status_code in (401, 403)
