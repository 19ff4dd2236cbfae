"""My phone: forwards at whose right, codes as the page, nobody else's settings."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from apps.accounts.models import Agent, User
from apps.acd.services import agent_sign_in, agent_sign_out
from apps.calls.models import Leg
from apps.core.tenancy import all_tenants, tenant_scope
from apps.switchboard.choices import DialClass
from apps.switchboard.models import DialPermission, PhoneRules, SpeedDial
from apps.switchboard.my_phone import (
    FORWARDS,
    FORWARDS_OFF,
    SPEED_PREFIX,
    SWITCHES,
    Wishes,
    phone_wishes,
    phone_wishes_save,
)
from apps.telephony.agi.dial import dial_plan, ring_plan
from apps.telephony.agi.forward import first_plan, next_plan
from apps.voicemail.models import VoicemailBox
from tests.factories import (
    AgentFactory,
    CallFactory,
    DidFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    TrunkFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MOBILE = "13911110001"
OUTSIDE = f"PJSIP/{MOBILE}@trunk-carrier"


class Office:
    """Agents 1001, 1002 and 1003 of one company."""

    def __init__(self) -> None:
        with all_tenants("test"):
            TrunkFactory(name="carrier")
            self.tenant = TenantFactory(slug="demo")
            DidFactory(tenant=self.tenant, number="4008001000")
            self.agents: dict[str, Agent] = {
                number: AgentFactory(
                    tenant=self.tenant, number=number, sip_username=f"demo-{number}"
                )
                for number in ("1001", "1002", "1003")
            }
            QueueMemberFactory(tenant=self.tenant, agent=self.agents["1002"])

    def wish(self, number: str, **wishes: object) -> None:
        phone_wishes_save(agent=self.agents[number], wishes=Wishes(**wishes))  # type: ignore[arg-type]

    def target(self, caller: str, number: str) -> tuple[str, str]:
        plan = dial_plan(f"demo-{caller}", number)
        return str(plan.next), plan.target


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    made = Office()
    with tenant_scope(made.tenant.pk):
        yield made


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_forward_to_a_colleague_rings_his_phones(office: Office) -> None:
    office.wish("1002", always="1003")
    assert office.target("1001", "1002") == ("dial", "PJSIP/demo-1003&PJSIP/demo-1003-web")


def test_forward_outside_is_made_at_the_right_of_who_forwards(office: Office) -> None:
    office.wish("1002", always=MOBILE)
    # Who calls may not dial outside himself: that is not asked.
    DialPermission.objects.create(
        tenant=office.tenant, agent=office.agents["1001"], dial_class=DialClass.INTERNAL
    )
    assert office.target("1001", "1002") == ("dial", OUTSIDE)
    DialPermission.objects.create(
        tenant=office.tenant, agent=office.agents["1002"], dial_class=DialClass.INTERNAL
    )
    assert office.target("1001", "1002")[1] == "PJSIP/demo-1002&PJSIP/demo-1002-web"


def test_mobile_rings_while_he_is_signed_out(office: Office) -> None:
    office.wish("1002", offline=MOBILE)
    assert office.target("1001", "1002") == ("dial", OUTSIDE)
    agent_sign_in(agent=office.agents["1002"])
    assert office.target("1001", "1002")[1] == "PJSIP/demo-1002&PJSIP/demo-1002-web"
    agent_sign_out(agent=office.agents["1002"])
    assert office.target("1001", "1002") == ("dial", OUTSIDE)


def test_loops_and_a_forward_back_to_the_caller_do_no_harm(office: Office) -> None:
    office.wish("1002", always="1003")
    office.wish("1003", always="1002")
    assert office.target("1001", "1002")[1] == "PJSIP/demo-1002&PJSIP/demo-1002-web"
    office.wish("1003", always="1001")
    assert office.target("1001", "1002") == ("busy", "")


def test_do_not_disturb_is_busy(office: Office) -> None:
    office.wish("1002", is_undisturbed=True, always=MOBILE)
    assert office.target("1001", "1002") == ("busy", "")


def test_codes_do_what_the_page_does(office: Office) -> None:
    agent = office.agents["1002"]
    assert office.target("1002", f"*72{MOBILE}")[0] == "saved"
    assert office.target("1002", "*761003")[0] == "saved"
    assert office.target("1002", "*78")[0] == "saved"
    assert office.target("1002", "*901003")[0] == "saved"
    assert office.target("1002", f"*92{MOBILE}*12")[0] == "saved"
    assert office.target("1002", "*70")[0] == "saved"
    assert phone_wishes(agent) == Wishes(
        always=MOBILE,
        offline="1003",
        busy="1003",
        no_answer=MOBILE,
        no_answer_s=12,
        is_undisturbed=True,
        has_call_waiting=True,
    )
    for code in ("*73", "*75", "*79", "*91", "*93", "*71"):
        assert office.target("1002", code)[0] == "saved"
    assert phone_wishes(agent) == Wishes(no_answer_s=12)
    # The seconds stay as they are unless said.
    assert office.target("1002", f"*92{MOBILE}")[0] == "saved"
    assert phone_wishes(agent) == Wishes(no_answer=MOBILE, no_answer_s=12)
    assert office.target("1002", "*93")[0] == "saved"
    for wrong in ("*921003*4", "*921003*61", "*721003*20", "*921003*"):
        assert office.target("1002", wrong)[0] in ("not-allowed", "not-in-service")
    assert office.target("1002", "*72+12125550123")[0] == "not-allowed"
    assert office.target("1002", "*721002")[0] == "not-allowed"
    assert phone_wishes(agent) == Wishes(no_answer_s=12)


def test_speed_dial_obeys_the_class_and_is_ones_own(office: Office) -> None:
    client = browser(office.agents["1001"].user)
    client.post("/my-phone/speed-dial/", {"code": "07", "number": "139 1111-0001", "name": "x"})
    assert office.target("1001", "*007") == ("dial", OUTSIDE)
    assert office.target("1002", "*007")[0] == "not-in-service"
    client.post("/my-phone/speed-dial/", {"code": "08", "number": "+12125550123"})
    assert office.target("1001", "*008")[0] == "not-allowed"
    client.post("/my-phone/speed-dial/", {"code": "07", "number": ""})
    assert [one.code for one in SpeedDial.objects.all()] == ["08"]


def test_page_changes_ones_own_phone_only_and_says_what_is_wrong(office: Office) -> None:
    client = browser(office.agents["1001"].user)
    answer = client.post("/my-phone/", {"always": MOBILE, "agent": "1002"})
    assert answer.status_code == 302
    assert [rules.agent.number for rules in PhoneRules.objects.all()] == ["1001"]
    text = client.post("/my-phone/", {"always": "+12125550123"}).content.decode()
    assert "my-phone-fault" in text
    assert phone_wishes(office.agents["1001"]) == Wishes(MOBILE)
    assert f'value="{MOBILE}"' in client.get("/my-phone/").content.decode()


def test_who_is_no_agent_has_no_phone(office: Office) -> None:
    lead = UserFactory(tenant=office.tenant)
    assert browser(lead).get("/my-phone/").status_code == 403
    assert browser(lead).post("/my-phone/speed-dial/", {"code": "01"}).status_code == 403
    assert Client().get("/my-phone/").status_code == 302


def talks(office: Office, number: str) -> None:
    """Let an agent have a call, as the ledger believes."""
    with all_tenants("test"):
        call = CallFactory(tenant=office.tenant, ended_at=None)
        LegFactory(call=call, tenant=office.tenant, agent=office.agents[number], ended_at=None)


def test_who_talks_is_busy_unless_he_wants_call_waiting(office: Office) -> None:
    talks(office, "1002")
    assert office.target("1001", "1002") == ("busy", "")
    office.wish("1002", has_call_waiting=True)
    assert office.target("1001", "1002")[0] == "dial"
    office.wish("1002", busy="1003")
    assert office.target("1001", "1002")[1] == "PJSIP/demo-1003&PJSIP/demo-1003-web"


def test_call_that_ceases_to_ring_him_does_not_make_him_busy_for_itself(office: Office) -> None:
    talks(office, "1002")
    with all_tenants("test"):
        linkedid = Leg.objects.get().call.linkedid
    assert first_plan("demo", "1002").next == "busy"  # type: ignore[union-attr]
    assert first_plan("demo", "1002", linkedid).next == "dial"  # type: ignore[union-attr]
    rings = ring_plan(
        tenant_id=office.tenant.pk, way="agent", number="1002", shown="x", linkedid=linkedid
    )
    assert rings.next == "dial"


def test_voicemail_takes_who_finds_him_busy(office: Office) -> None:
    talks(office, "1002")
    VoicemailBox.objects.create(tenant=office.tenant, agent=office.agents["1002"], number="1002")
    plan = dial_plan("demo-1001", "1002")
    assert (str(plan.next), plan.box) == ("voicemail", "demo-1002")


def test_no_answer_is_told_to_the_dialplan_and_goes_on_from_there(office: Office) -> None:
    office.wish("1002", no_answer="1003", no_answer_s=9)
    office.wish("1003", no_answer=MOBILE)
    plan = dial_plan("demo-1001", "1002")
    assert (plan.ring_s, plan.forward) == (9, "1002")
    second = next_plan("demo", ("1002",), "NOANSWER", "demo-1001")
    assert second is not None
    assert (second.target, second.forward) == (
        "PJSIP/demo-1003&PJSIP/demo-1003-web",
        "1002.1003",
    )
    third = next_plan("demo", ("1002", "1003"), "CHANUNAVAIL", "demo-1001")
    assert third is not None
    assert (third.target, third.caller_id, third.forward) == (OUTSIDE, "4008001000", "")
    # He was not busy; and who called is not rung by his own call.
    assert next_plan("demo", ("1002",), "BUSY", "demo-1001") is None
    assert next_plan("demo", ("1002",), "NOANSWER", "demo-1003") is None
    assert next_plan("other", ("1002",), "NOANSWER", "demo-1001") is None


def test_forward_on_no_answer_is_made_at_the_right_of_who_forwards(office: Office) -> None:
    office.wish("1002", no_answer=MOBILE)
    DialPermission.objects.create(
        tenant=office.tenant, agent=office.agents["1002"], dial_class=DialClass.INTERNAL
    )
    assert next_plan("demo", ("1002",), "NOANSWER", "demo-1001") is None


def test_flows_and_transfers_obey_too(office: Office) -> None:
    office.wish("1002", always="1003")
    ring = ring_plan(tenant_id=office.tenant.pk, way="agent", number="1002", shown="4008001000")
    assert (ring.target, ring.whom) == ("PJSIP/demo-1003&PJSIP/demo-1003-web", "agent")
    moved = first_plan("demo", "1002")
    assert moved is not None
    assert moved.target == ring.target
    office.wish("1002", is_undisturbed=True)
    ring = ring_plan(tenant_id=office.tenant.pk, way="extension", number="1002", shown="x")
    assert ring.next == "busy"
    assert first_plan("other", "1002") is None
    assert first_plan("demo", "1009") is None


def test_page_saves_every_wish_and_names_every_code(office: Office) -> None:
    client = browser(office.agents["1001"].user)
    fields = {
        "busy": "1003",
        "no_answer": MOBILE,
        "no_answer_s": "15",
        "has_call_waiting": "1",
    }
    assert client.post("/my-phone/", fields).status_code == 302
    assert phone_wishes(office.agents["1001"]) == Wishes(
        busy="1003", no_answer=MOBILE, no_answer_s=15, has_call_waiting=True
    )
    for wrong in ("4", "61", "-1", "99999999999", "x", "５"):
        text = client.post("/my-phone/", {**fields, "no_answer_s": wrong}).content.decode()
        assert "my-phone-fault" in text
    text = client.get("/my-phone/").content.decode()
    dialled = {*FORWARDS, *FORWARDS_OFF, *SWITCHES, SPEED_PREFIX}
    assert {code for code in dialled if f"<dt>{code}" not in text} == set()


@pytest.mark.parametrize("number", ["*72", "*8", "#1", "7*"])
def test_no_number_of_the_company_can_be_a_code(office: Office, number: str) -> None:
    agent = AgentFactory.build(tenant=office.tenant, number=number)
    with pytest.raises(ValidationError) as refused:
        agent.clean_fields(exclude=["user"])
    assert "number" in refused.value.message_dict
    queue = QueueFactory.build(tenant=office.tenant, number=number)
    with pytest.raises(ValidationError) as refused:
        queue.clean_fields(exclude=["department"])
    assert "number" in refused.value.message_dict
