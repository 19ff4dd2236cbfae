"""Alerts: a task reminds its person on the console until he opens, snoozes or puts it away."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.tenancy import all_tenants, tenant_scope
from apps.tasks.choices import LIVE_STATES
from apps.tasks.errors import BadPlanError, IllegalTransitionError
from apps.tasks.models import Task
from apps.tasks.services import task_lock, task_need_work, task_publish, task_tell

# A night's reminders are told in a few rounds; what is over comes half a minute later.
MOST_A_ROUND = 500
LONGEST_SNOOZE = timedelta(days=31)


def tasks_alert(*, now: datetime | None = None) -> int:
    """Show the alerts whose time has come, of all companies; return how many.

    A conditional update decides between two clocks, so an alert is told once.
    """
    now = now or timezone.now()
    with all_tenants("the clock serves every company"):
        waiting = list(
            Task.objects.filter(remind_at__lte=now, alerted_at=None, state__in=LIVE_STATES)
            .order_by("remind_at")
            .values_list("pk", "tenant_id")[:MOST_A_ROUND]
        )
    return sum(_alert(pk, tenant_id, now) for pk, tenant_id in waiting)


def _alert(pk: int, tenant_id: int, now: datetime) -> bool:
    with tenant_scope(tenant_id), transaction.atomic():
        told = Task.objects.filter(
            pk=pk, remind_at__lte=now, alerted_at=None, state__in=LIVE_STATES
        ).update(alerted_at=now)
        if told:
            task_publish(Task.objects.get(pk=pk))
    return bool(told)


def task_snooze(*, task: Task, actor: User, until: datetime) -> None:
    """Put the alert off. Raises BadPlanError for a time gone by or over 31 days away."""
    now = timezone.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise BadPlanError(until.isoformat())
    _put_off(task, actor=actor, remind_at=until, action="snooze")


def task_dismiss(*, task: Task, actor: User) -> None:
    """Put the alert away for good; the task stays. Twice is harmless."""
    _put_off(task, actor=actor, remind_at=None, action="dismiss")


def _put_off(task: Task, *, actor: User, remind_at: datetime | None, action: str) -> None:
    task_need_work(actor, task)
    with transaction.atomic():
        before = task_lock(task)
        if before.state not in LIVE_STATES:
            raise IllegalTransitionError(f"{task.pk} {before.state}")
        if (before.remind_at, before.alerted_at) == (remind_at, None):
            return
        Task.objects.filter(pk=task.pk).update(
            remind_at=remind_at, alerted_at=None, updated_at=timezone.now()
        )
        task.refresh_from_db()
        task_tell(task, actor=actor, from_state=before.state, action=action)
