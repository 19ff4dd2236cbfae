"""Tasks over the API: what the person may see and do, as on the page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.tenancy import tenant_scope
from apps.tasks.models import Task
from apps.tenants.models import Tenant
from tests.factories import (
    ApiTokenFactory,
    CustomerFactory,
    DepartmentFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


class World:
    """An agent and a lead of one department, a lead of another, an admin of another company."""

    def __init__(self) -> None:
        self.tenant: Tenant = TenantFactory()
        sales, support = DepartmentFactory.create_batch(2, tenant=self.tenant)
        self.agent = UserFactory(tenant=self.tenant, department=sales)
        self.lead = UserFactory(tenant=self.tenant, department=sales, role=Role.TEAM_LEAD)
        self.other = UserFactory(tenant=self.tenant, department=support, role=Role.TEAM_LEAD)
        self.stranger = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)
        for user in (self.agent, self.lead, self.other, self.stranger):
            ApiTokenFactory(tenant=user.tenant, user=user, token=f"t-{user.pk}")

    def ask(self, user: User, method: str, path: str = "", data: Any = None) -> tuple[int, Any]:
        """Ask the API as somebody; return status and body."""
        client = Client(headers={"authorization": f"Token t-{user.pk}"})
        sent = {} if data is None else {"data": data, "content_type": "application/json"}
        response = getattr(client, method)(f"/api/v1/tasks/{path}", **sent)
        return response.status_code, response.json()

    def plan(self, user: User, **more: Any) -> tuple[int, Any]:
        """Plan a task two hours from now."""
        due = (timezone.now() + timedelta(hours=2)).isoformat()
        return self.ask(
            user, "post", "", {"kind": "call_back", "title": "回访", "due_at": due, **more}
        )


@pytest.fixture
def world() -> Iterator[World]:
    """Make both companies, in the first one's scope."""
    found = World()
    with tenant_scope(found.tenant.pk):
        yield found


def test_planned_task_is_listed_closed_and_no_longer_to_do(world: World) -> None:
    customer = CustomerFactory(tenant=world.tenant)
    status, made = world.plan(world.agent, number="13800138000", customer=customer.pk)
    assert (status, made["assignee"], made["state"]) == (201, world.agent.username, "open")
    assert made["customer_name"] == customer.name
    assert world.ask(world.agent, "get")[1]["results"] == [made]
    path = f"{made['id']}/"
    assert world.ask(world.lead, "get", path) == (200, made)
    status, answer = world.ask(world.agent, "post", f"{path}done/", {"result": "recovered"})
    assert (status, answer["code"]) == (400, "tasks.unknown_result")
    status, done = world.ask(world.agent, "post", f"{path}done/", {"result": "done", "note": "ok"})
    assert (status, done["state"], done["result"], done["note"]) == (200, "done", "done", "ok")
    assert world.ask(world.agent, "get")[1]["results"] == []
    assert world.ask(world.agent, "get", "?state=all&whose=mine")[1]["count"] == 1
    status, answer = world.ask(world.agent, "post", f"{path}done/", {"result": "done"})
    assert (status, answer["code"]) == (409, "tasks.illegal_transition")


def test_reminder_is_put_off_and_no_further_than_it_may(world: World) -> None:
    _status, made = world.plan(world.agent)
    path = f"{made['id']}/snooze/"
    until = timezone.now() + timedelta(minutes=30)
    status, answer = world.ask(world.agent, "post", path, {"until": until.isoformat()})
    assert status == 200
    assert Task.objects.get(pk=made["id"]).remind_at == until
    for wrong in (timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=40)):
        status, answer = world.ask(world.agent, "post", path, {"until": wrong.isoformat()})
        assert (status, answer["code"]) == (400, "tasks.bad_plan")


def test_agent_plans_for_himself_a_lead_for_everybody_of_his_company(world: World) -> None:
    assert world.plan(world.agent, assignee=world.lead.username)[0] == 400
    assert world.plan(world.lead, assignee=world.stranger.username)[0] == 400
    status, made = world.plan(world.lead, assignee=world.agent.username)
    assert (status, made["assignee"]) == (201, world.agent.username)
    status, free = world.plan(world.lead, assignee=None)
    assert (status, free["assignee"]) == (201, None)
    assert world.ask(world.lead, "get", "?whose=free")[1]["results"] == [free]
    # For whom he does not see, he plans all the same, and is told what.
    assert world.plan(world.lead, assignee=world.other.username)[0] == 201


def test_others_tasks_look_like_none(world: World) -> None:
    _status, made = world.plan(world.agent)
    for user in (world.other, world.stranger):
        for method, path, data in (
            ("get", f"{made['id']}/", None),
            ("post", f"{made['id']}/done/", {"result": "done"}),
            ("post", f"{made['id']}/snooze/", {"until": timezone.now().isoformat()}),
        ):
            assert world.ask(user, method, path, data)[0] == 404
        assert world.ask(user, "get")[1]["results"] == []
    customer = CustomerFactory(tenant=world.stranger.tenant)
    assert world.plan(world.agent, customer=customer.pk)[0] == 404


def test_masked_person_gets_masked_numbers(world: World) -> None:
    _status, made = world.plan(world.agent, number="13800138000")
    assert made["number"] == "13800138000"
    Tenant.objects.filter(pk=world.tenant.pk).update(masked_roles=[Role.AGENT])
    assert "****" in world.ask(world.agent, "get", f"{made['id']}/")[1]["number"]
