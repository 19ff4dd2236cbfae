"""When a task that repeats is due again: local calendar days, so a summer time moves nothing."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAILY = "daily"
WORKDAYS = "workdays"
WEEKLY = "weekly"
MONTHLY = "monthly"
RULES = (DAILY, WORKDAYS, WEEKLY, MONTHLY)
SATURDAY = 5
# A task that nobody touched for years: its next day is found from today, not step by step.
MOST_STEPS = 800
# No calendar is closed for so many days on end: who says so has none.
LONGEST_REST_DAYS = 60


def is_weekday(day: date) -> bool:
    """Say whether a day is Monday to Friday: what is worked where no calendar says otherwise."""
    return day.weekday() < SATURDAY


def next_due(
    *,
    due_at: datetime,
    first_due: datetime,
    rule: str,
    after: datetime,
    zone: tzinfo,
    is_workday: Callable[[date], bool] = is_weekday,
) -> datetime:
    """Return the first time (aware, UTC) of the series that is later than `due_at` and `after`.

    `first_due` is the first of the series: a task of the 31st is due on the last day of a shorter
    month and on the 31st again afterwards. The hour is the local one of `first_due` in `zone`; an
    hour that a summer time leaves out is moved as the zone moves it. Workdays are what `is_workday`
    says of local days, Monday to Friday when it knows none in 60 days. Raises ValueError for an
    unknown rule.
    """
    if rule not in RULES:
        raise ValueError(rule)
    first = first_due.astimezone(zone)
    later_than = max(due_at, after)
    day = first.date()
    step = _steps_before(first.date(), later_than.astimezone(zone).date(), rule)
    if rule == WORKDAYS and not _works(_day(first.date(), rule, step), is_workday):
        is_workday = is_weekday
    for number in range(step, step + MOST_STEPS):
        day = _day(first.date(), rule, number)
        if rule == WORKDAYS and not is_workday(day):
            continue
        found = _at(day, first.timetz().replace(tzinfo=None), zone)
        if found > later_than:
            return found
    raise ValueError(f"{rule} after {later_than}")


def _works(since: date, is_workday: Callable[[date], bool]) -> bool:
    days = range(LONGEST_REST_DAYS)
    return any(is_workday(since + timedelta(days=number)) for number in days)


def _steps_before(first: date, wanted: date, rule: str) -> int:
    """Return a number of steps that surely does not pass the wanted day."""
    days = (wanted - first).days
    if rule == WEEKLY:
        return max(days // 7 - 1, 1)
    if rule == MONTHLY:
        months = (wanted.year - first.year) * 12 + wanted.month - first.month
        return max(months - 1, 1)
    return max(days - 1, 1)


def _day(first: date, rule: str, number: int) -> date:
    if rule == MONTHLY:
        years, month = divmod(first.month - 1 + number, 12)
        year = first.year + years
        return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
    return first + timedelta(days=number * (7 if rule == WEEKLY else 1))


def _at(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
