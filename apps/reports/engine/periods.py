"""Periods of a company's calendar, and the steps in which a report goes through them. Pure.

Days are from local midnight to the next: 23, 24 or 25 hours long. A period is whole days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR, DAY, WEEK, MONTH, YEAR = "hour", "day", "week", "month", "year"
STEPS = (HOUR, DAY, WEEK, MONTH, YEAR)
# More rows nobody reads; days for each step.
MOST_DAYS = {HOUR: 31, DAY: 366, WEEK: 1_100, MONTH: 3_700, YEAR: 36_600}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days of the company's calendar, first and last counted."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Bucket:
    """One step of a report: [since, until) in UTC, and its days (of an hour its day)."""

    since: datetime
    until: datetime
    first: date
    last: date


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, in UTC. Of a midnight that is skipped: when the clock goes on."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return [since, until) of a period, in UTC."""
    return midnight(period.first, zone), midnight(period.last + ONE_DAY, zone)


def buckets(period: Period, step: str, zone: ZoneInfo) -> list[Bucket]:
    """Return the steps of a period in order; together they are the period, none overlaps.

    A week, month or year that is not whole in the period is cut to it. Raises KeyError for an
    unknown step.
    """
    if step == HOUR:
        return [hour for day in _days(period) for hour in _hours(day, zone)]
    found = []
    first = period.first
    while first <= period.last:
        last = min(_last_of(first, step), period.last)
        since, until = bounds(Period(first, last), zone)
        found.append(Bucket(since, until, first, last))
        first = last + ONE_DAY
    return found


def _days(period: Period) -> Iterator[date]:
    for number in range(period.days):
        yield period.first + number * ONE_DAY


def _hours(day: date, zone: ZoneInfo) -> Iterator[Bucket]:
    since, end = bounds(Period(day, day), zone)
    while since < end:
        until = min(since + timedelta(hours=1), end)
        yield Bucket(since, until, day, day)
        since = until


def _last_of(day: date, step: str) -> date:
    """Return the last day of the step that holds a day."""
    if step == WEEK:
        return day + timedelta(days=6 - day.weekday())
    if step == MONTH:
        return _month_after(day) - ONE_DAY
    return {DAY: day, YEAR: date(day.year, 12, 31)}[step]


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def before(period: Period) -> Period:
    """Return the period to compare with: the month or year before a whole one, else as many days.

    A part of a month from its first day (this month so far) is compared with as much of the one
    before.
    """
    first, last = period.first, period.last
    if (first.month, first.day) == (1, 1) and (last.month, last.day) == (12, 31):
        years = last.year - first.year + 1
        return Period(first.replace(year=first.year - years), last.replace(year=first.year - 1))
    if first.day == 1 and last < _month_after(first):
        start = (first - ONE_DAY).replace(day=1)
        if last == _month_after(first) - ONE_DAY:
            return Period(start, first - ONE_DAY)
        return Period(start, min(start + (last - first), first - ONE_DAY))
    return Period(first - period.days * ONE_DAY, first - ONE_DAY)


PRESETS = (
    "today",
    "yesterday",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_year",
)


def preset(name: str, today: date) -> Period:
    """Return a period by its name. Raises KeyError for an unknown one."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    found = {
        "today": Period(today, today),
        "yesterday": Period(today - ONE_DAY, today - ONE_DAY),
        "this_week": Period(monday, today),
        "last_week": Period(monday - 7 * ONE_DAY, monday - ONE_DAY),
        "this_month": Period(first, today),
        "last_month": Period((first - ONE_DAY).replace(day=1), first - ONE_DAY),
        "this_year": Period(today.replace(month=1, day=1), today),
    }
    return found[name]
