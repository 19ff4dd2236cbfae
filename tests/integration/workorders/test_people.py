"""Who is who: heads, roles and departments as the rules of steps ask; a person who is erased."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.core.errors import ForbiddenError, NotFoundError
from apps.workorders.absences import absence_create, absence_end
from apps.workorders.attachments import attachment_path, work_order_attach
from apps.workorders.customer_erasure import orders_erase
from apps.workorders.errors import AbsenceRefusedError
from apps.workorders.models import Absence, Order
from apps.workorders.people import CompanyPeople
from apps.workorders.selectors import absence_list_for
from tests.factories import CustomerFactory, DepartmentFactory
from tests.integration.workorders.office import Office, act, step, waits
from tests.integration.workorders.test_orders import same_as_history


def test_heads_are_team_leads_of_the_nearest_department_above(office: Office) -> None:
    below = DepartmentFactory(tenant=office.tenant, parent=office.sales)
    worker = office.person(Role.AGENT, below)
    people = CompanyPeople(office.tenant.pk, timezone.now())
    assert people.heads_of(below.pk) == (office.lead.pk,)
    assert people.heads_over(worker.pk, 1) == (office.lead.pk,)
    assert people.heads_over(office.lead.pk, 1) == ()
    office.sales.parent = DepartmentFactory(tenant=office.tenant)
    office.sales.save()
    boss = office.person(Role.TEAM_LEAD, office.sales.parent)
    people = CompanyPeople(office.tenant.pk, timezone.now())
    assert people.heads_over(office.lead.pk, 1) == (boss.pk,)
    assert people.heads_over(worker.pk, 2) == people.heads_over(worker.pk, 9) == (boss.pk,)
    assert set(people.in_department(office.sales.pk)) >= {worker.pk, office.agent.pk}
    assert boss.pk not in people.in_department(office.sales.pk)
    assert people.with_role(Role.TEAM_LEAD, below.pk) == ()


def test_people_of_another_company_are_nobody(office: Office) -> None:
    stranger = Office()
    people = CompanyPeople(office.tenant.pk, timezone.now())
    assert people.active((stranger.admin.pk, office.admin.pk)) == (office.admin.pk,)
    assert people.department_of(stranger.admin.pk) is None
    assert people.heads_over(stranger.agent.pk, 1) == ()
    assert people.admins() == (office.admin.pk,)


def test_absence_is_ones_own_or_the_admins_to_say(office: Office) -> None:
    now = timezone.now()
    span = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    with pytest.raises(ForbiddenError):
        absence_create(user=office.agent, person=office.lead, stand_in=office.agent, **span)
    for stand_in in (office.lead, Office().agent):
        with pytest.raises(AbsenceRefusedError):
            absence_create(user=office.lead, person=office.lead, stand_in=stand_in, **span)
    with pytest.raises(AbsenceRefusedError):
        absence_create(
            user=office.lead, person=office.lead, stand_in=office.agent,
            starts_at=now, ends_at=now,
        )  # fmt: skip
    made = absence_create(user=office.admin, person=office.lead, stand_in=office.agent, **span)
    assert list(absence_list_for(user=office.agent)) == [made]
    assert list(absence_list_for(user=office.colleague)) == []
    with pytest.raises(NotFoundError):
        absence_end(user=office.agent, pk=made.pk, now=now)
    absence_end(user=office.lead, pk=made.pk, now=now + timedelta(hours=1))
    assert Absence.objects.get().ends_at == now + timedelta(hours=1)


def test_erased_customer_leaves_no_word_and_the_history_still_gives_the_state(
    office: Office, settings: Any, tmp_path: Path
) -> None:
    settings.HUAWU_DATA_DIR = tmp_path
    customer = CustomerFactory(tenant=office.tenant, name="王芳")
    condition = {"field": "fault", "is": "equals", "value": "noise"}
    block = {
        "key": "c",
        "kind": "condition",
        "branches": [
            {"key": "then", "if": condition, "steps": [step("a", office.lead)]},
            {"key": "else", "steps": [step("b", office.admin)]},
        ],
    }
    order = office.order(
        block, customer=customer, values={"fault": "noise", "telephone": "13800138000"}
    )
    file = work_order_attach(
        user=office.agent, order=order, file=BytesIO(b"%PDF-1"), name="王芳.pdf"
    )
    act(order, office.agent, "comment", opinion="王芳 called")
    assert orders_erase(customer, ["+8613800138000"]) == 1
    row = Order.objects.get(pk=order.pk)
    words = [row.title, str(row.values)]
    words += [f"{one.document} {one.opinion}" for one in row.events.all()]
    assert not any("王芳" in word or "13800138000" in word for word in words)
    assert not attachment_path(file).exists()
    assert waits(row) == {"a": {office.lead.pk}}
    same_as_history(row)
    assert act(row, office.lead, "approve", "a").state == "completed"
