"""Erlang B, C and A against printed tables, limits, and a simulation."""

import heapq
import math
import random
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.staffing.engine.erlang import Load, erlang_b, erlang_c, expected
from apps.staffing.engine.seats import Wish, people_for, seats_needed

# The usual table of loads (Erlang) at which one call in a hundred is blocked.
ONE_PERCENT = {1: 0.0101, 5: 1.361, 10: 4.461, 20: 12.031, 50: 37.901, 100: 84.064}
HALF_HOUR_S = 1800.0


@pytest.mark.parametrize(("lines", "load"), ONE_PERCENT.items())
def test_erlang_b_is_that_of_the_printed_table(lines: int, load: float) -> None:
    assert erlang_b(lines, load) == pytest.approx(0.01, abs=1e-5)


def test_erlang_c_is_that_of_the_usual_example() -> None:
    # 100 calls in half an hour, 3 minutes each, 80 % in 20 s: 14 agents (Call Centre Helper).
    load = Load(100 / HALF_HOUR_S, 180)
    found = seats_needed(load, Wish(level=0.8, level_s=20, short_s=0))
    assert found.seats == 14
    what = found.expected
    assert what.waits == pytest.approx(0.174, abs=5e-4)
    assert what.level == pytest.approx(0.888, abs=5e-4)
    assert what.asa_s == pytest.approx(7.8, abs=0.05)
    assert what.occupancy == pytest.approx(0.714, abs=5e-4)


def test_erlang_a_is_that_of_garnett_mandelbaum_and_reiman() -> None:
    # Designing a Call Center with Impatient Customers (2002): 50 agents, 48 calls and 1 minute,
    # patience 2 minutes: 3.1 % give up, 3.7 s mean wait, 93 % busy; without: 20.8 s, 96 %.
    what = expected(Load(0.8, 60, 120), 50, level_s=20)
    assert what.abandoned == pytest.approx(0.031, abs=5e-4)
    # E[W] of all is P(ab) · patience.
    assert what.abandoned is not None
    assert what.abandoned * 120 == pytest.approx(3.7, abs=0.05)
    assert what.occupancy == pytest.approx(0.93, abs=5e-3)
    patient = expected(Load(0.8, 60), 50, level_s=20)
    assert patient.asa_s == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)


def test_erlang_a_is_that_of_another_program() -> None:
    # pyworkforce's guide: 100 calls in half an hour, 3 minutes, patience 5 minutes, 13 positions.
    what = expected(Load(100 / HALF_HOUR_S, 180, 300), 13, level_s=20)
    assert what.waits == pytest.approx(0.226, abs=1e-3)
    assert what.abandoned == pytest.approx(0.025, abs=1e-3)
    assert what.occupancy == pytest.approx(0.750, abs=1e-3)


@pytest.mark.parametrize("seats", [0, 1, 10, 1000, 9_000, 9_900, 10_000, 10_050, 12_000, 40_000])
@pytest.mark.parametrize("patience", [None, 1.0, 60.0, 3600.0])
def test_it_is_finite_for_ten_thousand_erlangs(seats: int, patience: float | None) -> None:
    what = expected(Load(10_000 / 300, 300, patience), seats, level_s=20, short_s=5)
    for share in (what.level, what.abandoned, what.waits, what.occupancy):
        assert share is not None
        assert 0 <= share <= 1
    assert what.asa_s is None or what.asa_s >= 0
    if patience is not None and seats:
        assert what.asa_s is not None
        assert math.isfinite(what.asa_s)


loads = st.floats(0.2, 150)
handlings = st.floats(20, 900)
patiences = st.floats(2, 900)
levels = st.floats(1, 120)


@settings(max_examples=30)
@given(loads, handlings, levels, st.integers(1, 30))
def test_with_endless_patience_a_becomes_c(
    offered: float, handling: float, level_s: float, spare: int
) -> None:
    seats = math.ceil(offered) + spare
    one = expected(Load(offered / handling, handling, 1e7), seats, level_s=level_s)
    other = expected(Load(offered / handling, handling), seats, level_s=level_s)
    assert one.level == pytest.approx(other.level, abs=2e-3)
    assert one.waits == pytest.approx(other.waits, abs=2e-3)
    assert one.asa_s == pytest.approx(other.asa_s, rel=5e-3, abs=1e-3)


@given(loads, handlings, patiences, levels, st.floats(0, 10), st.integers(0, 200))
def test_one_seat_more_is_never_worse(
    offered: float, handling: float, patience: float, level_s: float, short_s: float, seats: int
) -> None:
    load = Load(offered / handling, handling, patience)
    fewer = expected(load, seats, level_s=level_s, short_s=short_s)
    more = expected(load, seats + 1, level_s=level_s, short_s=short_s)
    assert fewer.level is not None
    assert more.level is not None
    assert more.level >= fewer.level - 1e-9
    assert more.abandoned is not None
    assert fewer.abandoned is not None
    assert more.abandoned <= fewer.abandoned + 1e-9
    assert more.waits is not None
    assert fewer.waits is not None
    assert more.waits <= fewer.waits + 1e-9
    assert more.occupancy <= fewer.occupancy + 1e-9 or seats == 0


