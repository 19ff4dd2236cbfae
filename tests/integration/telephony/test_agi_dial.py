"""What a number means to the agent who dials it."""

from dataclasses import dataclass
from typing import Any

import pytest

from apps.core.tenancy import all_tenants
from apps.numbers.models import Did
from apps.telephony.agi.dial import DialPlan, dial_plan
from tests.factories import (
    AgentFactory,
    DidFactory,
    EntryPointFactory,
    QueueFactory,
    TenantFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db


@dataclass
class Company:
    """A company with agents 1001 and 1002, queue 7001 and a number of its own."""

    tenant: Any
    agent: Any
    colleague: Any

    def dials(self, number: str, phone: str = "desk") -> DialPlan:
        endpoint = self.agent.endpoint_desk if phone == "desk" else self.agent.endpoint_web
        return dial_plan(endpoint, number)


def company(slug: str, did: str) -> Company:
    with all_tenants("test"):
        tenant = TenantFactory(slug=slug)
        agents = [
            AgentFactory(tenant=tenant, number=number, sip_username=f"{slug}-{number}")
            for number in ("1001", "1002")
        ]
        QueueFactory(tenant=tenant, number="7001")
        EntryPointFactory(tenant=tenant, did=DidFactory(tenant=tenant, number=did))
    return Company(tenant, *agents)


@pytest.fixture
def ours() -> Company:
    TrunkFactory(name="carrier")
    return company("demo", "4008001000")


@pytest.fixture
def theirs() -> Company:
    return company("b", "4008005000")


def test_colleague_rings_on_both_phones_and_sees_the_agents_number(ours: Company) -> None:
    plan = ours.dials("1002", phone="web")
    assert (plan.next, plan.direction) == ("dial", "internal")
    assert plan.target == "PJSIP/demo-1002&PJSIP/demo-1002-web"
    assert plan.caller_id == "1001"


def test_same_number_is_another_person_in_another_company(ours: Company, theirs: Company) -> None:
    assert theirs.dials("1002").target == "PJSIP/b-1002&PJSIP/b-1002-web"


def test_own_number_is_busy(ours: Company) -> None:
    assert ours.dials("1001").next == "busy"


def test_queue_number_leads_to_the_companys_own_queue(ours: Company, theirs: Company) -> None:
    plan = theirs.dials("7001")
    assert plan.next == "queue"
    assert plan.queue is not None
    assert plan.queue.name == "b-7001"


@pytest.mark.parametrize("number", ["13900139000", "+8613900139000", "110", "02088886666"])
def test_other_numbers_go_to_the_carrier_and_show_the_companys_number(
    ours: Company, theirs: Company, number: str
) -> None:
    plan = theirs.dials(number)
    assert (plan.next, plan.direction) == ("dial", "out")
    assert plan.target == f"PJSIP/{number}@trunk-carrier"
    assert plan.caller_id == "4008005000"


@pytest.mark.parametrize(
    "number", ["", "*97", "12#", "1" * 40, "13900139000@evil", "１３９００１３９"]
)
def test_what_is_no_number_is_not_in_service(ours: Company, number: str) -> None:
    assert ours.dials(number).next == "not-in-service"


def test_without_a_number_to_show_nobody_calls_out(ours: Company) -> None:
    with all_tenants("test"):
        Did.objects.update(is_active=False)
    assert ours.dials("13900139000").next == "not-in-service"


def test_phone_of_nobody_may_not_dial(ours: Company) -> None:
    assert dial_plan("stranger", "1002").next == "not-allowed"
    assert dial_plan("", "1002").next == "not-allowed"


@pytest.mark.parametrize("what", ["agent", "tenant", "user"])
def test_who_is_switched_off_may_not_dial(ours: Company, what: str) -> None:
    row = ours.agent.user if what == "user" else getattr(ours, what)
    row.is_active = False
    with all_tenants("test"):
        row.save()
    assert ours.dials("1002").next == "not-allowed"


def test_colleague_who_left_does_not_ring(ours: Company) -> None:
    ours.colleague.is_active = False
    with all_tenants("test"):
        ours.colleague.save()
    assert "demo-1002" not in ours.dials("1002").target
