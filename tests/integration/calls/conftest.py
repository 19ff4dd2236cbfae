"""A company whose rows fit the recorded sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from apps.accounts.models import Agent
from apps.acd.models import Queue
from apps.calls import card_events, resolve
from apps.calls.engine.facts import Fact
from apps.customers.models import Customer
from apps.numbers.models import Did
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    CustomerFactory,
    CustomerNumberFactory,
    DidFactory,
    QueueFactory,
    TenantFactory,
)
from tests.fixtures import replay


@dataclass
class Company:
    """What the recordings speak of."""

    tenant: Tenant
    agents: dict[str, Agent]
    queue: Queue
    did: Did
    customer: Customer


@pytest.fixture(autouse=True)
def names_forgotten() -> Iterator[None]:
    """Forget names and cards of rows that are gone."""
    resolve.caches_clear()
    card_events.sent_cards = card_events.SentCards()
    yield
    resolve.caches_clear()


@pytest.fixture
def company(db: Any) -> Company:
    tenant = TenantFactory(slug="lab")
    agents = {
        number: AgentFactory(tenant=tenant, number=number, sip_username=number)
        for number in ("1001", "1002")
    }
    customer = CustomerFactory(tenant=tenant, name="王芳")
    CustomerNumberFactory(tenant=tenant, customer=customer, as_typed="13800138000")
    return Company(
        tenant=tenant,
        agents=agents,
        queue=QueueFactory(tenant=tenant, number="7001", name="销售"),
        did=DidFactory(tenant=tenant, number="4008001000"),
        customer=customer,
    )


def recorded(name: str) -> list[Fact]:
    """Return the facts of a recorded session."""
    return replay.facts(name)
