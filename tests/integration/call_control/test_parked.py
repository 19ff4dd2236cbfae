"""Parked customers: who may fetch them, where they ring, what others get."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.acd.models import Queue
from apps.audit.models import AuditEntry
from apps.calls.engine import facts as kinds
from apps.calls.models import Call
from apps.calls.services import facts_apply
from apps.core.tenancy import all_tenants
from apps.supervision.models import PickUpGroup
from apps.supervision.pick_up_groups import group_save
from tests.factories import AgentFactory, QueueMemberFactory, UserFactory
from tests.integration.call_control.a_talk import LEG, LINKED, fact, press

pytestmark = pytest.mark.django_db
CALLER = "PJSIP/trunk-carrier-01"


@pytest.fixture
def parked(agent: Agent, call: Call) -> Call:
    """Let 1004 park his customer."""
    made: Call
    (made,) = facts_apply(
        [
            fact(kinds.UNBRIDGED, 10, LINKED, CALLER, bridge="b"),
            fact(kinds.CONTROL, 10, LINKED, CALLER, step="parked", by=agent.sip_username),
            fact(kinds.LEG_ENDED, 10, LEG, f"PJSIP/{agent.endpoint_web}-02", cause="16"),
        ]
    )
    return made


def grouped(*agents: Agent) -> PickUpGroup:
    with all_tenants("test"):
        admin = UserFactory(tenant=agents[0].tenant, role=Role.ADMIN)
        numbers = [agent.number for agent in agents]
        return group_save(user=admin, pk=None, name="front", numbers=numbers)


def page_of(agent: Agent) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(agent.user)
    return client.get("/colleagues/").content.decode()


def test_a_colleague_of_the_group_fetches_him_at_his_own_phone(
    agent: Agent, colleague: Agent, parked: Call, asked: list[Any]
) -> None:
    grouped(agent, colleague)
    page = page_of(colleague)
    assert f'data-testid="parked-call" data-call="{parked.pk}"' in page
    assert "13609200001" in page
    assert press(colleague.user, parked, "fetch") == 204
    ((what, order),) = asked
    assert what == "call_control"
    assert (order["operation"], order["customer"]) == ("unpark", LINKED)
    assert (order["by"], order["back"]) == (colleague.sip_username, (colleague.endpoint_web,))
    with all_tenants("test"):
        assert AuditEntry.objects.filter(action="supervision.pick_up").count() == 1


def test_who_serves_the_queue_sees_him_masked_where_numbers_are(
    agent: Agent, colleague: Agent, parked: Call, asked: list[Any]
) -> None:
    with all_tenants("test"):
        queue = Queue.objects.get(number="7021")
        QueueMemberFactory(tenant=agent.tenant, queue=queue, agent=colleague)
        facts_apply([fact(kinds.QUEUED, 0.5, LINKED, CALLER, queue=queue.asterisk_name)])
        colleague.user.has_numbers_masked = True
        colleague.user.save(update_fields=["has_numbers_masked"])
    page = page_of(colleague)
    assert f'data-testid="parked-call" data-call="{parked.pk}"' in page
    assert "13609200001" not in page
    assert press(colleague.user, parked, "fetch") == 204


def test_nobody_else_sees_or_fetches_him(
    agent: Agent, colleague: Agent, parked: Call, asked: list[Any]
) -> None:
    with all_tenants("test"):
        stranger = AgentFactory(number="1004", sip_username="b-1004")
    for one in (colleague, stranger, agent):
        assert f'data-call="{parked.pk}"' not in page_of(one)
        assert press(one.user, parked, "fetch") == 404
    assert asked == []
    with all_tenants("test"):
        assert AuditEntry.objects.filter(action="supervision.refused").count() == 3


def test_who_is_not_parked_any_more_is_not_fetched(
    agent: Agent, colleague: Agent, parked: Call, asked: list[Any]
) -> None:
    grouped(agent, colleague)
    facts_apply([fact(kinds.CONTROL, 20, LINKED, CALLER, step="back", by=agent.sip_username)])
    assert press(colleague.user, parked, "fetch") == 404
    assert f'data-call="{parked.pk}"' not in page_of(colleague)


def test_who_is_on_a_call_fetches_nobody(
    agent: Agent, colleague: Agent, parked: Call, asked: list[Any]
) -> None:
    grouped(agent, colleague)
    his = f"PJSIP/{colleague.endpoint_web}-03"
    facts_apply([fact(kinds.LEG_STARTED, 20, "pbx1-1790000000.9", his)])
    assert press(colleague.user, parked, "fetch") == 409
    assert asked == []
