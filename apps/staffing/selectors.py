"""A week's staffing of queues: what to expect, how many seats it needs, and what there was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import Queue
from apps.calls.engine.figures import Rates, rates
from apps.core.errors import ForbiddenError, NotFoundError
from apps.reports.engine.columns import QUEUES
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.engine.sums import QueueSums
from apps.reports.selectors import Item, items_for, zone_of
from apps.staffing import history
from apps.staffing.engine.erlang import Load
from apps.staffing.engine.forecast import (
    Fault,
    Forecast,
    back_test,
    forecast,
    handling_s,
    patience_s,
)
from apps.staffing.engine.seats import Seats, Wish, seats_needed, with_seats
from apps.staffing.models import Assumptions, WaitModel

MAY_PLAN = frozenset({Role.TEAM_LEAD, Role.ADMIN})
# More chosen together nobody plans as one.
MOST_QUEUES = 20
HALF_HOUR_S = 1800.0


@dataclass(frozen=True)
class HalfHour:
    """One half-hour. `calls`, `needed` None: too little history; `tried`: with seats of one's own.

    `needed_alone`: seats that the chosen queues need one by one, of several queues only.
    `staffed`, `came`, `served`: what was, of the past; None of what is to come.
    """

    place: int
    length_s: float
    calls: float | None
    handling_s: float | None
    needed: Seats | None
    needed_alone: int | None = None
    tried: Seats | None = None
    staffed: float | None = None
    came: int | None = None
    served: Rates | None = None

    @property
    def clock(self) -> str:
        """Return when it begins, of the wall clock."""
        return f"{self.place // 2:02}:{self.place % 2 * 30:02}"


@dataclass(frozen=True)
class PlanDay:
    """A day of the week: its forecast and half-hours."""

    forecast: Forecast
    rows: tuple[HalfHour, ...]

    @property
    def on(self) -> date:
        """Return the day."""
        return self.forecast.on

    @property
    def seat_hours(self) -> float | None:
        """Return the hours that all its seats are to be sat at; None without a forecast."""
        if self.forecast.calls is None:
            return None
        return sum(row.needed.seats * row.length_s for row in self.rows if row.needed) / 3600

    @property
    def most_seats(self) -> int | None:
        """Return the most seats of a half-hour."""
        return max((row.needed.seats for row in self.rows if row.needed), default=None)

    @property
    def staffed_hours(self) -> float | None:
        """Return the hours that seats were sat at, of what is past."""
        known = [row.staffed * row.length_s for row in self.rows if row.staffed is not None]
        return sum(known) / 3600 if known else None

    @property
    def came(self) -> int | None:
        """Return how many calls came, of what is past."""
        known = [row.came for row in self.rows if row.came is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Plan:
    """A week of some queues together. Times in seconds; None where nothing is known."""

    queues: tuple[Item, ...]
    days: tuple[PlanDay, ...]
    first: date | None
    learned_days: int
    handling_s: float | None
    patience_s: float | None
    is_patience_own: bool
    fault: Fault
    unknown_years: tuple[int, ...]
    cannot_reach: bool


def plan_need(user: User) -> None:
    """Raise ForbiddenError unless the person may plan seats."""
    if user.tenant_id is None or user.role not in MAY_PLAN:
        raise ForbiddenError(user.username)


def queues_for(user: User) -> list[Item]:
    """Return the queues that the person may plan. Raises ForbiddenError. 1 query."""
    plan_need(user)
    today = timezone.now().astimezone(zone_of(user)).date()
    return items_for(user, QUEUES, Period(today, today))


def queues_chosen(user: User, numbers: Sequence[str]) -> list[Item]:
    """Return the chosen ones of them, the first without a choice. Raises NotFoundError."""
    known = queues_for(user)
    chosen = [one for one in known if one.key in numbers][:MOST_QUEUES]
    if len(chosen) < len(set(numbers[:MOST_QUEUES])):
        raise NotFoundError("queue")
    return chosen or known[:1]


def assumptions_of(number: str) -> Assumptions:
    """Return what is kept for a queue, else what its own settings say, not saved. 2 queries."""
    queue = Queue.objects.get(number=number)
    kept = Assumptions.objects.filter(queue=queue).first()
    return kept or Assumptions(
        tenant_id=queue.tenant_id, queue=queue, level_s=queue.service_level_s
    )


def plan(
    *,
    user: User,
    queues: Sequence[Item],
    monday: date,
    assumed: Assumptions,
    tried: Mapping[tuple[date, int], int] | None = None,
    alone_on: date | None = None,
    now: datetime | None = None,
) -> Plan:
    """Return a week's plan. `queues` are the person's (`queues_chosen`). About 12 queries.

    `tried`: seats of one's own by day and half-hour. `alone_on`: the day for which seats are
    reckoned for each queue alone too.
    """
    zone, now = zone_of(user), now or timezone.now()
    # A week is planned before it begins: what came in it is not known to its forecast.
    today = min(now.astimezone(zone).date(), monday)
    numbers = [one.key for one in queues]
    past = history.history_of(numbers, weeks=assumed.weeks, today=today, zone=zone)
    basis = _basis(numbers, past, assumed, today, zone)
    alone = []
    if alone_on is not None and len(numbers) > 1:
        alone = [
            _basis([one], history.history_of([one], weeks=assumed.weeks, today=today, zone=zone),
                   assumed, today, zone)
            for one in numbers
        ]  # fmt: skip
    week = Period(monday, monday + 6 * ONE_DAY)
    seen = _Seen(
        history.happened(numbers, week, zone), history.staffed(numbers, week, zone), now, zone
    )
    days, reach = [], True
    for number in range(7):
        day = monday + number * ONE_DAY
        others = alone if day == alone_on else []
        made, is_reached = _day(basis, others, day, tried or {}, seen)
        days.append(made)
        reach &= is_reached
    return Plan(
        queues=tuple(queues),
        days=tuple(days),
        first=past.first,
        learned_days=len(past.days),
        handling_s=basis.whole_s,
        patience_s=basis.patience_s,
        is_patience_own=assumed.patience_s is None,
        fault=back_test(past.days, kind_of=past.kind_of, has_trend=assumed.has_trend),
        unknown_years=() if past.is_plain else tuple(history.years_unknown(day.on for day in days)),
        cannot_reach=not reach,
    )


@dataclass(frozen=True)
class _Basis:
    """What a day is reckoned from."""

    past: history.History
    whole_s: float | None
    by_slot: Sequence[float | None]
    patience_s: float | None
    wish: Wish
    has_trend: bool

    def load(self, calls: float, place: int) -> Load | None:
        """Return the load of a half-hour with so many calls; None: no handling time is known."""
        handling = self.by_slot[place]
        if handling is None:
            return None
        return Load(calls / HALF_HOUR_S, handling, self.patience_s)


@dataclass(frozen=True)
class _Seen:
    """What was in the week, so far."""

    came: Mapping[tuple[date, int], QueueSums]
    staffed: Mapping[tuple[date, int], float]
    now: datetime
    zone: ZoneInfo

    def is_past(self, day: date, place: int) -> bool:
        """Say whether a half-hour is over, on the wall clock."""
        today, here = history.slot_at(self.now, self.zone)
        return (day, place) < (today, here)


def _basis(
    numbers: Sequence[str],
    past: history.History,
    assumed: Assumptions,
    today: date,
    zone: ZoneInfo,
) -> _Basis:
    whole, by_slot = handling_s(past.days)
    if assumed.handling_s:
        whole = float(assumed.handling_s)
        by_slot = (whole,) * len(by_slot)
    patience: float | None = None
    if assumed.model == WaitModel.ERLANG_A:
        if assumed.patience_s:
            patience = float(assumed.patience_s)
        else:
            days = Period(today - assumed.weeks * 7 * ONE_DAY, today - ONE_DAY)
            patience = patience_s(*history.patience_seen(numbers, *bounds(days, zone)))
    return _Basis(past, whole, by_slot, patience, wish_of(assumed), assumed.has_trend)


def wish_of(assumed: Assumptions) -> Wish:
    """Return what is to be reached, as the engine takes it."""
    is_a = assumed.model == WaitModel.ERLANG_A
    return Wish(
        level=float(assumed.level_percent) / 100,
        level_s=float(assumed.level_s),
        short_s=float(assumed.queue.short_abandon_s),
        occupancy=assumed.occupancy_percent / 100 if assumed.occupancy_percent else None,
        abandoned=float(assumed.abandon_percent) / 100
        if assumed.abandon_percent and is_a
        else None,
        shrinkage=assumed.shrinkage_percent / 100,
        least=assumed.least_seats,
    )


def _day(
    basis: _Basis,
    alone: Sequence[_Basis],
    day: date,
    tried: Mapping[tuple[date, int], int],
    seen: _Seen,
) -> tuple[PlanDay, bool]:
    expected = _forecast(basis, day)
    apart = [(one, _forecast(one, day)) for one in alone]
    rows, reach = [], True
    for place, length_s in sorted(history.slot_lengths(day, seen.zone).items()):
        calls = expected.calls[place] if expected.calls is not None else None
        load = basis.load(calls, place) if calls is not None else None
        needed, mine = None, tried.get((day, place))
        try:
            needed = seats_needed(load, basis.wish) if load else None
        except ValueError:
            reach = False
        is_past = seen.is_past(day, place)
        sums = seen.came.get((day, place), QueueSums()) if is_past else None
        rows.append(
            HalfHour(
                place=place,
                length_s=length_s,
                calls=calls,
                handling_s=load.handling_s if load else None,
                needed=needed,
                needed_alone=_alone(apart, place),
                tried=with_seats(load, basis.wish, mine) if load and mine is not None else None,
                staffed=seen.staffed.get((day, place), 0.0) / length_s if is_past else None,
                came=sums.offered if sums else None,
                served=rates(sums.counts) if sums else None,
            )
        )
    return PlanDay(expected, tuple(rows)), reach


def _forecast(basis: _Basis, day: date) -> Forecast:
    past = basis.past
    return forecast(past.days, day, kind_of=past.kind_of, has_trend=basis.has_trend)


def _alone(apart: Sequence[tuple[_Basis, Forecast]], place: int) -> int | None:
    """Return the seats that each queue needs for itself, together; None where one is unknown."""
    if not apart:
        return None
    whole = 0
    for basis, expected in apart:
        load = basis.load(expected.calls[place], place) if expected.calls is not None else None
        if load is None:
            return None
        whole += seats_needed(load, basis.wish).seats
    return whole
