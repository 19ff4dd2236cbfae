"""When a company is open: weekly plan, public holidays, own dates, an override. Pure.

Periods are read on the wall clock of the calendar's zone, so a change of the clock needs no care: a
period in a skipped hour does not happen, one in a repeated hour happens twice.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MIN = 24 * 60
WORKDAYS = range(5)
PERIOD = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
# What a Chinese keyboard types.
SAME = str.maketrans({"：": ":", "，": ",", "、": ",", "；": ",", ";": ",", "–": "-", "—": "-"})


class DayKind(StrEnum):
    """What the state says of a date. `ORDINARY`: nothing, the weekly plan counts."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"


class Reason(StrEnum):
    """Which rule decided."""

    OVERRIDE = "override"
    OWN_DATE = "own_date"
    HOLIDAY = "holiday"
    MAKEUP_WORKDAY = "makeup_workday"
    WEEKLY = "weekly"


class Period(NamedTuple):
    """Open from `start_min`, before `end_min`; minutes of the day, the end up to 1440 (24:00)."""

    start_min: int
    end_min: int

    def __str__(self) -> str:
        start, end = divmod(self.start_min, 60), divmod(self.end_min, 60)
        return "{:02}:{:02}-{:02}:{:02}".format(*start, *end)


Periods = tuple[Period, ...]


class PeriodsError(ValueError):
    """Periods that mean nothing; `code` is format, order or overlap."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Override:
    """Open or closed whatever the plan says; `until` None: until somebody takes it back."""

    is_open: bool
    until: datetime | None = None


@dataclass(frozen=True)
class Calendar:
    """A company's hours: `weekly` has seven entries, Monday first.

    An own date without periods is closed.
    """

    time_zone: str
    weekly: Sequence[Periods]
    follows_holidays: bool = False
    own_dates: Mapping[date, Periods] = field(default_factory=dict)
    override: Override | None = None


@dataclass(frozen=True)
class Opening:
    """Whether it is open, by which rule, and until when that holds at least (None: not known)."""

    is_open: bool
    reason: Reason
    until: datetime | None


def opening(calendar: Calendar, now: datetime, day_kind: Callable[[date], DayKind]) -> Opening:
    """Say whether the calendar is open at `now` (aware).

    An override in force comes first, then the own dates, then holidays and make-up workdays, then
    the weekly plan. A plan's `until` is not beyond the next midnight, an override's is its own.
    """
    override = calendar.override
    if override and (override.until is None or now < override.until):
        return Opening(override.is_open, Reason.OVERRIDE, override.until)
    zone = ZoneInfo(calendar.time_zone)
    local = now.astimezone(zone)
    periods, reason = _plan(calendar, local.date(), day_kind)
    minute = local.hour * 60 + local.minute
    is_open = any(period.start_min <= minute < period.end_min for period in periods)
    return Opening(is_open, reason, _end(periods, local, minute, zone))


def works_on(calendar: Calendar, day: date, day_kind: Callable[[date], DayKind]) -> bool:
    """Say whether the plan has hours on a local day, whatever an override says of now."""
    return bool(_plan(calendar, day, day_kind)[0])


def periods_read(text: str) -> Periods:
    """Return the periods of `09:00-12:00, 13:30-18:00` in their order. Raises PeriodsError."""
    periods = []
    for part in text.translate(SAME).split(","):
        if not part.strip():
            continue
        found = PERIOD.fullmatch(part.strip())
        if not found:
            raise PeriodsError("format")
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        period = Period(from_hour * 60 + from_minute, to_hour * 60 + to_minute)
        if from_minute > 59 or to_minute > 59 or period.end_min > DAY_MIN:
            raise PeriodsError("format")
        periods.append(period)
    return _checked(periods)


def periods_text(periods: Iterable[Period]) -> str:
    """Return periods as `periods_read` reads them."""
    return ", ".join(map(str, periods))


def _checked(periods: list[Period]) -> Periods:
    periods.sort()
    if any(period.start_min >= period.end_min for period in periods):
        raise PeriodsError("order")
    if any(later.start_min < earlier.end_min for earlier, later in pairwise(periods)):
        raise PeriodsError("overlap")
    return tuple(periods)


def _plan(
    calendar: Calendar, day: date, day_kind: Callable[[date], DayKind]
) -> tuple[Periods, Reason]:
    if day in calendar.own_dates:
        return calendar.own_dates[day], Reason.OWN_DATE
    kind = day_kind(day) if calendar.follows_holidays else DayKind.ORDINARY
    if kind == DayKind.HOLIDAY:
        return (), Reason.HOLIDAY
    if kind == DayKind.MAKEUP_WORKDAY:
        # Worked like a workday, and no notice says like which: the first that has hours.
        worked = (calendar.weekly[weekday] for weekday in WORKDAYS if calendar.weekly[weekday])
        return next(worked, calendar.weekly[day.weekday()]), Reason.MAKEUP_WORKDAY
    return calendar.weekly[day.weekday()], Reason.WEEKLY


def _end(periods: Periods, local: datetime, minute: int, zone: ZoneInfo) -> datetime | None:
    day = local.date()
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    if begin.utcoffset() != end.utcoffset():
        return None  # the clock is changed on this day: an hour may be missing or come twice
    bounds = (bound for period in periods for bound in period)
    later = min((bound for bound in bounds if minute < bound < DAY_MIN), default=DAY_MIN)
    return end if later == DAY_MIN else datetime.combine(day, time(*divmod(later, 60)), zone)
