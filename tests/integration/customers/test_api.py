"""Customers over the API: who may, what is refused with which reason, numbers masked."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import Customer
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    CallFactory,
    CustomerFieldFactory,
    TenantFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
JSON = "application/json"


class World:
    """A company with an agent, an admin, a field for the API and one that is not."""

    def __init__(self) -> None:
        self.asked = 0
        with all_tenants("test"):
            self.agent = AgentFactory(number="1001")
            self.tenant = self.agent.tenant
            self.admin = UserFactory(tenant=self.tenant, role=Role.ADMIN)
            self.stranger = UserFactory(tenant=TenantFactory(), role=Role.ADMIN)
            CustomerFieldFactory(tenant=self.tenant, key="plan", kind="integer")
            CustomerFieldFactory(tenant=self.tenant, key="secret", in_exchange=False)

    def ask(
        self, user: User, method: str, path: str = "", data: Any = None, **query: Any
    ) -> tuple[int, Any]:
        """Ask with a person's token; return status and answer."""
        self.asked += 1
        text = f"customers-{self.asked}"
        with all_tenants("test"):
            ApiTokenFactory(tenant=user.tenant, user=user, token=text)
        client = Client(headers={"authorization": f"Token {text}"})
        url = f"/api/v1/customers/{path}"
        if method == "get":
            response = client.get(url, query)
        else:
            response = getattr(client, method)(url, data, content_type=JSON)
        return response.status_code, response.json() if response.content else None


@pytest.fixture
def world() -> World:
    """Make the company."""
    return World()


def make(world: World, **values: Any) -> dict[str, Any]:
    """Make a customer over the API."""
    given = {"name": "王芳", "numbers": [{"number": "13800138000"}], **values}
    status, made = world.ask(world.agent.user, "post", "", given)
    assert status == 201, made
    return dict(made)


def test_customer_is_made_found_changed_and_deleted(world: World) -> None:
    made = make(world, level="vip", owner="1001", tags=["a"], custom={"plan": 7}, balance="1.50")
    assert made["numbers"][0]["e164"] == "+8613800138000"
    assert made["numbers"][0]["region"]
    assert (made["owner"], made["custom"], made["balance"]) == ("1001", {"plan": 7}, "1.50")
    path = f"{made['id']}/"
    status, found = world.ask(world.admin, "get", "", level="vip", q="wangfang", tag="a")
    assert (status, found["count"], found["results"][0]["id"]) == (200, 1, made["id"])
    status, changed = world.ask(
        world.agent.user, "patch", path, {"city": "广州", "custom": {"plan": None}}
    )
    assert (status, changed["city"], changed["custom"], changed["level"]) == (
        200,
        "广州",
        {},
        "vip",
    )
    assert world.ask(world.agent.user, "delete", path)[0] == 403
    assert world.ask(world.admin, "delete", path)[0] == 204
    assert world.ask(world.admin, "get", path)[0] == 404


def test_every_fault_is_told_by_field(world: World) -> None:
    wrong = {
        "name": "x",
        "level": "none",
        "numbers": [{"number": "138****8000"}],
        "custom": {"plan": "many", "unknown": 1},
    }
    status, answer = world.ask(world.agent.user, "post", "", wrong)
    assert (status, answer["code"]) == (400, "customers.refused")
    assert set(answer["fields"]) == {"level", "numbers", "custom.plan", "custom.unknown"}
    for data in (
        {"name": "x", "custom": {"secret": "x"}},
        {"name": "a\0b"},
        {"name": {"a": 1}},
        {"name": "x", "numbers": "13800138000"},
        {"name": "x", "custom": {"plan": {"a": [1]}}},
        [],
        {},
    ):
        assert world.ask(world.agent.user, "post", "", data)[0] == 400
    with tenant_scope(world.tenant.pk):
        assert not Customer.objects.exists()


def test_masked_person_gets_masked_numbers_and_reveals_one_audited(world: World) -> None:
    made = make(world)
    with tenant_scope(world.tenant.pk):
        CallFactory(tenant=world.tenant, agent=world.agent, customer_id=made["id"])
    Tenant.objects.filter(pk=world.tenant.pk).update(masked_roles=["agent"])
    user = User.objects.get(pk=world.agent.user_id)
    for path in ("", f"{made['id']}/", f"{made['id']}/timeline/"):
        status, answer = world.ask(user, "get", path)
        assert status == 200
        assert "13800138000" not in str(answer)
    key = made["numbers"][0]["id"]
    status, answer = world.ask(user, "post", f"{made['id']}/reveal/", {"number_id": key})
    assert (status, answer) == (200, {"number": "13800138000"})
    with tenant_scope(world.tenant.pk):
        assert AuditEntry.objects.get(action="customer.number_reveal").actor == user
    assert world.ask(user, "post", f"{made['id']}/reveal/", {"number_id": 2**60})[0] == 404


def test_numbers_notes_duplicates_merge_and_timeline(world: World) -> None:
    one, other = make(world), make(world, name="王 芳")
    path = f"{one['id']}/"
    status, found = world.ask(world.agent.user, "get", f"{path}duplicates/")
    assert found == [{"customer_id": other["id"], "why": ["number", "name"]}]
    status, answer = world.ask(
        world.agent.user, "post", f"{path}numbers/", {"number": "02088886666"}
    )
    assert (status, len(answer["numbers"])) == (200, 2)
    assert world.ask(world.agent.user, "post", f"{path}numbers/", {"number": "?"})[0] == 400
    status, note = world.ask(world.agent.user, "post", f"{path}notes/", {"text": "tea"})
    assert (status, note["text"], note["author"]) == (201, "tea", world.agent.user.username)
    body = {"absorbed": other["id"], "choice": {"name": "absorbed"}}
    assert world.ask(world.agent.user, "post", f"{path}merge/", body)[0] == 403
    status, answer = world.ask(world.admin, "post", f"{path}merge/", body)
    assert (status, answer["name"]) == (200, "王 芳")
    assert world.ask(world.admin, "get", f"{other['id']}/")[1]["id"] == one["id"]
    assert world.ask(world.admin, "post", f"{path}merge/", body)[0] == 409
    status, page = world.ask(world.admin, "get", f"{path}timeline/")
    assert [row["kind"] for row in page["results"]].count("note") == 1
    assert page["after"] == ""


def test_stranger_and_nobody_get_nothing(world: World) -> None:
    made = make(world)
    path = f"{made['id']}/"
    assert world.ask(world.stranger, "get")[1]["count"] == 0
    assert world.ask(world.stranger, "get", path)[0] == 404
    assert world.ask(world.stranger, "patch", path, {"name": "x"})[0] == 404
    assert world.ask(world.stranger, "post", f"{path}merge/", {"absorbed": made["id"]})[0] == 404
    assert Client().get("/api/v1/customers/").status_code == 401


def test_list_costs_the_same_however_long_it_is(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make(world, numbers=[{"number": f"136000000{number:02d}"}], owner="1001")
    with django_assert_max_num_queries(12):
        status, found = world.ask(world.admin, "get")
    assert (status, found["count"], len(found["results"])) == (200, 30, 30)
