"""The figures of a day, played or recorded: per half hour, per queue and in all.

Rates are those of `calls.engine.figures`, occupancy that of `occupancy.py`: the places that define
them.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from apps.acd.engine.agent_state import READY, TALKING
from apps.acd.engine.occupancy import Times
from apps.acd.engine.what_if_day import (
    HALF_HOUR_MS,
    Arrival,
    Day,
    Played,
    Rules,
    Span,
    Stay,
    Try,
)
from apps.acd.engine.what_if_spans import by_half_hour, without
from apps.calls.engine.figures import (
    ABANDONED,
    ANSWERED,
    FLOWED_OUT,
    ClosedVisit,
    Counts,
    counts_of,
    rates,
)

CLOSED = frozenset({ANSWERED, ABANDONED, FLOWED_OUT})
DAY, HALF, QUEUE = "day", "half:", "queue:"
COUNTS = ("offered", "answered", "abandoned", "flowed_out")
RATES = ("service_level", "abandon_rate", "asa_ms", "aht_ms")
OCCUPANCY = "occupancy"
FIGURES = (*COUNTS, *RATES, OCCUPANCY)

Figures = dict[str, float | None]


def half_key(half: int) -> str:
    """Return the key of a half hour's figures."""
    return f"{HALF}{half}"


def queue_key(queue: str) -> str:
    """Return the key of a queue's figures."""
    return f"{QUEUE}{queue}"


@dataclass(frozen=True)
class Scope:
    """Whose figures: of these queues, and of who serves one of them. `definition` as in figures."""

    queues: frozenset[str]
    definition: str


def measure(day: Day, played: Played, scope: Scope) -> dict[str, Figures]:
    """Return the figures by key: the day, each half hour and each queue that has any."""
    cells = _cells(day, played.stays, scope.queues)
    members = {
        queue: {staff.id for staff in day.staff if queue in staff.queues} for queue in scope.queues
    }
    everybody: set[str] = set().union(*members.values()) if members else set()
    busy, ready = _time(played.busy, everybody), _time(played.ready, everybody)
    counts = {DAY: _sum(cells.values())}
    shares = {DAY: _occupancy(busy, ready)}
    for half in {half for _queue, half in cells} | {half for _agent, half in (*busy, *ready)}:
        counts[half_key(half)] = _sum(found for (_q, h), found in cells.items() if h == half)
        shares[half_key(half)] = _occupancy(_only(busy, half=half), _only(ready, half=half))
    for queue in scope.queues:
        served = members[queue]
        counts[queue_key(queue)] = _sum(found for (q, _h), found in cells.items() if q == queue)
        shares[queue_key(queue)] = _occupancy(_only(busy, who=served), _only(ready, who=served))
    return {
        key: {**_figures(found, scope.definition), OCCUPANCY: shares[key]}
        for key, found in counts.items()
    }


def recorded_play(day: Day) -> Played:
    """Return what the ledger says of the day, in the form of a day that was played."""
    stays, busy = [], []
    off: dict[str, list[tuple[int, int]]] = {}
    for arrival in _with_chains(day.arrivals):
        wrap_up_ms = arrival.wrap_up_ms
        if wrap_up_ms is None:
            wrap_up_ms = day.rules[arrival.queue].wrap_up_ms
        talked = arrival.how == ANSWERED
        stay = Stay(
            call=arrival.id,
            queue=arrival.queue,
            joined_ms=arrival.at_ms,
            how=arrival.how,
            wait_ms=arrival.waited_ms,
            reason=arrival.reason,
            agent=arrival.agent,
            talk_ms=(arrival.talk_ms or 0) if talked else 0,
            wrap_up_ms=wrap_up_ms if talked else 0,
            tries=arrival.tries,
        )
        stays.append(stay)
        if talked and arrival.agent:
            answer = arrival.at_ms + arrival.waited_ms
            end = answer + stay.talk_ms + stay.wrap_up_ms
            busy.append((arrival.agent, answer, end))
            off.setdefault(arrival.agent, []).append((answer, end))
        for one in arrival.tries:
            off.setdefault(one.agent, []).append(_rung(arrival, one, day.rules[arrival.queue]))
    ready = [
        (staff.id, start, end)
        for staff in day.staff
        for start, end in without(staff.spans, off.get(staff.id, ()))
    ]
    return Played(tuple(stays), tuple(busy), tuple(ready))


