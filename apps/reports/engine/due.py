"""When a scheduled report is due next, by the company's clock. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_DAY, EVERY_WEEK, EVERY_MONTH = "day", "week", "month"
# A day of every step lies within these.
MOST_DAYS = 63


def next_due(
    every: str, *, at: time, weekday: int, month_day: int, zone: ZoneInfo, after: datetime
) -> datetime:
    """Return the first due time after a moment, in UTC.

    `weekday`: 0 is Monday; `month_day` of a shorter month is its last day. A time that the clock
    skips is as much later, one that it shows twice is the first: each day has one.
    """
    day = after.astimezone(zone).date() - timedelta(days=1)
    for _number in range(MOST_DAYS):
        if _is_of(day, every, weekday, month_day):
            due = datetime.combine(day, at, zone).astimezone(UTC)
            if due > after:
                return due
        day += timedelta(days=1)
    raise ValueError(every)


def _is_of(day: date, every: str, weekday: int, month_day: int) -> bool:
    if every == EVERY_WEEK:
        return day.weekday() == weekday
    if every == EVERY_MONTH:
        is_last = (day + timedelta(days=1)).day == 1
        return day.day == month_day or (is_last and day.day < month_day)
    return every == EVERY_DAY
