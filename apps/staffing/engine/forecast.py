"""Forecast calls by half-hour from a queue's own history. Pure.

A day is of a kind: one of seven weekdays, a public holiday, or a make-up workday. A half-hour of a
day to come gets what the same half-hour had on past days of its kind. Half-hours are of the wall
clock, 0 … 47; days on which the clock was put on or back are not learned from.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

SLOTS = 48
HOLIDAY, MAKEUP = "holiday", "makeup"
# With fewer days of a kind no number is said.
LEAST_DAYS = {HOLIDAY: 2, MAKEUP: 2}
LEAST_WEEKDAYS = 3
# How many standard deviations a day or a half-hour may be off before it counts less.
OFF_DAY, OFF_SLOT = 4.0, 3.0
# A median of absolute deviations times this is a standard deviation of a normal distribution.
MAD = 1.4826
LEAST_TREND_WEEKS = 6
TREND_LIMITS = (0.7, 1.3)
ONE_DAY = timedelta(days=1)

KindOf = Callable[[date], str]


@dataclass(frozen=True)
class Slot:
    """What came in a half-hour: calls, answered ones, and the time that they were handled."""

    offered: int = 0
    answered: int = 0
    handled_s: float = 0.0


@dataclass(frozen=True)
class Day:
    """A past day: its half-hours. A half-hour that is not there had no call."""

    on: date
    slots: Mapping[int, Slot]

    @property
    def offered(self) -> int:
        """Return how many calls came."""
        return sum(slot.offered for slot in self.slots.values())


@dataclass(frozen=True)
class Forecast:
    """A day to come: calls of each half-hour; None where too little is known.

    `days`: how many days it was learned from; `left_out` those of the kind that were too strange.
    """

    on: date
    kind: str
    calls: tuple[float, ...] | None
    days: int
    left_out: tuple[date, ...] = ()

    @property
    def total(self) -> float | None:
        """Return the calls of the day."""
        return None if self.calls is None else sum(self.calls)


@dataclass(frozen=True)
class Fault:
    """How far forecasts of past days were off, by days that were not known to them.

    `wape`: sum of |forecast − came| / sum of what came, by half-hours; `day_mape`: mean of
    |forecast − came| / came, by days with calls. `naive_wape` is that of "as a week before".
    """

    days: int
    wape: float | None
    day_mape: float | None
    naive_wape: float | None


def weekday_kind(day: date) -> str:
    """Return the kind of a plain day: its weekday, Monday 0."""
    return str(day.weekday())


def least_days(kind: str) -> int:
    """Return how many days of a kind a forecast needs."""
    return LEAST_DAYS.get(kind, LEAST_WEEKDAYS)


def forecast(
    history: Sequence[Day], day: date, *, kind_of: KindOf, has_trend: bool = False
) -> Forecast:
    """Return what is to be expected of a day; history of that day and later is not looked at."""
    kind = kind_of(day)
    alike = [one for one in history if one.on < day and kind_of(one.on) == kind]
    kept, left_out = ordinary(alike)
    if len(kept) < least_days(kind):
        return Forecast(day, kind, None, len(kept), left_out)
    factor = trend(history, day, kind_of=kind_of) if has_trend else 1.0
    calls = tuple(
        factor * robust_mean([one.slots.get(place, Slot()).offered for one in kept])
        for place in range(SLOTS)
    )
    return Forecast(day, kind, calls, len(kept), left_out)


def ordinary(days: Sequence[Day]) -> tuple[list[Day], tuple[date, ...]]:
    """Part days into ordinary ones and those whose calls are far off the others'.

    Far: over four robust standard deviations from the median; a deviation is at least that of a
    Poisson stream, so that few calls are not taken for strange. Of fewer than four days none is.
    """
    if len(days) < 4:
        return list(days), ()
    totals = [day.offered for day in days]
    middle, wide = _spread(totals)
    kept = [day for day in days if abs(day.offered - middle) <= OFF_DAY * wide]
    kept_on = {day.on for day in kept}
    return kept, tuple(day.on for day in days if day.on not in kept_on)


def robust_mean(values: Sequence[float]) -> float:
    """Return the mean of values, each taken as at most three deviations from their median.

    A median alone says 0 of a half-hour with one call on every second day; a mean alone follows
    one strange day. Below four values: their mean.
    """
    if not values:
        raise ValueError("no values")
    if len(values) < 4:
        return sum(values) / len(values)
    middle, wide = _spread(values)
    low, high = middle - OFF_SLOT * wide, middle + OFF_SLOT * wide
    return sum(min(high, max(low, value)) for value in values) / len(values)


def _spread(values: Sequence[float]) -> tuple[float, float]:
    middle = median(values)
    wide = MAD * median(abs(value - middle) for value in values)
    return middle, max(wide, math.sqrt(max(1.0, middle)))


def trend(history: Sequence[Day], day: date, *, kind_of: KindOf) -> float:
    """Return by how much a day's level differs from the history's middle, 0.7 … 1.3.

    The median of the slopes between all pairs of whole weeks without special days (Theil and
    Sen), carried on from the middle week to the day's. 1 with fewer than six such weeks.
    """
    weeks = _weeks([one for one in history if one.on < day], kind_of)
    if len(weeks) < LEAST_TREND_WEEKS:
        return 1.0
    slopes = [
        (later[1] - one[1]) / (later[0] - one[0])
        for place, one in enumerate(weeks)
        for later in weeks[place + 1 :]
    ]
    level = median(calls for _number, calls in weeks)
    if level <= 0:
        return 1.0
    ahead = _week_of(day) - median(number for number, _calls in weeks)
    low, high = TREND_LIMITS
    return min(high, max(low, 1 + median(slopes) * ahead / level))


def _week_of(day: date) -> int:
    return (day.toordinal() - 1) // 7


def _weeks(history: Iterable[Day], kind_of: KindOf) -> list[tuple[int, int]]:
    """Return the calls of each whole week in which every day was plain, in order."""
    found: dict[int, list[Day]] = {}
    for day in history:
        if kind_of(day.on) == weekday_kind(day.on):
            found.setdefault(_week_of(day.on), []).append(day)
    return [
        (number, sum(day.offered for day in days))
        for number, days in sorted(found.items())
        if len(days) == 7
    ]


def handling_s(history: Sequence[Day]) -> tuple[float | None, tuple[float | None, ...]]:
    """Return the mean handling time of all, and of each half-hour with at least 30 answered."""
    answered = [0] * SLOTS
    handled = [0.0] * SLOTS
    for day in history:
        for place, slot in day.slots.items():
            answered[place] += slot.answered
            handled[place] += slot.handled_s
    work_s, taken = sum(handled), sum(answered)
    whole = work_s / taken if taken and work_s else None
    # What was handled in a half-hour may be of calls that were answered before it.
    by_slot = tuple(
        work / many if many >= 30 and work else whole
        for many, work in zip(answered, handled, strict=True)
    )
    return whole, by_slot


def patience_s(waited_s: float, gave_up: int) -> float | None:
    """Return the mean patience: all that was waited, by whomever, per caller who gave up.

    The maximum-likelihood estimate of an exponential patience of which only the waits of those
    who gave up are seen whole, and all others are cut off (censored). None: nobody gave up.
    """
    return waited_s / gave_up if gave_up > 0 and waited_s > 0 else None


def back_test(
    history: Sequence[Day], *, kind_of: KindOf, has_trend: bool = False, days: int = 14
) -> Fault:
    """Forecast each of the last days from what was before its week, and say how far off that was.

    So as it is used: a week is planned before it begins.
    """
    by_day = {one.on: one for one in history}
    off = came = day_off = 0.0
    tried = with_calls = 0
    naive_off = naive_came = 0.0
    for one in sorted(history, key=lambda one: one.on)[-days:]:
        monday = one.on - timedelta(days=one.on.weekday())
        known = [day for day in history if day.on < monday]
        found = forecast(known, one.on, kind_of=kind_of, has_trend=has_trend)
        if found.calls is None:
            continue
        tried += 1
        off += _off(found.calls, one)
        came += one.offered
        if one.offered:
            with_calls += 1
            day_off += abs(sum(found.calls) - one.offered) / one.offered
        before = by_day.get(one.on - 7 * ONE_DAY)
        if before is not None:
            naive = [before.slots.get(place, Slot()).offered for place in range(SLOTS)]
            naive_off += _off(naive, one)
            naive_came += one.offered
    return Fault(
        days=tried,
        wape=off / came if came else None,
        day_mape=day_off / with_calls if with_calls else None,
        naive_wape=naive_off / naive_came if naive_came else None,
    )


def _off(calls: Sequence[float], day: Day) -> float:
    return sum(abs(calls[place] - day.slots.get(place, Slot()).offered) for place in range(SLOTS))
