"""Calendars as `tasks.ports` asks for them: the days on which somebody of the company works."""

import logging
from collections.abc import Callable
from datetime import date

from apps.ivr.engine.calendars import PeriodsError, works_on
from apps.ivr.holidays import day_kind
from apps.ivr.models import Calendar
from apps.ivr.selectors import calendar_plan
from apps.tasks.engine.recurrence import is_weekday

logger = logging.getLogger(__name__)


def workdays() -> Callable[[date], bool]:
    """Return the workdays of the company in scope: any of its calendars has hours that day.

    Own dates, public holidays and make-up workdays count; "closed now" by hand says nothing of
    coming days. Monday to Friday without a calendar. 1 query and 2 for each calendar.
    """
    plans = []
    for name in Calendar.objects.order_by("name").values_list("name", flat=True):
        try:
            plan = calendar_plan(name)
        except PeriodsError as error:
            logger.error("calendar %s cannot be read: %s", name, error)
        else:
            plans += [plan] if plan else []
    if not plans:
        return is_weekday
    return lambda day: any(works_on(plan, day, day_kind) for plan in plans)
