"""Whom a call can be given to: own company only, best first, never too many."""

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import Agent
from apps.acd.services import agent_sign_in
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, QueueFactory, QueueMemberFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> Agent:
    with all_tenants("test"):
        found: Agent = AgentFactory(number="1001", user__first_name="李娜")
    return found


def colleague(me: Agent, number: str, name: str, **fields: object) -> Agent:
    with all_tenants("test"):
        found: Agent = AgentFactory(
            tenant=me.tenant, number=number, user__first_name=name, **fields
        )
    return found


def asked(me: Agent, text: str = "") -> list[tuple[str, str]]:
    client = Client()
    client.force_login(me.user)
    answer = client.get("/desk/targets/", {"q": text})
    assert answer.status_code == 200
    return [(one["kind"], one["number"]) for one in answer.json()["targets"]]


def test_who_is_ready_comes_first_and_queues_after_people(me: Agent) -> None:
    colleague(me, "1002", "陈强")
    ready = colleague(me, "1003", "赵敏")
    with all_tenants("test"):
        QueueMemberFactory(tenant=me.tenant, agent=ready, queue__number="7001")
        agent_sign_in(agent=ready)
    assert asked(me) == [("agent", "1003"), ("agent", "1002"), ("queue", "7001")]


def test_part_of_a_name_or_the_beginning_of_a_number_finds(me: Agent) -> None:
    colleague(me, "1002", "陈强")
    colleague(me, "2100", "赵敏")
    with all_tenants("test"):
        QueueFactory(tenant=me.tenant, number="7001", name="售后服务")
    assert asked(me, "陈") == [("agent", "1002")]
    assert asked(me, "21") == [("agent", "2100")]
    assert asked(me, "服务") == [("queue", "7001")]
    assert asked(me, "nobody") == []


def test_states_and_waiting_callers_are_told(me: Agent) -> None:
    colleague(me, "1002", "陈强")
    with all_tenants("test"):
        QueueFactory(tenant=me.tenant, number="7001")
    client = Client()
    client.force_login(me.user)
    person, queue = client.get("/desk/targets/").json()["targets"]
    assert (person["name"], person["state"]) == ("陈强", "signed_out")
    assert (queue["waiting"], queue["signed_in"], queue["idle"]) == (0, 0, 0)


def test_another_companys_people_are_never_named(me: Agent) -> None:
    with all_tenants("test"):
        AgentFactory(number="1009", user__first_name="李娜二")
        QueueFactory(number="7009")
    assert asked(me) == []
    assert asked(me, "李娜") == []


def test_who_left_is_not_offered(me: Agent) -> None:
    colleague(me, "1002", "陈强", is_active=False)
    colleague(me, "1003", "赵敏", user__is_active=False)
    assert asked(me) == []


def test_no_more_than_twenty_and_both_kinds_among_them(me: Agent) -> None:
    with all_tenants("test"):
        for number in range(25):
            AgentFactory(tenant=me.tenant, number=str(2000 + number))
            QueueFactory(tenant=me.tenant, number=str(7000 + number))
    kinds = [kind for kind, _ in asked(me)]
    assert len(kinds) == 20
    assert kinds.count("agent") == kinds.count("queue") == 10


@pytest.mark.parametrize("text", ["\x00", "%", "'; --", "1" * 5000, "１"])
def test_odd_input_is_only_text(me: Agent, text: str) -> None:
    colleague(me, "1002", "陈强")
    assert asked(me, text) in ([], [("agent", "1002")])


def test_only_who_takes_calls_may_ask(me: Agent) -> None:
    with all_tenants("test"):
        lead = UserFactory(tenant=me.tenant, role=Role.TEAM_LEAD)
    client = Client()
    assert client.get("/desk/targets/").status_code == 302
    client.force_login(lead)
    assert client.get("/desk/targets/").status_code == 404
    client.force_login(me.user)
    assert client.post("/desk/targets/").status_code == 405
