"""Read alarms and rules: who may see and change which, and what the board shows."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role, ViewTier
from apps.accounts.models import User
from apps.accounts.scope import department_ids
from apps.acd.queue_figures import queues_for
from apps.alarms.models import Alarm, AlarmRule
from apps.core.errors import ForbiddenError, NotFoundError
from apps.ivr.models import Calendar
from apps.live_board.engine.parts import Row

MAY_CHANGE = frozenset({Role.TEAM_LEAD, Role.ADMIN})
MAY_LOOK = frozenset({Role.TEAM_LEAD, Role.ADMIN, Role.INSPECTOR})
# More open alarms than anybody reads.
MOST_OPEN = 200


def alarms_need(user: User) -> None:
    """Raise ForbiddenError unless the person may see alarms."""
    if user.tenant_id is None or user.role not in MAY_LOOK:
        raise ForbiddenError(user.username)


def rules_need(user: User) -> None:
    """Raise ForbiddenError unless the person may change rules of his queues."""
    if user.tenant_id is None or user.role not in MAY_CHANGE:
        raise ForbiddenError(user.username)


def rule_list_for(*, user: User) -> "QuerySet[AlarmRule]":
    """Return the rules that the person may see: all, or those of his departments' queues."""
    alarms_need(user)
    rows: QuerySet[AlarmRule] = AlarmRule.objects.select_related("queue", "calendar", "watch")
    return rows.filter(_of_queues(user)).order_by("name", "pk")


def rule_get_for(*, user: User, pk: int) -> AlarmRule:
    """Return a rule that the person may see. Raises NotFoundError."""
    found = rule_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"alarm rule {pk}")
    return found


def rule_queues_for(user: User) -> "QuerySet[Any]":
    """Return the queues for which the person may make rules: all, or his departments'."""
    if user.tier == ViewTier.ALL:
        return queues_for(user)
    return queues_for(user).filter(department__in=department_ids(user))


def rule_queue_pk(*, user: User, number: str) -> int:
    """Return the key of a queue for which the person may make rules. Raises NotFoundError."""
    found: int | None = (
        rule_queues_for(user).filter(number=number).values_list("pk", flat=True).first()
    )
    if found is None:
        raise NotFoundError("queue")
    return found


def rule_calendar_pk(name: str) -> int:
    """Return the key of the company's calendar of this name. Raises NotFoundError."""
    found = Calendar.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        raise NotFoundError("calendar")
    return found


def alarm_list_for(*, user: User) -> "QuerySet[Alarm]":
    """Return the alarms that the person may see, newest first."""
    alarms_need(user)
    rows: QuerySet[Alarm] = Alarm.objects.select_related("queue", "acknowledged_by")
    return rows.filter(_of_queues(user)).order_by("-raised_at", "-pk")


def alarm_get_for(*, user: User, pk: int) -> Alarm:
    """Return an alarm that the person may see. Raises NotFoundError."""
    found = alarm_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"alarm {pk}")
    return found


def _of_queues(user: User) -> Q:
    if user.tier == ViewTier.ALL:
        return Q()
    if user.tier == ViewTier.DEPARTMENT:
        return Q(queue__department__in=department_ids(user))
    return Q(pk__in=[])


def alarm_rows() -> Mapping[str, Row]:
    """Return the alarms of the company in scope that are on, as the board shows them. 1 query."""
    rows = (
        Alarm.objects.filter(cleared_at=None)
        .select_related("queue", "acknowledged_by")
        .order_by("-raised_at", "-pk")[:MOST_OPEN]
    )
    return {
        str(one.pk): {
            "_has_queue": one.has_queue,
            "id": one.pk,
            "name": one.name,
            "metric": one.metric,
            "queue": one.queue.number if one.queue else "",
            "severity": one.severity,
            "has_sound": one.has_sound,
            "raised": one.raised_at.isoformat(timespec="milliseconds"),
            "value": one.value,
            "worst": one.worst,
            "limit": one.raise_at,
            "acknowledged": one.acknowledged_by.display_name if one.acknowledged_by else "",
        }
        for one in rows
    }
