"""The smallest number of seats that keeps what was promised. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from apps.staffing.engine.erlang import Expected, Load, expected

# More seats than this no half-hour is planned with: a wish that cannot be met ends here.
MOST_SEATS = 100_000


@dataclass(frozen=True)
class Wish:
    """What is to be reached. Shares of 1; None asks nothing.

    `level`: so many served within `level_s`, without who gave up before `short_s`. `shrinkage`:
    the part of paid time in which nobody sits at the seat, below 1. `least`: seats where calls
    come at all.
    """

    level: float = 0.8
    level_s: float = 20.0
    short_s: float = 5.0
    occupancy: float | None = None
    abandoned: float | None = None
    shrinkage: float = 0.0
    least: int = 0


@dataclass(frozen=True)
class Seats:
    """Seats that are to be sat at, people to plan for them, and what they give."""

    seats: int
    people: int
    expected: Expected


def seats_needed(load: Load, wish: Wish) -> Seats:
    """Return the fewest seats that reach every wish; 0 where no call comes.

    More seats never make level, occupancy or abandons worse, so the first number that reaches
    them is found by halving. Raises ValueError for a wish that no number of seats reaches.
    """
    if load.rate <= 0:
        return with_seats(load, wish, 0)
    found = _first(lambda seats: _reaches(load, wish, seats), max(1, round(load.offered)))
    return with_seats(load, wish, max(found, wish.least))


def with_seats(load: Load, wish: Wish, seats: int) -> Seats:
    """Return what so many seats give, and how many people they need."""
    what = expected(load, seats, level_s=wish.level_s, short_s=wish.short_s)
    return Seats(seats, people_for(seats, wish.shrinkage), what)


def people_for(seats: int, shrinkage: float) -> int:
    """Return how many people are to be planned so that so many sit there."""
    # A hair less, so that 9 / (1 − 0.1) is 10 and not 11.
    return math.ceil(seats / (1 - shrinkage) - 1e-9)


def _reaches(load: Load, wish: Wish, seats: int) -> bool:
    what = expected(load, seats, level_s=wish.level_s, short_s=wish.short_s)
    if what.level is None or what.level < wish.level:
        return False
    if wish.occupancy is not None and what.occupancy > wish.occupancy:
        return False
    return wish.abandoned is None or (what.abandoned or 0.0) <= wish.abandoned


def _first(holds: Callable[[int], bool], guess: int) -> int:
    """Return the smallest number from 1 for which it holds, near `guess` the quickest."""
    step = 1
    low, high = 0, guess
    while not holds(high):
        low, high, step = high, high + step, step * 2
        if high > MOST_SEATS:
            raise ValueError("no number of seats reaches this")
    if low == 0:
        step = 1
        while high - step > 0 and holds(high - step):
            high, step = high - step, step * 2
        low = max(0, high - step)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high
