"""Make, claim, give, close and reopen tasks: each change is a row, an event and audited."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Department, User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.customers.models import Customer
from apps.tasks.choices import LIVE_STATES, TRANSITIONS, Repeat, TaskResult, TaskState
from apps.tasks.engine.recurrence import is_weekday, next_due
from apps.tasks.errors import (
    IllegalTransitionError,
    NotAssignableError,
    TaskTakenError,
    UnknownResultError,
)
from apps.tasks.models import Task, TaskEvent
from apps.tasks.ports import company_workdays
from apps.tasks.selectors import (
    is_alerted,
    may_work,
    task_assignable_users,
    task_audience,
    task_todo_count_for,
)

logger = logging.getLogger(__name__)

# What is done or not wanted reminds nobody.
NO_ALERT: dict[str, object] = {"remind_at": None, "alerted_at": None}
SAME_IN_SERIES = (
    "kind",
    "title",
    "detail",
    "priority",
    "customer",
    "number",
    "assignee",
    "department_id",
    "created_by",
    "repeat",
    "repeat_until",
    "remind_before_min",
    "first_due_at",
)


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
    planned: Mapping[str, object] | None = None,
) -> Task:
    """Make an open task and tell whom it concerns; its alert comes when it is due.

    `planned` are more columns of a task that a person plans (`tasks/planning.py`). A call's survey
    follow-up exists once: a second one is the first, unchanged. Raises NotAssignableError for an
    assignee or department of another company.
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
                "remind_at": due_at,
                "created_by": created_by,
                **(planned or {}),
            },
        )
        if is_new:
            task_tell(task, actor=created_by, from_state="", action="create")
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
    task_need_work(user, task)
    with transaction.atomic():
        free = Task.objects.filter(pk=task.pk, state=TaskState.OPEN)
        taken = (free.filter(assignee=None) | free.filter(assignee=user)).update(
            state=TaskState.IN_PROGRESS, assignee=user, updated_at=timezone.now()
        )
        task.refresh_from_db()
        if taken:
            task_tell(task, actor=user, from_state=TaskState.OPEN, action="claim")
        elif task.assignee_id != user.pk:
            raise TaskTakenError(str(task.pk))
        elif task.state != TaskState.IN_PROGRESS:
            raise IllegalTransitionError(f"{task.pk} {task.state}")


def task_assign(*, task: Task, assignee: User, actor: User) -> None:
    """Give a live task to somebody else; it is open again until he takes it.

    Raises NotAssignableError, IllegalTransitionError.
    """
    task_need_work(actor, task)
    if not task_assignable_users(task).filter(pk=assignee.pk).exists():
        raise NotAssignableError(assignee.username)
    with transaction.atomic():
        before = task_lock(task)
        if before.state not in LIVE_STATES:
            raise IllegalTransitionError(f"{task.pk} {before.state}")
        Task.objects.filter(pk=task.pk).update(
            assignee=assignee, state=TaskState.OPEN, updated_at=timezone.now()
        )
        task.refresh_from_db()
        task_tell(
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
    task_need_work(actor, task)
    if result not in task.results:
        raise UnknownResultError(result)
    state = TaskState.CANCELLED if result == TaskResult.CANCELLED else TaskState.DONE
    _change(task, actor=actor, state=state, result=result, note=note.strip(), action="close")


def task_reopen(*, task: Task, actor: User, note: str = "") -> None:
    """Open a closed task again; its result goes. Raises IllegalTransitionError."""
    task_need_work(actor, task)
    if task.is_live:
        raise IllegalTransitionError(f"{task.pk} {task.state}")
    _change(task, actor=actor, state=TaskState.OPEN, result="", note=note.strip(), action="reopen")


def _change(
    task: Task, *, actor: User, state: TaskState, result: str, note: str, action: str
) -> None:
    with transaction.atomic():
        before = task_lock(task)
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
            **(NO_ALERT if is_closed else {}),
        )
        task.refresh_from_db()
        task_tell(task, actor=actor, from_state=before.state, action=action)
        if is_closed:
            _follow(task)


def _follow(task: Task) -> None:
    """Make the next of a series; there is one however often this one is closed."""
    if not task.repeat or task.first_due_at is None:
        return
    zone = ZoneInfo(task.tenant.timezone)
    due_at = next_due(
        due_at=task.due_at,
        first_due=task.first_due_at,
        rule=task.repeat,
        after=timezone.now(),
        zone=zone,
        is_workday=company_workdays() if task.repeat == Repeat.WORKDAYS else is_weekday,
    )
    if task.repeat_until and due_at.astimezone(zone).date() > task.repeat_until:
        return
    before = task.remind_before_min
    following, is_new = Task.objects.get_or_create(
        tenant_id=task.tenant_id,
        previous=task,
        defaults={name: getattr(task, name) for name in SAME_IN_SERIES}
        | {
            "due_at": due_at,
            "remind_at": None if before is None else due_at - timedelta(minutes=before),
        },
    )
    if is_new:
        task_tell(following, actor=None, from_state="", action="repeat")


def task_lock(task: Task) -> Task:
    """Return the row, locked until the transaction ends. For this app's services."""
    locked: Task = Task.objects.select_for_update(no_key=True, of=("self",)).get(pk=task.pk)
    return locked


def task_need_work(user: User, task: Task) -> None:
    """Raise ForbiddenError unless the person may change the task."""
    if user.tenant_id != task.tenant_id or not may_work(user, task):
        raise ForbiddenError(f"{user.username} task {task.pk}")


def task_tell(
    task: Task,
    *,
    actor: User | None,
    from_state: str,
    action: str,
    previous: User | None = None,
) -> None:
    """Write a change's event and audit row, and tell everybody whose list has the task.

    Only for this app's services, inside their transaction. `previous` had it before.
    """
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
        action=action,
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
    task_publish(task, previous=previous)


def task_publish(task: Task, *, previous: User | None = None) -> None:
    """Tell everybody whose list has the task how it is now."""
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
                "is_alert": task.alerted_at is not None and is_alerted(person, task),
                "todo_count": task_todo_count_for(user=person),
            },
        )
        for person in people
    )