@given(loads, handlings, patiences, st.integers(1, 200))
def test_what_comes_is_served_or_gives_up(
    offered: float, handling: float, patience: float, seats: int
) -> None:
    load = Load(offered / handling, handling, patience)
    what = expected(load, seats, level_s=1e6)
    assert what.abandoned is not None
    # Work that is done is that of who did not give up; whoever is served is served in time.
    assert what.occupancy * seats == pytest.approx(offered * (1 - what.abandoned), rel=1e-6)
    assert what.level == pytest.approx(1 - what.abandoned, abs=1e-9)


@given(
    loads,
    handlings,
    st.none() | patiences,
    st.floats(0.05, 0.99),
    st.none() | st.floats(0.3, 1.0),
    st.integers(0, 30),
)
def test_it_is_the_smallest_number_that_keeps_every_wish(
    offered: float, handling: float, patience: float | None, level: float,
    occupancy: float | None, least: int,
) -> None:  # fmt: skip
    load = Load(offered / handling, handling, patience)
    wish = Wish(level=level, occupancy=occupancy, least=least)
    found = seats_needed(load, wish)

    def keeps(seats: int) -> bool:
        what = expected(load, seats, level_s=20, short_s=5)
        is_level = what.level is not None and what.level >= level
        return is_level and (occupancy is None or what.occupancy <= occupancy)

    assert keeps(found.seats)
    assert found.seats >= least
    assert found.seats == least or not keeps(found.seats - 1)


def test_no_call_needs_no_seat_and_has_no_figures() -> None:
    found = seats_needed(Load(0.0, 180), Wish(least=3))
    assert (found.seats, found.people) == (0, 0)
    assert found.expected.level is None
    assert found.expected.asa_s is None


def test_a_wish_that_cannot_be_met_says_so() -> None:
    with pytest.raises(ValueError, match="no number of seats"):
        seats_needed(Load(1.0, 60), Wish(level=2.0))


@pytest.mark.parametrize(
    ("seats", "shrinkage", "people"), [(9, 0.1, 10), (9, 0.0, 9), (0, 0.5, 0), (10, 0.3, 15)]
)
def test_people_are_more_than_seats_by_shrinkage(seats: int, shrinkage: float, people: int) -> None:
    assert people_for(seats, shrinkage) == people


def played(load: Load, seats: int, level_s: float, short_s: float, seed: int) -> tuple[float, ...]:
    """Play 60,000 callers; return level, share that gave up, ASA, occupancy."""
    dice = random.Random(seed)
    free, busy_until, line = seats, list[float](), deque[tuple[float, float]]()
    at = in_time = gave_up = gave_up_soon = served = 0
    waited = work = now = 0.0
    left: list[tuple[float, float]] = []

    def serve(came: float, begins: float) -> None:
        nonlocal served, waited, in_time, work
        served += 1
        waited += begins - came
        in_time += begins - came <= level_s
        handling = dice.expovariate(1 / load.handling_s)
        work += handling
        heapq.heappush(busy_until, begins + handling)

    def freed(until: float) -> None:
        nonlocal free, gave_up, gave_up_soon
        while busy_until and busy_until[0] <= until:
            over = heapq.heappop(busy_until)
            while line and line[0][1] <= over:
                came, gone = line.popleft()
                left.append((came, gone))
            if line:
                serve(line.popleft()[0], over)
            else:
                free += 1

    while at < 60_000:
        now += dice.expovariate(load.rate)
        freed(now)
        at += 1
        if free:
            free -= 1
            serve(now, now)
        else:
            assert load.patience_s is not None
            line.append((now, now + dice.expovariate(1 / load.patience_s)))
    left += line  # the last few: too few to matter
    # In the order of coming: somebody behind may have left sooner, which `line` finds later.
    gave_up = len(left)
    gave_up_soon = sum(gone - came < short_s for came, gone in left)
    level = in_time / (at - gave_up_soon)
    return level, gave_up / at, waited / served, work / (now * seats)


@pytest.mark.parametrize(
    ("offered", "patience", "seats"), [(10, 90, 11), (10, 60, 8), (40, 120, 44), (3, 30, 5)]
)
def test_erlang_a_is_what_a_simulation_gives(offered: int, patience: float, seats: int) -> None:
    load = Load(offered / 180, 180, patience)
    what = expected(load, seats, level_s=20, short_s=5)
    level, abandoned, asa, occupancy = played(load, seats, 20, 5, seed=20261130)
    # 60,000 callers: shares within 0.015, mean waits within 12 % or 0.4 s.
    assert what.level == pytest.approx(level, abs=0.015)
    assert what.abandoned == pytest.approx(abandoned, abs=0.015)
    assert what.asa_s == pytest.approx(asa, rel=0.12, abs=0.4)
    assert what.occupancy == pytest.approx(occupancy, abs=0.015)


def test_waiting_for_ever_is_worse_than_erlang_c_can_say() -> None:
    assert erlang_c(10, 10) == 1.0
    what = expected(Load(1.0, 60), 50, level_s=20)
    assert what.level == 0.0
    assert what.asa_s == math.inf
