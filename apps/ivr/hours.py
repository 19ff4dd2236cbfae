"""Working hours as team leads see and switch them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import ForbiddenError, NotFoundError
from apps.ivr.engine.calendars import Opening, PeriodsError, opening
from apps.ivr.holidays import day_kind
from apps.ivr.models import Calendar, OverrideState
from apps.ivr.selectors import calendar_plan
from apps.ivr.services import calendar_override

MAY_SWITCH = (Role.TEAM_LEAD, Role.ADMIN)


@dataclass(frozen=True)
class CalendarNow:
    """A calendar at this moment; `opening` None when its plan cannot be read."""

    calendar: Calendar
    opening: Opening | None
    queues: tuple[str, ...]


def hours_need(user: User) -> None:
    """Raise ForbiddenError unless the person may see and switch the company's hours."""
    if user.tenant_id is None or user.role not in MAY_SWITCH:
        raise ForbiddenError(user.username)


def calendars_now(*, now: datetime | None = None) -> list[CalendarNow]:
    """Return the calendars of the company in scope by name. 2 queries and 2 for each calendar."""
    rows = Calendar.objects.select_related("override_by").prefetch_related("queues__queue")
    return [
        CalendarNow(
            row,
            _opening(row.name, now or timezone.now()),
            tuple(str(one.queue) for one in row.queues.all()),
        )
        for row in rows.order_by("name", "pk")
    ]


def _opening(name: str, now: datetime) -> Opening | None:
    plan = calendar_plan(name)
    try:
        return opening(plan, now, day_kind) if plan else None
    except (PeriodsError, ZoneInfoNotFoundError):
        return None


def hours_switch(
    *, user: User, pk: int, state: str, until: datetime | None = None, reason: str = ""
) -> None:
    """Open or close a calendar whatever its plan says, or go back to the plan.

    Raises ForbiddenError, NotFoundError, OverridePastError.
    """
    hours_need(user)
    calendar = Calendar.objects.filter(pk=pk).first()
    if calendar is None or state not in OverrideState.values:
        raise NotFoundError(f"calendar {pk} {state}")
    calendar_override(
        calendar=calendar,
        state=OverrideState(state),
        until=until,
        reason=reason.strip()[:200],
        actor=user,
    )
