"""A company with two departments, their people, and recordings that can be inspected."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, Department, User
from apps.core.tenancy import tenant_scope
from apps.quality.models import Inspection, Sheet, SheetVersion
from apps.quality.plans import PlanValues
from apps.quality.selectors import case_of
from apps.quality.services import (
    inspection_create,
    inspection_publish,
    inspection_save,
)
from apps.quality.sheets import sheet_create, sheet_publish
from apps.recordings.models import Recording
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    RecordingFactory,
    TenantFactory,
    UserFactory,
)
from tests.unit.quality.sheets import document, item, section

DOCUMENT = document(
    section("greeting", item("name"), item("tone", "scale", steps=5, allows_na=True), weight=40),
    section("care", item("rude", is_fatal=True), item("solved", allows_na=True), weight=60),
)
BEST = {"name": 1, "tone": 5, "rude": 1, "solved": 1}
# greeting (10 * 1 + 10 * 0.5) / 20 = 0.75, care 0.5: 40 * 0.75 + 60 * 0.5 = 60.
MIDDLE = {"name": 1, "tone": 3, "rude": 1, "solved": 0}


class Office:
    """Sales with `lead`, `agent`, `colleague`; support with `support_lead`, `other`. The
    company's `admin`, and inspectors `first`, `second`, `third` who hear everything.
    """

    def __init__(self) -> None:
        self.tenant: Tenant = TenantFactory()
        with tenant_scope(self.tenant.pk):
            self.sales: Department = DepartmentFactory(tenant=self.tenant)
            self.support: Department = DepartmentFactory(tenant=self.tenant)
            self.admin = self.person(Role.ADMIN)
            self.lead = self.person(Role.TEAM_LEAD)
            self.support_lead = self.person(Role.TEAM_LEAD, self.support)
            self.first, self.second, self.third = (self.person(Role.INSPECTOR) for _ in "123")
            self.agent, self.colleague = self.talker(self.sales), self.talker(self.sales)
            self.other = self.talker(self.support)
            self.sheet: Sheet = sheet_create(user=self.lead, name="Service", document=DOCUMENT)
            self.version: SheetVersion = sheet_publish(sheet=self.sheet, user=self.lead, number=1)

    def person(self, role: Role, department: Department | None = None) -> User:
        made: User = UserFactory(tenant=self.tenant, role=role, department=department or self.sales)
        return made

    def talker(self, department: Department) -> Agent:
        made: Agent = AgentFactory(tenant=self.tenant, user__department=department)
        return made

    def recording(self, agent: Agent | None = None, **more: Any) -> Recording:
        who = agent or self.agent
        at = more.pop("started_at", None) or timezone.now()
        call = more.pop("call", None) or CallFactory(
            tenant=self.tenant, agent=who, started_at=at, queue_department=who.user.department
        )
        LegFactory(tenant=self.tenant, call=call, agent=who)
        values = {"state": "ready", "duration_ms": 90_000, "started_at": at, **more}
        made: Recording = RecordingFactory(tenant=self.tenant, call=call, agent=who, **values)
        return made

    def inspection(self, agent: Agent | None = None, **more: Any) -> Inspection:
        inspector = more.pop("inspector", self.first)
        return inspection_create(
            recording=self.recording(agent, **more),
            version=self.version,
            inspector=inspector,
            by=inspector,
        )

    def published(
        self,
        agent: Agent | None = None,
        answers: dict[str, Any] | None = None,
        **more: Any,
    ) -> Inspection:
        made = self.inspection(agent, **more)
        saved = self.save(made, MIDDLE if answers is None else answers)
        return inspection_publish(inspection=saved, user=saved.inspector, number=saved.number)

    def save(self, one: Inspection, answers: dict[str, Any]) -> Inspection:
        return inspection_save(
            inspection=one, user=one.inspector, answers=answers, summary="", number=one.number
        )

    def plan(self, **more: Any) -> PlanValues:
        values: dict[str, Any] = {
            "name": "Weekly",
            "sheet": self.sheet,
            "kind": "per_agent",
            "period": "week",
            "count": 2,
            "inspectors": [self.first.pk, self.second.pk],
        }
        return PlanValues(**{**values, **more})


@contextmanager
def office_scope() -> Iterator[Office]:
    office = Office()
    with tenant_scope(office.tenant.pk):
        yield office


def same_as_history(inspection: Inspection) -> None:
    """The row is what its acts fold to."""
    row = Inspection.objects.select_related("agent").get(pk=inspection.pk)
    case = case_of(row)
    told = None if row.told_at is None else row.told_at.timestamp()
    assert (row.state, row.inspector_id, row.appeals_made, told) == (
        case.state,
        case.inspector,
        case.appeals,
        case.told_at,
    )
    assert row.items.exists() == row.is_shown


def days_ago(n: int) -> datetime:
    return timezone.now() - timedelta(days=n)
