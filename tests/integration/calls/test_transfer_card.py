"""Who gets a call from a colleague sees from whom; who gave it away does not see himself."""

from datetime import UTC, datetime

import pytest

from apps.accounts.models import Agent
from apps.calls import resolve
from apps.calls.cards import transfer_card
from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, CallFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def told(step: str, by: str) -> CallState:
    """Fold a call in which a phone user ordered one step."""
    return fold(
        [
            Fact(
                node="pbx1",
                linkedid="1.1",
                key=f"1.1:control:{step}",
                kind="control",
                at=AT,
                source="ami",
                uniqueid="1.1",
                data={"channel": "PJSIP/trunk-00000001", "step": step, "by": by},
            )
        ]
    )


@pytest.fixture
def giver() -> Agent:
    resolve.agents.clear()
    with all_tenants("test"):
        found: Agent = AgentFactory(number="1001", user__first_name="李娜")
    return found


@pytest.mark.parametrize("step", ["transferring", "consulting"])
def test_colleague_sees_who_gives_him_the_call(giver: Agent, step: str) -> None:
    with all_tenants("test"):
        call = CallFactory(tenant=giver.tenant)
        colleague = AgentFactory(tenant=giver.tenant)
        state = told(step, giver.sip_username)
        shown = transfer_card(call, state, colleague)
        assert shown == {"by": {"number": "1001", "name": "李娜"}, "note": ""}
        assert transfer_card(call, state, giver) is None


def test_hold_gives_nothing_away(giver: Agent) -> None:
    with all_tenants("test"):
        call = CallFactory(tenant=giver.tenant)
        colleague = AgentFactory(tenant=giver.tenant)
        assert transfer_card(call, told("held", giver.sip_username), colleague) is None


def test_another_companys_agent_is_never_named(giver: Agent) -> None:
    with all_tenants("test"):
        stranger = AgentFactory()
        call = CallFactory(tenant=stranger.tenant)
        assert transfer_card(call, told("transferring", giver.sip_username), stranger) is None
