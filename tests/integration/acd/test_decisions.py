"""Why an agent was rung: on the call's page and over the API, in both languages."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.choices import Role, ViewTier
from apps.acd.decisions import call_decisions
from apps.acd.engine.decide import decide
from apps.acd.engine.floor import Agent, Floor, Membership, Need, Queue, Waiting
from apps.acd.engine.record import make_record
from apps.calls.models import Call, CallFact
from apps.calls.selectors import call_timeline
from apps.core.tenancy import tenant_scope
from tests.factories import AgentFactory, ApiTokenFactory, CallFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def engine_agent(name: str, state: str, **more: Any) -> Agent:
    """Return an agent of queue demo-7002 on the floor."""
    idle_since = NOW - timedelta(minutes=1)
    queues = {"demo-7002": Membership()}
    return Agent(name, state, idle_since, queues, **{"skills": {"english": 90}, **more})


@pytest.fixture
def call() -> Call:
    """Return a call for which 10501 was rung, and why 10502 to 10504 were not."""
    found: Call = CallFactory()
    for number in range(10501, 10505):
        AgentFactory(tenant=found.tenant, number=str(number))
    waiting = Waiting(
        found.linkedid,
        "demo-7002",
        NOW - timedelta(seconds=12),
        needs=(Need("english", ((0, 50),)),),
    )
    agents = [
        engine_agent("a10501", "ready"),
        engine_agent("a10502", "wrap_up", until=NOW + timedelta(seconds=9)),
        engine_agent("a10503", "ready", skills={"english": 40}),
        engine_agent("a10504", "unreachable"),
    ]
    floor = Floor({one.id: one for one in agents}, {"demo-7002": Queue("demo-7002")}, (waiting,))
    CallFact.objects.create(
        tenant=found.tenant,
        node=found.node,
        linkedid=found.linkedid,
        key="routed",
        kind="routed",
        at=NOW,
        source="acd",
        uniqueid=found.linkedid,
        data=make_record(floor, waiting, NOW, decide(floor, NOW)),
    )
    return found


def test_each_agent_has_his_reason(call: Call) -> None:
    with tenant_scope(call.tenant_id), translation.override("en"):
        (decision,) = call_decisions(call_timeline(call))
    assert (decision.queue, decision.waited_s, decision.chosen) == ("7002", 12, ("10501",))
    assert decision.is_same
    assert [(one.agent, one.code) for one in decision.candidates] == [
        ("10501", "chosen"),
        ("10502", "wrap_up"),
        ("10503", "skill"),
        ("10504", "unreachable"),
    ]
    reasons = [one.reason for one in decision.candidates]
    assert reasons[1].startswith("is in wrap-up, until ")
    assert reasons[2:] == ["skill english 40 < 50", "his phone is not registered"]


def test_in_chinese_too(call: Call) -> None:
    with tenant_scope(call.tenant_id), translation.override("zh-hans"):
        (decision,) = call_decisions(call_timeline(call))
    assert "空闲" in decision.strategy
    assert decision.candidates[3].reason == "话机未注册"


def test_a_decision_that_cannot_be_read_hides_no_other(call: Call) -> None:
    CallFact.objects.create(
        tenant=call.tenant,
        node=call.node,
        linkedid=call.linkedid,
        key="broken",
        kind="routed",
        at=NOW,
        source="acd",
        data={"v": 7},
    )
    with tenant_scope(call.tenant_id):
        assert len(call_decisions(call_timeline(call))) == 1


def test_agents_of_another_company_are_not_named(call: Call) -> None:
    with tenant_scope(call.tenant_id):
        facts = call_timeline(call)
    with tenant_scope(CallFactory().tenant_id):
        (decision,) = call_decisions(facts)
    assert {one.name for one in decision.candidates} == {""}


def test_the_api_tells_it_to_who_may_see_the_call_and_to_nobody_else(call: Call) -> None:
    ApiTokenFactory(tenant=call.tenant, token="t-mine")
    ApiTokenFactory(token="t-other")
    url = f"/api/v1/calls/{call.pk}/decisions/"
    (decision,) = Client(HTTP_AUTHORIZATION="Token t-mine").get(url).json()
    assert decision["chosen"] == ["10501"]
    assert decision["candidates"][2]["code"] == "skill"
    assert Client(HTTP_AUTHORIZATION="Token t-other").get(url).status_code == 404
    assert Client().get(url).status_code == 401


def test_the_call_s_page_shows_it(call: Call) -> None:
    client = Client()
    client.force_login(UserFactory(tenant=call.tenant, role=Role.ADMIN, view_tier=ViewTier.ALL))
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert 'data-testid="decision"' in page
    assert "english 40 &lt; 50" in page