def _rung(arrival: Arrival, one: Try, rules: Rules) -> Span:
    """Return when an agent was rung and, having missed, rested."""
    start = arrival.at_ms + one.after_ms
    end = start + (rules.ring_ms if one.ring_ms is None else one.ring_ms)
    is_missed = not one.is_answered and not one.is_cut
    return start, end + (rules.rest_ms if is_missed else 0)


def _with_chains(arrivals: Iterable[Arrival]) -> Iterable[Arrival]:
    """Return every arrival, also those that follow one."""
    for arrival in arrivals:
        one: Arrival | None = arrival
        while one is not None:
            yield one
            one = one.then


Cells = dict[tuple[str, int], Counts]


def _cells(day: Day, stays: Iterable[Stay], queues: Collection[str]) -> Cells:
    """Return the counts by queue and half hour of joining."""
    visits: dict[tuple[str, int], list[ClosedVisit]] = {}
    for stay in stays:
        if stay.queue not in queues or stay.how not in CLOSED:
            continue
        rules = day.rules[stay.queue]
        visits.setdefault((stay.queue, stay.joined_ms // HALF_HOUR_MS), []).append(
            ClosedVisit(
                how=stay.how,
                wait_ms=stay.wait_ms,
                level_ms=rules.level_ms,
                short_ms=rules.short_ms,
                handled_ms=stay.talk_ms + stay.wrap_up_ms,
            )
        )
    return {key: counts_of(found) for key, found in visits.items()}


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())


Time = dict[tuple[str, int], int]


def _time(spans: Iterable[tuple[str, int, int]], who: Collection[str]) -> Time:
    """Return the milliseconds by agent and half hour."""
    found: Time = {}
    for agent, start, end in spans:
        if agent in who:
            for half, part in by_half_hour(start, end):
                found[agent, half] = found.get((agent, half), 0) + part
    return found


def _only(time: Time, *, half: int | None = None, who: Collection[str] | None = None) -> Time:
    return {
        (agent, at): ms
        for (agent, at), ms in time.items()
        if (half is None or at == half) and (who is None or agent in who)
    }


def _occupancy(busy: Time, ready: Time) -> float | None:
    # Talk, hold and wrap-up are one span here; the definition adds them up anyway.
    return Times({TALKING: sum(busy.values()), READY: sum(ready.values())}).occupancy


def _figures(counts: Counts, definition: str) -> Figures:
    quotients = rates(counts, definition)
    return {
        **{name: float(getattr(counts, name)) for name in COUNTS},
        **{name: getattr(quotients, name) for name in RATES},
    }


@dataclass(frozen=True)
class Estimate:
    """The mean of the replications and its 95 % interval; None where there are too few."""

    mean: float
    low: float | None = None
    high: float | None = None


def estimate(values: Sequence[float]) -> Estimate | None:
    """Return the mean with Student's 95 % interval; None without a value, no interval with one."""
    if not values:
        return None
    middle = mean(values)
    if len(values) == 1:
        return Estimate(middle)
    wide = student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Estimate(middle, middle - wide, middle + wide)


def estimates(
    runs: Sequence[Mapping[str, Figures]],
) -> dict[str, dict[str, Estimate | None]]:
    """Return each key's figures over the replications; those without a value do not count."""
    keys = sorted({key for run in runs for key in run})
    found: dict[str, dict[str, Estimate | None]] = {}
    for key in keys:
        found[key] = {}
        for name in FIGURES:
            values = [run[key].get(name) if key in run else None for run in runs]
            found[key][name] = estimate([value for value in values if value is not None])
    return found


# 97.5 % quantiles of Student's t for the first degrees of freedom; beyond, the expansion is good to
# 0.2 %. Source: Abramowitz & Stegun 26.7.5.
FEW = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}
NORMAL = 1.959964


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    if freedom in FEW:
        return FEW[freedom]
    z, n = NORMAL, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
