"""China's public holidays and make-up workdays, from the package `chinesecalendar`.

Source: chinesecalendar 1.11.0, the State Council's yearly notices, 2004 to 2026. The notice for a
year comes in the November before it, and a new release of the package soon after.
"""

import logging
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from apps.ivr.engine.calendars import DayKind

logger = logging.getLogger(__name__)

WARN_BEFORE = timedelta(days=60)


def day_kind(day: date) -> DayKind:
    """Return what the state says of a date; plain weekdays in a year that nobody knows."""
    if not is_year_known(day.year):
        return DayKind.ORDINARY
    is_free, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return DayKind.ORDINARY
    return DayKind.HOLIDAY if is_free else DayKind.MAKEUP_WORKDAY


def year_to_warn_of(today: date) -> int | None:
    """Return the first year that begins within 60 days, or is now, and that nobody knows."""
    for year in (today.year, (today + WARN_BEFORE).year):
        if not is_year_known(year):
            return year
    return None


@lru_cache(maxsize=64)
def is_year_known(year: int) -> bool:
    """Return whether the package has this year; say once when it has not."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        logger.warning(
            "no public holidays are known for %d: plain weekdays count; update chinesecalendar",
            year,
        )
        return False
    return True
