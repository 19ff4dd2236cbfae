"""My phone: forwards at whose right, codes as the page, nobody else's settings."""

from collections.abc import Iterator

import pytest
from django.test import Client

from apps.accounts.models import Agent, User
from apps.acd.services import agent_sign_in, agent_sign_out
from apps.core.tenancy import all_tenants, tenant_scope
from apps.switchboard.choices import DialClass
from apps.switchboard.models import DialPermission, PhoneRules, SpeedDial
from apps.switchboard.my_phone import Wishes, phone_wishes, phone_wishes_save
from apps.telephony.agi.dial import dial_plan
from tests.factories import (
    AgentFactory,
    DidFactory,
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
    assert phone_wishes(agent) == Wishes(MOBILE, "1003", True)
    for code in ("*73", "*75", "*79"):
        assert office.target("1002", code)[0] == "saved"
    assert phone_wishes(agent) == Wishes()
    assert office.target("1002", "*72+12125550123")[0] == "not-allowed"
    assert office.target("1002", "*721002")[0] == "not-allowed"
    assert phone_wishes(agent) == Wishes()


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
