"""Agents 1004 and 1005 of a company, a call of 1004's, and what the phone system was asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from apps.accounts.models import Agent
from apps.calls import resolve
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, DidFactory, QueueFactory, TenantFactory, TrunkFactory
from tests.integration.call_control.a_talk import talk


@pytest.fixture
def agent() -> Agent:
    with all_tenants("test"):
        TrunkFactory(name="carrier")
        tenant = TenantFactory()
        DidFactory(tenant=tenant, number="4008002000")
        QueueFactory(tenant=tenant, number="7021")
        made: Agent = AgentFactory(tenant=tenant, number="1004")
    return made


@pytest.fixture
def colleague(agent: Agent) -> Agent:
    with all_tenants("test"):
        made: Agent = AgentFactory(tenant=agent.tenant, number="1005")
    return made


@pytest.fixture
def asked(settings: LazySettings) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    settings.HUAWU_PHONE_SYSTEM = "tests.fixtures.fake_phone_system.FakePhoneSystem"
    phone_system.cache_clear()
    yield phone_system().asked  # type: ignore[attr-defined]
    phone_system.cache_clear()


@pytest.fixture
def call(agent: Agent) -> Call:
    resolve.agents.clear()
    resolve.tenants.clear()
    (made,) = facts_apply(talk(agent))
    return made
