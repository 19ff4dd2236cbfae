"""Read what a forecast is made of: rollups of queues and agents, in the company's scope."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, Sum

from apps.acd.engine.agent_state import HELD, READY, RINGING, TALKING, WRAP_UP
from apps.acd.models import QueueMember
from apps.calls.link_gaps import link_gaps
from apps.calls.models import QueueVisit
from apps.ivr.engine.calendars import DayKind
from apps.ivr.holidays import day_kind, is_year_known
from apps.ivr.models import QueueHours
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.engine.quarters import QUARTER
from apps.reports.engine.sums import QueueSums, added
from apps.reports.models import AgentRollup, Grain, QueueRollup
from apps.reports.rollups import sums_by
from apps.staffing.engine.forecast import HOLIDAY, MAKEUP, Day, KindOf, Slot, weekday_kind

# Days with holidays are rare: they are looked for in a year and a month.
SPECIAL_DAYS = 400
# A day of which more was not heard is not learned from.
MOST_UNHEARD = timedelta(minutes=30)
DAY = timedelta(hours=24)
# In which states an agent sits at his seat and works, or waits for a call.
SEATED = (READY, RINGING, TALKING, HELD, WRAP_UP)
_KINDS = {DayKind.HOLIDAY: HOLIDAY, DayKind.MAKEUP_WORKDAY: MAKEUP}


@dataclass(frozen=True)
class History:
    """What is known of some queues together; `first` is the day of their first caller, or None.

    `days`: whole past days, the newest last. `is_plain`: public holidays do not count.
    """

    days: Sequence[Day]
    first: date | None
    is_plain: bool

    @property
    def kind_of(self) -> KindOf:
        """Return what says of which kind a day is."""
        return weekday_kind if self.is_plain else kind_of


def kind_of(day: date) -> str:
    """Return a day's kind by the state's calendar; its weekday in a year that nobody knows."""
    return _KINDS.get(day_kind(day)) or weekday_kind(day)


def years_unknown(days: Iterable[date]) -> list[int]:
    """Return the years of these days whose public holidays are not known yet."""
    return sorted({day.year for day in days if not is_year_known(day.year)})


def history_of(numbers: Collection[str], *, weeks: int, today: date, zone: ZoneInfo) -> History:
    """Return the past of these queues, today not among it. 4 queries."""
    is_plain = _are_holidays_ignored(numbers)
    rows: Any = QueueRollup.objects.filter(grain=Grain.DAY, queue_number__in=numbers)
    start = rows.aggregate(first=Min("start"))["first"]
    if start is None:
        return History((), None, is_plain)
    first = start.astimezone(zone).date()
    wanted = [
        day
        for back in range(1, SPECIAL_DAYS + 1)
        if (day := today - back * ONE_DAY) >= first
        and (back <= weeks * 7 or (not is_plain and kind_of(day) != weekday_kind(day)))
    ]
    days = _heard(wanted, zone)
    slots = _slots(numbers, days, zone)
    found = [Day(day, slots.get(day, {})) for day in sorted(days)]
    return History(found, first, is_plain)


def _are_holidays_ignored(numbers: Collection[str]) -> bool:
    hours = QueueHours.objects.filter(queue__number__in=numbers)
    follows = list(hours.values_list("calendar__follows_holidays", flat=True))
    return bool(follows) and not any(follows)


def _heard(days: Sequence[date], zone: ZoneInfo) -> list[date]:
    """Return the days of 24 hours of which not much was missed. 1 query."""
    if not days:
        return []
    whole = {day: bounds(Period(day, day), zone) for day in days}
    since = min(start for start, _end in whole.values())
    until = max(end for _start, end in whole.values())
    gaps = link_gaps(since, until, now=until)
    return [
        day
        for day, (start, end) in whole.items()
        if end - start == DAY and _overlap(gaps, start, end) <= MOST_UNHEARD
    ]


def _overlap(
    gaps: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime
) -> timedelta:
    parts = (min(end, until) - max(start, since) for start, end in gaps)
    return sum((part for part in parts if part > timedelta(0)), timedelta(0))


def _slots(
    numbers: Collection[str], days: Sequence[date], zone: ZoneInfo
) -> Mapping[date, Mapping[int, Slot]]:
    """Return the half-hours of days by the wall clock. 1 query."""
    if not days:
        return {}
    when = Q()
    for first, last in _runs(sorted(days)):
        since, until = bounds(Period(first, last), zone)
        when |= Q(start__gte=since, start__lt=until)
    rows: Any = QueueRollup.objects.filter(when, grain=Grain.QUARTER, queue_number__in=numbers)
    found: dict[date, dict[int, Slot]] = {}
    for row in sums_by(QueueRollup, rows, "start"):
        day, place = slot_at(row["start"], zone)
        mine = found.setdefault(day, {})
        one = mine.get(place, Slot())
        mine[place] = replace(
            one,
            offered=one.offered + row["offered"],
            answered=one.answered + row["answered"],
            handled_s=one.handled_s + row["handled_ms"] / 1000,
        )
    return found


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] + ONE_DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def slot_at(at: datetime, zone: ZoneInfo) -> tuple[date, int]:
    """Return the day and the half-hour of the wall clock, 0 … 47."""
    local = at.astimezone(zone)
    return local.date(), local.hour * 2 + local.minute // 30


def slot_lengths(day: date, zone: ZoneInfo) -> Mapping[int, float]:
    """Return how many seconds each half-hour of a day has: 1800; where the clock turns, others."""
    since, until = bounds(Period(day, day), zone)
    found: dict[int, float] = {}
    while since < until:
        place = slot_at(since, zone)[1]
        found[place] = found.get(place, 0.0) + QUARTER.total_seconds()
        since += QUARTER
    return found


def patience_seen(numbers: Collection[str], since: datetime, until: datetime) -> tuple[float, int]:
    """Return all that callers of these queues waited, in seconds, and how many gave up. 1 query."""
    rows = QueueVisit.objects.filter(
        queue_number__in=numbers,
        joined_at__gte=since,
        joined_at__lt=until,
        how__in=["answered", "abandoned", "flowed_out"],
    )
    found = rows.aggregate(waited=Sum("wait_ms"), gave_up=Count("pk", filter=Q(how="abandoned")))
    return (found["waited"] or 0) / 1000, found["gave_up"]


def happened(
    numbers: Collection[str], period: Period, zone: ZoneInfo
) -> Mapping[tuple[date, int], QueueSums]:
    """Return what came and how it was served, by day and half-hour. 1 query."""
    since, until = bounds(period, zone)
    rows: Any = QueueRollup.objects.filter(
        grain=Grain.QUARTER, start__gte=since, start__lt=until, queue_number__in=numbers
    )
    found: dict[tuple[date, int], QueueSums] = {}
    for row in sums_by(QueueRollup, rows, "start"):
        key = slot_at(row.pop("start"), zone)
        found[key] = added(found.get(key, QueueSums()), QueueSums(**row))
    return found


def staffed(
    numbers: Collection[str], period: Period, zone: ZoneInfo
) -> Mapping[tuple[date, int], float]:
    """Return the seconds in which members of these queues sat at their seats. 2 queries.

    Members are those of today; who is in several of them is one.
    """
    members = QueueMember.objects.filter(queue__number__in=numbers)
    agents = list(members.values_list("agent", flat=True).distinct())
    since, until = bounds(period, zone)
    rows: Any = AgentRollup.objects.filter(
        grain=Grain.QUARTER, start__gte=since, start__lt=until, agent__in=agents
    )
    found: dict[tuple[date, int], float] = {}
    for row in sums_by(AgentRollup, rows, "start"):
        key = slot_at(row["start"], zone)
        seated = sum(row[f"{state}_ms"] for state in SEATED) / 1000
        found[key] = found.get(key, 0.0) + seated
    return found
