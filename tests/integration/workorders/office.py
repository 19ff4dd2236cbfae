"""A company with people, and a type whose flow names them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.core.tenancy import tenant_scope
from apps.tenants.models import Tenant
from apps.workorders.engine.state import Kind
from apps.workorders.models import Order, OrderType
from apps.workorders.services import Act, work_order_act, work_order_create
from tests.factories import (
    DepartmentFactory,
    OrderTypeFactory,
    OrderTypeVersionFactory,
    TenantFactory,
    UserFactory,
)

FIELDS: list[dict[str, Any]] = [
    {"key": "fault", "type": "text", "label": "Fault", "required": True},
    {"key": "amount", "type": "decimal", "label": "Amount"},
    {"key": "telephone", "type": "telephone", "label": "Telephone"},
    {"key": "engineer", "type": "person", "label": "Engineer"},
    {"key": "files", "type": "file", "label": "Files"},
    {"key": "result", "type": "text", "label": "Result", "required": True},
]
START = ["fault", "amount", "telephone", "engineer", "files"]


class Office:
    """Two departments: sales with `agent`, `colleague` and `lead`, support with `engineer` and
    `support_lead`; an `admin` and an `inspector` in the first.
    """

    def __init__(self) -> None:
        self.tenant: Tenant = TenantFactory()
        with tenant_scope(self.tenant.pk):
            self.sales: Department = DepartmentFactory(tenant=self.tenant)
            self.support: Department = DepartmentFactory(tenant=self.tenant)
        self.agent = self.person(Role.AGENT)
        self.colleague = self.person(Role.AGENT)
        self.lead = self.person(Role.TEAM_LEAD)
        self.engineer = self.person(Role.AGENT, self.support)
        self.support_lead = self.person(Role.TEAM_LEAD, self.support)
        self.admin = self.person(Role.ADMIN)
        self.inspector = self.person(Role.INSPECTOR)

    def person(self, role: Role, department: Department | None = None) -> User:
        made: User = UserFactory(tenant=self.tenant, role=role, department=department or self.sales)
        return made

    def type(self, *steps: dict[str, Any], **more: Any) -> OrderType:
        flow = {"version": 1, "start": {"editable": START}, "steps": list(steps)}
        form = {"version": 1, "fields": FIELDS}
        made: OrderType = OrderTypeFactory(
            tenant=self.tenant, form_draft=form, flow_draft=flow, **more
        )
        OrderTypeVersionFactory(tenant=self.tenant, type=made, form=form, flow=flow)
        return made

    def order(self, *steps: dict[str, Any], submit: bool = True, **more: Any) -> Order:
        settings = {name: more.pop(name) for name in list(more) if hasattr(OrderType, name)}
        values = {"fault": "no power", **more.pop("values", {})}
        return work_order_create(
            user=more.pop("user", self.agent),
            type=self.type(*steps, **settings),
            values=values,
            submit=submit,
            **more,
        )


def step(key: str, *people: User, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "approval",
        "name": key,
        "approvers": {"by": "person", "ids": [one.pk for one in people]},
        **more,
    }


def act(order: Order, user: User, kind: str, step: str = "", **more: Any) -> Order:
    return work_order_act(user=user, order=order, act=Act(Kind(kind), step, **more))


def waits(order: Order) -> dict[str, set[int]]:
    """Return who may act on which step, as the rows say."""
    found: dict[str, set[int]] = {}
    for row in order.steps.filter(state="active"):
        found[row.key] = set(row.seats.filter(is_open=True).values_list("person_id", flat=True))
    return found


@contextmanager
def office_scope() -> Iterator[Office]:
    office = Office()
    with tenant_scope(office.tenant.pk):
        yield office
