"""Calendars as `workorders.ports` asks for them."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from apps.ivr.engine.calendars import PeriodsError, opening
from apps.ivr.holidays import day_kind
from apps.ivr.models import Calendar
from apps.ivr.selectors import calendar_plan
from apps.workorders.engine.clock import Hours, WorkingHours

logger = logging.getLogger(__name__)

# On the day of a clock change a plan does not say until when it holds.
UNKNOWN = timedelta(minutes=5)


class WorkOrderHours:
    """`workorders.ports.HoursOf` over our calendars, in the company in scope."""

    def hours_of(self, name: str) -> WorkingHours | None:
        """Return the calendar's hours, read once. 2 queries."""
        plan = calendar_plan(name)
        if plan is None:
            return None
        if plan.override and plan.override.until is None:
            # "Closed now" until somebody takes it back says nothing of the coming days.
            plan = replace(plan, override=None)

        def hours(at: datetime) -> Hours:
            found = opening(plan, at, day_kind)
            return Hours(found.is_open, found.until or at + UNKNOWN)

        try:
            hours(datetime.now().astimezone())
        except (PeriodsError, ZoneInfoNotFoundError) as error:
            logger.error("calendar %s cannot be read: %s", name, error)
            return None
        return hours

    def names(self) -> list[str]:
        """Return the names of the company's calendars. 1 query."""
        return list(Calendar.objects.order_by("name").values_list("name", flat=True))
