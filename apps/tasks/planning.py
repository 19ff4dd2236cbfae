"""Tasks that people plan: made, changed and repeated by hand."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.calls.models import Call
from apps.customers.models import Customer
from apps.tasks.choices import LIVE_STATES, PLANNED, Priority, Repeat
from apps.tasks.errors import BadPlanError, IllegalTransitionError, NotAssignableError
from apps.tasks.models import Task
from apps.tasks.services import task_create, task_lock, task_need_work, task_tell

MAX_DETAIL = 4_000
FARTHEST = timedelta(days=5 * 366)
LONGEST_BEFORE_MIN = 14 * 24 * 60


@dataclass(frozen=True)
class TaskPlan:
    """What a person wants of a task.

    `remind_before_min`: minutes before it is due that its alert comes, None for none.
    `repeat_until`: the last local day on which it may be due, None for ever.
    """

    title: str
    due_at: datetime
    detail: str = ""
    priority: str = Priority.NORMAL
    remind_before_min: int | None = 0
    repeat: str = Repeat.NEVER
    repeat_until: date | None = None

    def columns(self) -> dict[str, object]:
        """Return the row's columns but title and due; raise BadPlanError for what cannot be."""
        before = self.remind_before_min
        if not _text(self.title) or abs(self.due_at - timezone.now()) > FARTHEST:
            raise BadPlanError(self.title[:40])
        if self.priority not in Priority.values or self.repeat not in Repeat.values:
            raise BadPlanError(f"{self.priority:.20} {self.repeat:.20}")
        if before is not None and not 0 <= before <= LONGEST_BEFORE_MIN:
            raise BadPlanError(str(before))
        return {
            "detail": _text(self.detail)[:MAX_DETAIL],
            "priority": self.priority,
            "remind_before_min": before,
            "remind_at": None if before is None else self.due_at - timedelta(minutes=before),
            "alerted_at": None,
            "repeat": self.repeat,
            "repeat_until": self.repeat_until if self.repeat else None,
            "first_due_at": self.due_at if self.repeat else None,
        }


def task_plan(
    *,
    user: User,
    kind: str,
    plan: TaskPlan,
    assignee: User | None,
    customer: Customer | None = None,
    call: Call | None = None,
    number: str = "",
) -> Task:
    """Make a task as somebody planned it; None as assignee: the department's, to be claimed.

    Agents plan for themselves, team leads and admins for everybody of the company, an inspector
    for himself. Customer and call are the caller's to look up in the person's scope. Raises
    BadPlanError, NotAssignableError.
    """
    if kind not in PLANNED:
        raise BadPlanError(kind[:20])
    if user.role not in (Role.TEAM_LEAD, Role.ADMIN) and assignee != user:
        raise NotAssignableError(user.username)
    if assignee is not None and not assignee.is_active:
        raise NotAssignableError(assignee.username)
    assert user.tenant_id is not None  # noqa: S101 - the console has only people of companies
    return task_create(
        tenant_id=user.tenant_id,
        kind=kind,
        title=_text(plan.title),
        due_at=plan.due_at,
        customer=customer,
        call=call,
        number=number,
        assignee=assignee,
        department_id=(assignee or user).department_id,
        created_by=user,
        planned=plan.columns(),
    )


def task_change(*, task: Task, actor: User, plan: TaskPlan) -> None:
    """Change what a live task says and when it is due; its alert comes anew.

    A series goes on from the changed day. Raises BadPlanError, ForbiddenError,
    IllegalTransitionError when it was closed meanwhile.
    """
    task_need_work(actor, task)
    columns = plan.columns()
    with transaction.atomic():
        before = task_lock(task)
        if before.state not in LIVE_STATES:
            raise IllegalTransitionError(f"{task.pk} {before.state}")
        if before.repeat == plan.repeat and before.due_at == plan.due_at:
            # Only the words changed: the 31st of a series stays its day, what was put away stays.
            for name in ("first_due_at", "alerted_at"):
                columns[name] = getattr(before, name)
            if before.remind_before_min == plan.remind_before_min:
                columns["remind_at"] = before.remind_at
        Task.objects.filter(pk=task.pk).update(
            title=_text(plan.title)[:200],
            due_at=plan.due_at,
            updated_at=timezone.now(),
            **columns,
        )
        task.refresh_from_db()
        task_tell(task, actor=actor, from_state=before.state, action="edit")


def _text(value: str) -> str:
    return value.replace("\x00", "").strip()
