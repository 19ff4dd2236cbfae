"""Pick-up groups: who makes them, whose calls one may take, what a refused one hears."""

from collections.abc import Iterator

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.services import agent_sign_in
from apps.audit.models import AuditEntry
from apps.calls.models import Call, Leg
from apps.core.tenancy import all_tenants, tenant_scope
from apps.supervision.models import PickUpGroup, Supervision
from apps.supervision.pick_up_groups import group_save
from apps.supervision.selectors import ringing_at_colleagues
from apps.telephony.agi.dial import dial_plan
from tests.factories import (
    AgentFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
)
from tests.fixtures.fake_phone_system import FakePhoneSystem

pytestmark = pytest.mark.django_db


class Office:
    """1001 and 1002 share a group; 1003 is of another department; a lead, an admin, a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            self.tenant = TenantFactory(slug="demo")
            sales, support = (DepartmentFactory(tenant=self.tenant) for _ in range(2))
            self.agents: dict[str, Agent] = {
                number: AgentFactory(
                    tenant=self.tenant,
                    number=number,
                    sip_username=f"demo-{number}",
                    phone_kind="desk",
                    user__department=department,
                )
                for number, department in (("1001", sales), ("1002", sales), ("1003", support))
            }
            self.admin = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.lead = UserFactory(tenant=self.tenant, role=Role.TEAM_LEAD, department=sales)
            other = TenantFactory(slug="other")
            self.stranger = UserFactory(tenant=other, role=Role.ADMIN)
            self.foreign = AgentFactory(tenant=other, number="1001", sip_username="other-1001")

    def group(self, *numbers: str, name: str = "front") -> PickUpGroup:
        return group_save(user=self.admin, pk=None, name=name, numbers=list(numbers))

    def rings(self, number: str, *, direction: str = "internal", **more: object) -> Leg:
        call = CallFactory(
            tenant=self.tenant, direction=direction, ended_at=None, answered_at=None, **more
        )
        return LegFactory(
            tenant=self.tenant,
            call=call,
            agent=self.agents[number],
            started_at=call.started_at,
        )

    def dials(self, code: str, by: str = "demo-1001", channel: str = "") -> str:
        return str(dial_plan(by, code, channel).next)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakePhoneSystem:
    fake = FakePhoneSystem()
    monkeypatch.setattr("apps.supervision.pick_up.phone_system", lambda: fake)
    return fake


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    made = Office()
    with tenant_scope(made.tenant.pk):
        yield made


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_code_picks_up_a_call_of_the_group_at_the_phone_that_dialled(
    office: Office, system: FakePhoneSystem
) -> None:
    office.group("1001", "1002")
    leg = office.rings("1002")
    assert office.dials("*8", channel="n-7.7") == "picked"
    [(asked, args)] = system.asked
    assert asked == "call_pick_up"
    assert args == {
        "uniqueid": leg.call.linkedid,
        "agent": "demo-1001",
        "phone": "PJSIP/demo-1001",
        "back": "PJSIP/demo-1002&PJSIP/demo-1002-web",
        "after": "n-7.7",
    }
    assert Supervision.objects.get().kind == "pick_up"
    assert AuditEntry.objects.filter(action="supervision.pick_up").count() == 1


def test_named_colleague_must_ring_and_be_of_ones_group(
    office: Office, system: FakePhoneSystem
) -> None:
    office.group("1001", "1002")
    assert office.dials("*8") == "pick-up-nothing"
    office.rings("1003")
    assert office.dials("*8") == "pick-up-nothing"
    assert office.dials("*81003") == "not-allowed"
    assert AuditEntry.objects.filter(action="supervision.refused").count() == 1
    assert office.dials("*81099") == "pick-up-nothing"
    office.rings("1002")
    assert office.dials("*81002") == "picked"
    assert office.dials("*81002", by="other-1001") == "pick-up-nothing"
    assert len(system.asked) == 1


def test_queues_call_is_the_distributors_and_for_who_is_signed_in(
    office: Office, system: FakePhoneSystem
) -> None:
    office.group("1001", "1002")
    queue = QueueFactory(tenant=office.tenant, number="7001")
    member = QueueMemberFactory(tenant=office.tenant, agent=office.agents["1001"], queue=queue)
    leg = office.rings("1002", direction="in", queue_name=queue.asterisk_name)
    Leg.objects.filter(pk=leg.pk).update(offered_at=leg.started_at)
    assert office.dials("*8") == "sign-in-first"
    agent_sign_in(agent=member.agent)
    system.asked.clear()
    assert office.dials("*8", channel="n-7.7") == "picked"
    [(_, args)] = system.asked
    assert (args["phone"], args["back"], args["after"]) == ("", "", "n-7.7")


def test_ones_own_calls_consultations_and_calls_out_are_not_picked_up(office: Office) -> None:
    office.group("1001", "1002", "1003")
    own = office.rings("1001")
    out = office.rings("1002", direction="out")
    caller = office.rings("1002")
    Leg.objects.filter(pk=caller.pk).update(uniqueid=caller.call.linkedid)
    consult = office.rings("1002", direction="in")
    LegFactory(
        tenant=office.tenant,
        call=consult.call,
        agent=office.agents["1003"],
        answered_at=consult.started_at,
    )
    ended = office.rings("1002")
    Call.objects.filter(pk=ended.call_id).update(ended_at=ended.started_at)
    assert ringing_at_colleagues(office.agents["1001"]) == []
    assert {own.pk, out.pk, caller.pk, consult.pk, ended.pk}
    mine = office.rings("1002")
    assert [leg.pk for leg in ringing_at_colleagues(office.agents["1001"])] == [mine.pk]


def test_colleagues_page_shows_them_and_its_button_picks_up(
    office: Office, system: FakePhoneSystem
) -> None:
    office.group("1001", "1002")
    leg = office.rings("1002")
    client = browser(office.agents["1001"].user)
    assert f'data-call="{leg.call_id}"' in client.get("/colleagues/").content.decode()
    assert client.post(f"/calls/{leg.call_id}/pick-up/").status_code == 204
    assert system.asked[0][1]["phone"] == "PJSIP/demo-1001"
    others = browser(office.agents["1003"].user)
    assert f'data-call="{leg.call_id}"' not in others.get("/colleagues/").content.decode()
    assert others.post(f"/calls/{leg.call_id}/pick-up/").status_code == 404


def test_admin_makes_changes_and_deletes_a_group(office: Office) -> None:
    client = browser(office.admin)
    form = {"name": " 前台 ", "agents": ["1001", "1003", "9999"]}
    assert client.post("/pick-up-groups/new/", form).status_code == 302
    group = PickUpGroup.objects.get()
    assert group.name == "前台"
    assert [one.agent.number for one in group.members.all()] == ["1001", "1003"]
    text = client.post("/pick-up-groups/new/", form).content.decode()
    assert "pick-up-group-fault" in text
    assert client.post(f"/pick-up-groups/{group.pk}/", {"name": " \x00"}).status_code == 200
    assert client.post(f"/pick-up-groups/{group.pk}/", {"name": "<b>"}).status_code == 302
    page = client.get("/pick-up-groups/").content.decode()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert client.get(f"/pick-up-groups/{group.pk}/delete/").status_code == 200
    assert PickUpGroup.objects.exists()
    assert client.post(f"/pick-up-groups/{group.pk}/delete/").status_code == 302
    assert not PickUpGroup.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="pick_up_group.")
    assert actions.count() == 3


def test_lead_changes_his_own_agents_only(office: Office) -> None:
    group = office.group("1001", "1003")
    client = browser(office.lead)
    page = client.get(f"/pick-up-groups/{group.pk}/").content.decode()
    assert 'value="1001"' in page
    assert 'value="1003"' not in page
    form = {"name": "front", "agents": ["1002", "1003"]}
    assert client.post(f"/pick-up-groups/{group.pk}/", form).status_code == 302
    numbers = sorted(one.agent.number for one in group.members.all())
    assert numbers == ["1002", "1003"]
    client.post(f"/pick-up-groups/{group.pk}/delete/")
    assert PickUpGroup.objects.exists()
    hidden = office.group("1003", name="support")
    assert client.get(f"/pick-up-groups/{hidden.pk}/").status_code == 404


def test_agents_and_strangers_make_no_groups(office: Office) -> None:
    group = office.group("1001", "1002")
    agent = browser(office.agents["1001"].user)
    stranger = browser(office.stranger)
    for path in ("", "new/", f"{group.pk}/", f"{group.pk}/delete/"):
        assert agent.get(f"/pick-up-groups/{path}").status_code == 403
        assert agent.post(f"/pick-up-groups/{path}", {"name": "x"}).status_code in (403, 405)
    for path in (f"{group.pk}/", f"{group.pk}/delete/"):
        assert stranger.get(f"/pick-up-groups/{path}").status_code == 404
        assert stranger.post(f"/pick-up-groups/{path}", {"name": "x"}).status_code == 404
    assert PickUpGroup.objects.get().name == "front"
