"""Make, claim, give, close and reopen tasks: each change is a row, an event and audited."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Department, User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.customers.models import Customer
from apps.tasks.choices import LIVE_STATES, TRANSITIONS, TaskResult, TaskState
from apps.tasks.errors import (
    IllegalTransitionError,
    NotAssignableError,
    TaskTakenError,
    UnknownResultError,
)
from apps.tasks.models import Task, TaskEvent
from apps.tasks.selectors import (
    may_work,
    task_assignable_users,
    task_audience,
    task_todo_count_for,
)

logger = logging.getLogger(__name__)


def task_create(
    *,
    tenant_id: int,
    kind: str,
    title: str,
    due_at: datetime,
    customer: Customer | None = None,
    call: Call | None = None,
    number: str = "",
    queue_number: str = "",
    assignee: User | None = None,
    department_id: int | None = None,
    created_by: User | None = None,
) -> Task:
    """Make an open task and tell whom it concerns.

    A call's survey follow-up exists once: a second one is the first, unchanged. Raises
    NotAssignableError for an assignee or department of another company.
    """
    if assignee is not None and assignee.tenant_id != tenant_id:
        raise NotAssignableError(assignee.username)
    if department_id and not Department.objects.filter(pk=department_id).exists():
        raise NotAssignableError(f"department {department_id}")
    with transaction.atomic():
        task, is_new = _get_or_create(
            tenant_id=tenant_id,
            kind=kind,
            call=call,
            defaults={
                "title": title[:200],
                "customer": customer,
                "number": number[:200],
                "queue_number": queue_number[:10],
                "assignee": assignee,
                "department_id": department_id,
                "due_at": due_at,
                "created_by": created_by,
            },
        )
        if is_new:
            _record(task, actor=created_by, from_state="", action="create")
    return task


def _get_or_create(
    *, tenant_id: int, kind: str, call: Call | None, defaults: dict[str, object]
) -> tuple[Task, bool]:
    if kind == "survey_follow_up" and call is not None:
        # The constraint on (call, kind) decides between two writers.
        found: tuple[Task, bool] = Task.objects.get_or_create(
            tenant_id=tenant_id, kind=kind, call=call, defaults=defaults
        )
        return found
    return Task.objects.create(tenant_id=tenant_id, kind=kind, call=call, **defaults), True


def task_claim(*, task: Task, user: User) -> None:
    """Take an open task; of two who try, one gets TaskTakenError. Again by the same is harmless."""
    _need_work(user, task)
    with transaction.atomic():
        free = Task.objects.filter(pk=task.pk, state=TaskState.OPEN)
        taken = (free.filter(assignee=None) | free.filter(assignee=user)).update(
            state=TaskState.IN_PROGRESS, assignee=user, updated_at=timezone.now()
        )
        task.refresh_from_db()
        if taken:
            _record(task, actor=user, from_state=TaskState.OPEN, action="claim")
        elif task.assignee_id != user.pk:
            raise TaskTakenError(str(task.pk))
        elif task.state != TaskState.IN_PROGRESS:
            raise IllegalTransitionError(f"{task.pk} {task.state}")


def task_assign(*, task: Task, assignee: User, actor: User) -> None:
    """Give a live task to somebody else; it is open again until he takes it.

    Raises NotAssignableError, IllegalTransitionError.
    """
    _need_work(actor, task)
    if not task_assignable_users(task).filter(pk=assignee.pk).exists():
        raise NotAssignableError(assignee.username)
    with transaction.atomic():
        before = _lock(task)
        if before.state not in LIVE_STATES:
            raise IllegalTransitionError(f"{task.pk} {before.state}")
        Task.objects.filter(pk=task.pk).update(
            assignee=assignee, state=TaskState.OPEN, updated_at=timezone.now()
        )
        task.refresh_from_db()
        _record(
            task,
            actor=actor,
            from_state=before.state,
            action="assign",
            previous=before.assignee,
        )


def task_close(*, task: Task, actor: User, result: str, note: str = "") -> None:
    """Close a live task with its result and a note.

    Raises UnknownResultError for a result that its kind has not, IllegalTransitionError when it is
    closed already.
    """
    _need_work(actor, task)
    if result not in task.results:
        raise UnknownResultError(result)
    state = TaskState.CANCELLED if result == TaskResult.CANCELLED else TaskState.DONE
    _change(task, actor=actor, state=state, result=result, note=note.strip(), action="close")


def task_reopen(*, task: Task, actor: User, note: str = "") -> None:
    """Open a closed task again; its result goes. Raises IllegalTransitionError."""
    _need_work(actor, task)
    if task.is_live:
        raise IllegalTransitionError(f"{task.pk} {task.state}")
    _change(task, actor=actor, state=TaskState.OPEN, result="", note=note.strip(), action="reopen")


def _change(
    task: Task, *, actor: User, state: TaskState, result: str, note: str, action: str
) -> None:
    with transaction.atomic():
        before = _lock(task)
        if state not in TRANSITIONS[before.state]:
            raise IllegalTransitionError(f"{task.pk} {before.state} -> {state}")
        is_closed = state not in LIVE_STATES
        now = timezone.now()
        Task.objects.filter(pk=task.pk, state=before.state).update(
            state=state,
            result=result,
            note=note,
            # Whoever closes what nobody had taken has done it.
            assignee=before.assignee or (actor if is_closed else None),
            closed_at=now if is_closed else None,
            updated_at=now,
        )
        task.refresh_from_db()
        _record(task, actor=actor, from_state=before.state, action=action)


def _lock(task: Task) -> Task:
    locked: Task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    return locked


def _need_work(user: User, task: Task) -> None:
    if user.tenant_id != task.tenant_id or not may_work(user, task):
        raise ForbiddenError(f"{user.username} task {task.pk}")


def _record(
    task: Task,
    *,
    actor: User | None,
    from_state: str,
    action: str,
    previous: User | None = None,
) -> None:
    TaskEvent.objects.create(
        tenant_id=task.tenant_id,
        task=task,
        at=timezone.now(),
        actor=actor,
        from_state=from_state,
        to_state=task.state,
        assignee=task.assignee,
        result=task.result,
        note=task.note,
    )
    audit_record(
        actor=actor,
        tenant_id=task.tenant_id,
        action=f"task.{action}",
        object_type="task",
        object_id=task.pk,
        detail={"from": from_state, "to": task.state, "result": task.result},
    )
    logger.info(
        "task %s %s -> %s (%s)",
        task.pk,
        from_state or "none",
        task.state,
        action,
        extra={"tenant": task.tenant_id},
    )
    people = task_audience(task)
    if previous is not None and previous not in people:
        people.append(previous)
    publish_on_commit(
        StreamEvent(
            stream=user_stream(person.pk),
            kind="task.changed",
            tenant_id=task.tenant_id,
            data={
                "id": task.pk,
                "kind": task.kind,
                "title": task.title,
                "state": task.state,
                "result": task.result,
                "due_at": task.due_at.isoformat(timespec="milliseconds"),
                "is_mine": task.assignee_id == person.pk,
                "todo_count": task_todo_count_for(user=person),
            },
        )
        for person in people
    )
