"""Tasks: one claims, closing records the result, nobody sees another company's."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Department, User
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import publisher
from apps.core.tenancy import tenant_scope
from apps.tasks import services
from apps.tasks.errors import (
    IllegalTransitionError,
    NotAssignableError,
    TaskTakenError,
    UnknownResultError,
)
from apps.tasks.models import Task, TaskEvent
from apps.tasks.selectors import (
    department_leads,
    task_get_for,
    task_list_for,
    task_todo_count_for,
)
from apps.tenants.models import Tenant
from tests.factories import CallFactory, DepartmentFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Any:
    made = TenantFactory()
    with tenant_scope(made.pk):
        yield made


@pytest.fixture
def sales(tenant: Tenant) -> Department:
    return DepartmentFactory(tenant=tenant)


def person(tenant: Tenant, role: Role, department: Department | None = None) -> User:
    return UserFactory(
        tenant=tenant, role=role, department=department or DepartmentFactory(tenant=tenant)
    )


def follow_up(tenant: Tenant, **fields: Any) -> Task:
    call = fields.pop("call", None) or CallFactory(tenant=tenant)
    due_at = fields.pop("due_at", timezone.now() + timedelta(hours=24))
    return services.task_create(
        tenant_id=tenant.pk,
        kind="survey_follow_up",
        title="王芳 · 1",
        due_at=due_at,
        call=call,
        **fields,
    )


def test_calls_follow_up_is_made_once(tenant: Tenant) -> None:
    call = CallFactory(tenant=tenant)
    first, second = follow_up(tenant, call=call), follow_up(tenant, call=call)
    assert first == second
    assert TaskEvent.objects.filter(task=first).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(
            tenant=tenant, kind="survey_follow_up", title="x", due_at=timezone.now(), call=call
        )


def test_of_two_who_claim_one_is_told_that_a_colleague_was_quicker(
    tenant: Tenant, sales: Department
) -> None:
    one, two = person(tenant, Role.TEAM_LEAD, sales), person(tenant, Role.TEAM_LEAD, sales)
    task = follow_up(tenant, department_id=sales.pk)
    services.task_claim(task=task_get_for(user=one, pk=task.pk), user=one)
    services.task_claim(task=task_get_for(user=one, pk=task.pk), user=one)
    with pytest.raises(TaskTakenError):
        services.task_claim(task=task_get_for(user=two, pk=task.pk), user=two)
    task.refresh_from_db()
    assert (task.assignee, task.state) == (one, "in_progress")


def test_closing_records_result_note_event_and_audit(tenant: Tenant, sales: Department) -> None:
    lead = person(tenant, Role.TEAM_LEAD, sales)
    task = follow_up(tenant, department_id=sales.pk)
    services.task_close(task=task, actor=lead, result="recovered", note=" 已致歉 ")
    assert (task.state, task.result, task.note) == ("done", "recovered", "已致歉")
    assert task.assignee == lead
    assert task.closed_at is not None
    assert list(task.events.values_list("from_state", "to_state")) == [
        ("", "open"),
        ("open", "done"),
    ]
    assert AuditEntry.objects.filter(action="task.close", actor=lead).count() == 1
    with pytest.raises(IllegalTransitionError):
        services.task_close(task=task, actor=lead, result="unreachable")
    services.task_reopen(task=task, actor=lead)
    assert (task.state, task.result, task.closed_at) == ("open", "", None)


@pytest.mark.parametrize("result", ["", "done", "anything"])
def test_result_that_the_kind_has_not_is_refused(tenant: Tenant, result: str) -> None:
    admin = person(tenant, Role.ADMIN)
    with pytest.raises(UnknownResultError):
        services.task_close(task=follow_up(tenant), actor=admin, result=result)


def test_task_given_to_a_colleague_is_open_again_and_on_his_list(
    tenant: Tenant, sales: Department
) -> None:
    lead, agent = person(tenant, Role.TEAM_LEAD, sales), person(tenant, Role.AGENT, sales)
    task = follow_up(tenant, department_id=sales.pk, assignee=lead)
    services.task_claim(task=task, user=lead)
    assert list(task_list_for(user=agent)) == []
    services.task_assign(task=task, assignee=agent, actor=lead)
    assert task.state == "open"
    assert list(task_list_for(user=agent)) == [task]
    services.task_close(task=task, actor=agent, result="recovered")
    stranger = UserFactory()
    with pytest.raises(NotAssignableError):
        services.task_assign(task=task, assignee=stranger, actor=lead)


def test_own_department_and_all_see_what_their_tier_allows(
    tenant: Tenant, sales: Department
) -> None:
    task = follow_up(tenant, department_id=sales.pk)
    lead = person(tenant, Role.TEAM_LEAD, sales)
    for may_not in (person(tenant, Role.TEAM_LEAD), person(tenant, Role.AGENT, sales)):
        with pytest.raises(NotFoundError):
            task_get_for(user=may_not, pk=task.pk)
    for may in (lead, person(tenant, Role.ADMIN), person(tenant, Role.INSPECTOR)):
        assert task_get_for(user=may, pk=task.pk) == task


def test_inspector_looks_but_does_not_work_on_it(tenant: Tenant) -> None:
    inspector = person(tenant, Role.INSPECTOR)
    task = follow_up(tenant)
    with pytest.raises(ForbiddenError):
        services.task_claim(task=task, user=inspector)
    with pytest.raises(ForbiddenError):
        services.task_close(task=task, actor=inspector, result="recovered")
    assert task_todo_count_for(user=inspector) == 0


def test_other_company_sees_nothing(tenant: Tenant) -> None:
    task = follow_up(tenant)
    stranger = UserFactory(role=Role.ADMIN)
    with tenant_scope(stranger.tenant_id):
        assert list(task_list_for(user=stranger)) == []
    with pytest.raises(ForbiddenError):
        services.task_close(task=task, actor=stranger, result="recovered")


def test_nearest_department_with_leads_is_found_upwards(tenant: Tenant, sales: Department) -> None:
    team = DepartmentFactory(tenant=tenant, parent=sales)
    assert department_leads(team.pk) == (None, [])
    lead = person(tenant, Role.TEAM_LEAD, sales)
    assert department_leads(team.pk) == (sales.pk, [lead])
    nearer = person(tenant, Role.TEAM_LEAD, team)
    assert department_leads(team.pk) == (team.pk, [nearer])


def test_everybody_whose_list_has_it_is_told_with_his_own_count(
    tenant: Tenant,
    sales: Department,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(publisher, "send", lambda group, envelope: sent.append((group, envelope)))
    lead, admin = person(tenant, Role.TEAM_LEAD, sales), person(tenant, Role.ADMIN)
    other_lead, agent = person(tenant, Role.TEAM_LEAD), person(tenant, Role.AGENT, sales)
    with django_capture_on_commit_callbacks(execute=True):
        follow_up(tenant, department_id=sales.pk, assignee=lead)
    told = {group: envelope["data"] for group, envelope in sent}
    assert set(told) == {f"stream.user.{lead.pk}", f"stream.user.{admin.pk}"}
    assert told[f"stream.user.{lead.pk}"]["todo_count"] == 1
    assert told[f"stream.user.{lead.pk}"]["is_mine"] is True
    assert told[f"stream.user.{admin.pk}"]["todo_count"] == 0
    for nobody in (other_lead, agent):
        assert f"stream.user.{nobody.pk}" not in told


def test_overdue_is_what_is_live_after_its_time(tenant: Tenant) -> None:
    late = follow_up(tenant, due_at=timezone.now() - timedelta(minutes=1))
    assert late.is_overdue
    assert not follow_up(tenant).is_overdue
    services.task_close(task=late, actor=person(tenant, Role.ADMIN), result="unreachable")
    assert not late.is_overdue
