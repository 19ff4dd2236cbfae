"""An agent declines a call that rings at him: the reason is kept, a stranger's is not taken."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Agent
from apps.audit.models import AuditEntry
from apps.calls import resolve
from apps.calls.models import Call, CallFact
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, CallFactory, LegFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    resolve.agents.clear()
    resolve.tenants.clear()
    with all_tenants("test"):
        found: Agent = AgentFactory(number="1001")
    return found


def ringing(agent: Agent, *, is_answered: bool = False) -> Call:
    """Make a call whose second channel rings at the agent's phone."""
    now = timezone.now()
    with all_tenants("test"):
        call: Call = CallFactory(tenant=agent.tenant, started_at=now, ended_at=None)
        leg = LegFactory(tenant=agent.tenant, call=call, agent=agent, ended_at=None)
        channel = f"PJSIP/{agent.endpoint_web}-00000001"
        kinds = ["leg_started", "leg_ringing", *(["leg_answered"] if is_answered else [])]
        for kind in kinds:
            CallFact.objects.create(
                tenant=agent.tenant,
                node=call.node,
                linkedid=call.linkedid,
                uniqueid=leg.uniqueid,
                key=f"{leg.uniqueid}:{kind}",
                kind=kind,
                at=now,
                source="ami",
                data={"channel": channel},
            )
    return call


def decline(agent: Agent, call: Call, reason: str = "technical") -> int:
    client = Client()
    client.force_login(agent.user)
    return client.post(f"/calls/{call.pk}/decline/", {"reason": reason}).status_code


def kept() -> list[tuple[str, dict[str, str]]]:
    with all_tenants("test"):
        rows = AuditEntry.objects.filter(action="call.declined")
        return [(row.object_id, row.detail) for row in rows]


def test_reason_is_kept_with_who_and_which_call(agent: Agent) -> None:
    call = ringing(agent)
    assert decline(agent, call) == 204
    assert kept() == [(str(call.pk), {"agent": "1001", "reason": "technical"})]


def test_unknown_reason_is_another_one(agent: Agent) -> None:
    assert decline(agent, ringing(agent), "<script>") == 204
    assert kept()[0][1]["reason"] == "other"


def test_call_that_was_answered_cannot_be_declined(agent: Agent) -> None:
    assert decline(agent, ringing(agent, is_answered=True)) == 409
    assert kept() == []


def test_nobody_declines_for_another(agent: Agent) -> None:
    call = ringing(agent)
    with all_tenants("test"):
        colleague = AgentFactory(tenant=agent.tenant)
        stranger = AgentFactory()
    assert decline(colleague, call) == 404
    assert decline(stranger, call) == 404
    assert kept() == []


def test_get_changes_nothing(agent: Agent) -> None:
    call = ringing(agent)
    client = Client()
    client.force_login(agent.user)
    assert client.get(f"/calls/{call.pk}/decline/").status_code == 405
    assert Client().post(f"/calls/{call.pk}/decline/").status_code == 403
    assert kept() == []
