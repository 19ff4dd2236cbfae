"""Erlang B, C and A: how long callers wait for N agents.

`load` is the offered load in erlangs: calls a second times the mean handling time in seconds.
Everything is a recursion or an integral in bounded terms, never a factorial: loads of 10,000 stay
finite. Sources: A. K. Erlang (B, C); Mandelbaum & Zeltyn, "The Palm/Erlang-A Queue".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Terms of a series below this share of the sum no longer change it.
NEGLIGIBLE = 1e-17
# Of Simpson's rule in each panel; the panels grow with the distance from the density's top.
PIECES = 40
GROWTH = 1.5
NEAREST = 1e-6
# exp(-42) is below 1e-18.
DEEP = 42.0
# Above it a sum is as good as infinite, and the next terms would not be numbers.
HUGE = 1e290


@dataclass(frozen=True)
class Forecast:
    """What callers meet. Times in seconds; None where the queue grows without bound.

    `waits` share that waits at all, `abandons` share that hangs up, `in_time` share of all offered
    that is answered within the service level, `asa_s` mean wait of all callers (in Erlang C the
    average speed of answer), `occupancy` share of the agents' time that is busy.
    """

    waits: float
    abandons: float
    in_time: float
    asa_s: float | None
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """Return the share of calls that find every agent busy when nobody may wait."""
    _check(agents, load)
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """Return the share of calls that wait when nobody hangs up; 1 when the load is too much."""
    _check(agents, load)
    if agents <= load:
        return 1.0
    blocked = erlang_b(agents, load)
    return agents * blocked / (agents - load * (1 - blocked))


def patient(agents: int, load: float, handling_s: float, level_s: float) -> Forecast:
    """Forecast with Erlang C: every caller waits for ever.

    Raises ValueError for less than one agent, no handling time or a negative value.
    """
    _check_queue(agents, handling_s, level_s)
    waits = erlang_c(agents, load)
    if agents <= load:
        return Forecast(waits=1.0, abandons=0.0, in_time=0.0, asa_s=None, occupancy=1.0)
    spare = agents - load
    return Forecast(
        waits=waits,
        abandons=0.0,
        in_time=1 - waits * math.exp(-spare * level_s / handling_s),
        asa_s=waits * handling_s / spare,
        occupancy=load / agents,
    )


def impatient(
    agents: int, load: float, handling_s: float, level_s: float, patience_s: float
) -> Forecast:
    """Forecast with Erlang A (M/M/N+M): callers hang up after `patience_s` on average.

    Holds for every load, also above the number of agents. Raises ValueError as `patient`.
    """
    _check_queue(agents, handling_s, level_s)
    if patience_s <= 0:
        raise ValueError("patience must be above 0 s")
    blocked = erlang_b(agents, load)
    if load == 0:
        return Forecast(waits=0.0, abandons=0.0, in_time=1.0, asa_s=0.0, occupancy=0.0)
    queue = 1 + _queue_weights(agents, load, handling_s / patience_s)
    waits = blocked / (1 / queue + (1 - 1 / queue) * blocked)
    rho = load / agents
    abandons = waits * max(0.0, 1 / (rho * queue) + 1 - 1 / rho)
    late = waits * _late_share(agents, load, handling_s, level_s, patience_s)
    return Forecast(
        waits=waits,
        abandons=abandons,
        in_time=max(0.0, 1 - abandons - late),
        asa_s=abandons * patience_s,
        occupancy=load * (1 - abandons) / agents,
    )


def agents_needed(load: float, is_enough: Callable[[int], bool], most: int = 20_000) -> int:
    """Return the fewest agents for which `is_enough` holds; it must stay true once it is.

    Raises ValueError when `most` agents are not enough.
    """
    low, high = 0, max(1, math.ceil(load))
    while not is_enough(high):
        if high >= most:
            raise ValueError(f"{most} agents are not enough")
        low, high = high, min(most, high * 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _queue_weights(agents: int, load: float, theta: float) -> float:
    """Return the sum of the states with 1, 2, … waiting, relative to all agents just busy.

    `theta` is the rate of hanging up in units of the service rate. inf: somebody always waits.
    """
    total, term, waiting = 0.0, 1.0, 0
    while total < HUGE:
        waiting += 1
        term *= load / (agents + waiting * theta)
        total += term
        # Below the ratio 1 the rest is smaller than a geometric series.
        ratio = load / (agents + (waiting + 1) * theta)
        if ratio < 1 and term * ratio / (1 - ratio) < NEGLIGIBLE * total:
            return total
    return math.inf


def _late_share(
    agents: int, load: float, handling_s: float, level_s: float, patience_s: float
) -> float:
    """Return, of those who wait, the share that is answered after more than `level_s`.

    The time that an endlessly patient caller would wait has, given that he waits, a density
    proportional to exp(load * H(x) - agents * x), H(x) = (1 - exp(-theta x)) / theta, with x in
    handling times; a caller of whom exp(-theta x) is left is answered.
    """
    theta, level = handling_s / patience_s, level_s / handling_s

    def exponent(x: float) -> float:
        return load * -math.expm1(-theta * x) / theta - agents * x

    # The density's top: where load * exp(-theta x) = agents, or at once.
    top_at = math.log(load / agents) / theta if load > agents else 0.0
    cuts = _cuts(exponent, top_at)
    top = exponent(top_at)
    whole = _integral(lambda x: math.exp(exponent(x) - top), cuts)
    after = [level, *(cut for cut in cuts if cut > level)] if level > cuts[0] else cuts
    late = _integral(lambda x: math.exp(exponent(x) - top - theta * x), after)
    return late / whole


def _cuts(exponent: Callable[[float], float], top_at: float) -> list[float]:
    """Return the panels' ends from 0, or where the density is 1e-18 of its top, to its far end."""
    top = exponent(top_at)
    left: list[float] = []
    step = NEAREST
    while step < top_at and exponent(top_at - step) - top > -DEEP:
        left.append(top_at - step)
        step *= GROWTH
    left.append(max(0.0, top_at - step))
    right = [top_at]
    step = NEAREST
    while exponent(right[-1]) - top > -DEEP:
        right.append(top_at + step)
        step *= GROWTH
    return [*reversed(left), *right]


def _integral(density: Callable[[float], float], cuts: Sequence[float]) -> float:
    """Return the integral over the panels, each by Simpson's rule."""
    total = 0.0
    for start, end in pairwise(cuts):
        width = (end - start) / PIECES
        inner = sum(
            (4 if piece % 2 else 2) * density(start + piece * width) for piece in range(1, PIECES)
        )
        total += (density(start) + inner + density(end)) * width / 3
    return total


def _check(agents: int, load: float) -> None:
    if agents < 0 or not load >= 0 or math.isinf(load):
        raise ValueError("agents and load must be numbers from 0 on")


def _check_queue(agents: int, handling_s: float, level_s: float) -> None:
    if agents < 1 or handling_s <= 0 or level_s < 0:
        raise ValueError("needs an agent, a handling time above 0 s and a level from 0 s on")
