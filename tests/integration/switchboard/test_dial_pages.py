"""Dialling from pages and the API: masked numbers stay on the server, strangers get nothing."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls.cards import call_card, card_for
from apps.calls.ports import phone_system
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import CustomerNumber
from apps.switchboard.models import DialOrder
from apps.telephony.agi.dial import dial_plan
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    CallFactory,
    CustomerFactory,
    DepartmentFactory,
    DidFactory,
    LegFactory,
    TenantFactory,
    TrunkFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CALLER = "13912345678"


class Shop:
    """A company: an agent who has talked with a customer, a colleague, a lead; and a stranger."""

    def __init__(self) -> None:
        with all_tenants("test"):
            TrunkFactory(name="carrier")
            self.tenant = TenantFactory(slug="demo")
            DidFactory(tenant=self.tenant, number="4008001000")
            self.agent = AgentFactory(tenant=self.tenant, number="1001")
            self.colleague = AgentFactory(tenant=self.tenant, number="1002")
            self.customer = CustomerFactory(tenant=self.tenant)
            self.number = CustomerNumber.objects.create(
                tenant=self.tenant, customer=self.customer, as_typed=CALLER
            )
            self.call = CallFactory(
                tenant=self.tenant, agent=self.agent, caller=CALLER, customer=self.customer
            )
            LegFactory(tenant=self.tenant, call=self.call, agent=self.agent, ended_at=None)
            self.call.ended_at = self.call.started_at
            self.call.save()
            self.lead = UserFactory(
                tenant=self.tenant, role=Role.TEAM_LEAD, department=self.agent.user.department
            )
            self.other_lead = UserFactory(
                tenant=self.tenant,
                role=Role.TEAM_LEAD,
                department=DepartmentFactory(tenant=self.tenant),
            )
            self.inspector = UserFactory(tenant=self.tenant, role=Role.INSPECTOR)
            self.stranger = AgentFactory(
                tenant=TenantFactory(slug="b"), number="1001", sip_username="b-1001"
            )

    def mask(self) -> None:
        """Hide numbers from the agent."""
        with all_tenants("test"):
            User.objects.filter(pk=self.agent.user_id).update(has_numbers_masked=True)
        self.agent.refresh_from_db()
        self.agent.user.refresh_from_db()


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


@pytest.fixture
def asked(settings: Any) -> Any:
    """Return what the phone system was asked."""
    settings.HUAWU_PHONE_SYSTEM = "tests.fixtures.fake_phone_system.FakePhoneSystem"
    phone_system.cache_clear()
    yield phone_system().asked
    phone_system.cache_clear()


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def api(user: User) -> Client:
    with all_tenants("test"):
        ApiTokenFactory(tenant=user.tenant, user=user, token=f"token-of-{user.pk}")
    return Client(headers={"authorization": f"Token token-of-{user.pk}"})


@pytest.mark.parametrize("kind", ["call", "customer-number"])
def test_masked_agent_dials_a_number_that_he_never_sees(
    shop: Shop, asked: list[Any], kind: str
) -> None:
    shop.mask()
    pk = shop.call.pk if kind == "call" else shop.number.pk
    client = browser(shop.agent.user)
    for page in (
        "/",
        "/history/",
        f"/calls/{shop.call.pk}/",
        f"/customers/{shop.customer.pk}/",
    ):
        text = client.get(page).content.decode()
        assert "12345678" not in text, page
        assert "139****5678" in text
    assert f'data-dial-ref="{kind}:{pk}"' in text or kind == "call"
    answer = client.post("/desk/dial/", {"reference": f"{kind}:{pk}"})
    assert answer.status_code == 200
    assert "12345678" not in answer.content.decode()
    plan = dial_plan(shop.agent.endpoint_web, answer.json()["dial"])
    assert plan.target == f"PJSIP/{CALLER}@trunk-carrier"
    with tenant_scope(shop.tenant.pk):
        entry = AuditEntry.objects.get(action="call.dial")
    assert entry.actor == shop.agent.user
    assert entry.detail["number"] == "139****5678"


def test_masked_agents_card_and_api_hold_no_full_number(shop: Shop) -> None:
    shop.mask()
    with tenant_scope(shop.tenant.pk):
        card = card_for(shop.agent, call_card(shop.call, status="talking"))
    assert "12345678" not in json.dumps(card)
    client = api(shop.agent.user)
    assert "12345678" not in client.get("/api/v1/calls/").content.decode()
    assert CALLER in api(shop.lead).get("/api/v1/calls/").content.decode()


def test_who_may_see_numbers_sees_them(shop: Shop) -> None:
    text = browser(shop.agent.user).get("/history/").content.decode()
    assert f'data-dial="{CALLER}"' in text


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "call:",
        "call:0",
        "call:x",
        "call:99999999999999999",
        "user:1",
        "call:1;2",
        "voicemail:1",
    ],
)
def test_reference_of_nothing_is_not_found(shop: Shop, asked: list[Any], reference: str) -> None:
    answer = browser(shop.agent.user).post("/desk/dial/", {"reference": reference})
    assert answer.status_code == (422 if reference == "" else 404)
    with all_tenants("test"):
        assert not DialOrder.objects.exists()


def test_call_of_a_colleague_or_of_another_company_cannot_be_dialled(
    shop: Shop, asked: list[Any]
) -> None:
    for who in (shop.colleague, shop.stranger):
        answer = browser(who.user).post("/desk/dial/", {"reference": f"call:{shop.call.pk}"})
        assert answer.status_code == 404
    answer = browser(shop.stranger.user).post(
        "/desk/dial/", {"reference": f"customer-number:{shop.number.pk}"}
    )
    assert answer.status_code == 404
    with all_tenants("test"):
        assert not DialOrder.objects.exists()


def test_who_is_no_agent_and_who_sends_no_token_dial_nothing(shop: Shop) -> None:
    assert browser(shop.lead).post("/desk/dial/", {"number": "1002"}).status_code == 403
    assert Client().post("/desk/dial/", {"number": "1002"}).status_code == 403
    assert browser(shop.agent.user).get("/desk/dial/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(shop.agent.user)
    assert strict.post("/desk/dial/", {"number": "1002"}).status_code == 403


def test_pasted_number_is_dialled(shop: Shop, asked: list[Any]) -> None:
    answer = browser(shop.agent.user).post("/desk/dial/", {"number": "tel:+86 139-0013-9000"})
    assert answer.status_code == 200
    with all_tenants("test"):
        assert DialOrder.objects.get().number == "+8613900139000"


def test_refusal_says_why(shop: Shop, asked: list[Any]) -> None:
    answer = browser(shop.agent.user).post("/desk/dial/", {"number": "+12125550123"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "switchboard.barred"


def test_lead_has_his_agents_phone_dial_over_the_api(shop: Shop, asked: list[Any]) -> None:
    client = api(shop.lead)
    wish = {"agent": "1001", "reference": f"call:{shop.call.pk}"}
    first = client.post("/api/v1/calls/", wish, headers={"Idempotency-Key": "a"})
    again = client.post("/api/v1/calls/", wish, headers={"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert [action for action, _ in asked] == ["call_originate"]
    assert asked[0][1]["endpoint"] == shop.agent.endpoint_web
    other = client.post(
        "/api/v1/calls/", {"agent": "1001", "number": "110"}, headers={"Idempotency-Key": "a"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "switchboard.key_used")


def test_nobody_has_a_phone_dial_that_is_not_in_his_sight(shop: Shop, asked: list[Any]) -> None:
    wish = {"agent": "1001", "number": "13900139000"}
    for who in (shop.colleague.user, shop.other_lead, shop.inspector):
        assert api(who).post("/api/v1/calls/", wish).status_code == 404
    # The stranger's 1001 is another person, whose company has no number to show.
    assert api(shop.stranger.user).post("/api/v1/calls/", wish).status_code == 503
    assert Client().post("/api/v1/calls/", wish).status_code == 401
    assert asked == []


@pytest.mark.parametrize(
    "wish", [{"agent": "1001"}, {"agent": "1001", "number": "1", "reference": "call:1"}, {}]
)
def test_api_wants_one_of_number_and_reference(shop: Shop, wish: dict[str, str]) -> None:
    assert api(shop.agent.user).post("/api/v1/calls/", wish).status_code == 400
