"""Erlang B, C and A against exact fractions, the literature and each other."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.erlang import agents_needed, erlang_b, erlang_c, impatient, patient

LOADS = st.floats(0.01, 200)
AGENTS = st.integers(1, 250)


def exact_b(agents: int, load: Fraction) -> Fraction:
    """Return Erlang B from its definition, with factorials, in fractions."""
    terms = [load**n / math.factorial(n) for n in range(agents + 1)]
    return terms[-1] / sum(terms)


@pytest.mark.parametrize(("agents", "load"), [(1, "0.5"), (10, "5"), (40, "33.3"), (100, "84")])
def test_erlang_b_and_c_are_their_definitions(agents: int, load: str) -> None:
    b = exact_b(agents, Fraction(load))
    c = agents * b / (agents - Fraction(load) * (1 - b))
    assert erlang_b(agents, float(load)) == pytest.approx(float(b), abs=1e-12)
    assert erlang_c(agents, float(load)) == pytest.approx(float(c), abs=1e-12)


def test_known_table_values() -> None:
    """Erlang's tables: B(10, 5) = 0.018385, C(10, 8) = 0.409180, B(2, 1) = 1/5, C(2, 1) = 1/3."""
    assert erlang_b(10, 5) == pytest.approx(0.018384570, abs=1e-6)
    assert erlang_c(10, 8) == pytest.approx(0.409180151, abs=1e-6)
    assert erlang_b(2, 1) == pytest.approx(1 / 5, abs=1e-15)
    assert erlang_c(2, 1) == pytest.approx(1 / 3, abs=1e-15)


def test_the_published_example_with_and_without_impatience() -> None:
    """Garnett, Mandelbaum, Reiman (2002), table 1: 48 calls/min of 1 min, 50 agents.

    Without hang-ups a mean wait of 20.8 s and 96 % occupancy; with a patience of 2 min 3.1 % hang
    up, 3.7 s, 93 %.
    """
    for_ever, real = patient(50, 48, 60, 20), impatient(50, 48, 60, 20, 120)
    assert for_ever.asa_s == pytest.approx(20.8, abs=0.05)
    assert for_ever.occupancy == pytest.approx(0.96, abs=0.005)
    assert real.abandons == pytest.approx(0.031, abs=0.0005)
    assert real.asa_s == pytest.approx(3.7, abs=0.05)
    assert real.occupancy == pytest.approx(0.93, abs=0.005)


def chain(agents: int, load: float, theta: float) -> tuple[float, float]:
    """Return (share that waits, share that hangs up) from the birth-death chain, state by state."""
    weights = [Fraction(1)]
    for state in range(1, agents + 400):
        served = min(state, agents) + Fraction(theta) * max(0, state - agents)
        weights.append(weights[-1] * Fraction(load) / served)
    whole = sum(weights)
    waiting = sum(weights[agents:]) / whole
    left = sum(
        (Fraction(theta) * (state - agents) * weight)
        for state, weight in enumerate(weights)
        if state > agents
    )
    return float(waiting), float(left / whole / Fraction(load))


@pytest.mark.parametrize(
    ("agents", "load", "theta"), [(1, 0.5, 1.0), (5, 8.0, 0.5), (50, 48.0, 0.5), (20, 15.0, 3.0)]
)
def test_erlang_a_is_its_chain(agents: int, load: float, theta: float) -> None:
    waits, hangs_up = chain(agents, load, theta)
    found = impatient(agents, load, 1.0, 0.0, 1 / theta)
    assert found.waits == pytest.approx(waits, abs=1e-9)
    assert found.abandons == pytest.approx(hangs_up, abs=1e-9)


@given(AGENTS, LOADS, st.floats(5, 2_000))
def test_within_no_time_are_those_who_need_not_wait(
    agents: int, load: float, patience_s: float
) -> None:
    found = impatient(agents, load, 180, 0, patience_s)
    assert found.in_time == pytest.approx(1 - found.waits, abs=1e-7)


@given(AGENTS, LOADS, st.floats(0, 300), st.floats(5, 2_000))
def test_shares_are_shares_and_more_agents_never_harm(
    agents: int, load: float, level_s: float, patience_s: float
) -> None:
    few = impatient(agents, load, 180, level_s, patience_s)
    more = impatient(agents + 1, load, 180, level_s, patience_s)
    for forecast in (few, more):
        for share in (forecast.waits, forecast.abandons, forecast.in_time, forecast.occupancy):
            assert -1e-9 <= share <= 1 + 1e-9
        assert forecast.in_time + forecast.abandons <= 1 + 1e-7
    assert more.in_time >= few.in_time - 1e-7
    assert more.abandons <= few.abandons + 1e-7


@given(st.integers(2, 200), st.floats(0.1, 0.95), st.floats(0, 120))
def test_endless_patience_is_erlang_c(agents: int, occupancy: float, level_s: float) -> None:
    load = agents * occupancy
    real = impatient(agents, load, 180, level_s, 1e10)
    for_ever = patient(agents, load, 180, level_s)
    assert real.waits == pytest.approx(for_ever.waits, abs=1e-4)
    assert real.in_time == pytest.approx(for_ever.in_time, abs=1e-4)


@pytest.mark.parametrize("agents", [1, 9_000, 10_000, 10_050, 12_000])
def test_a_load_of_ten_thousand_stays_finite(agents: int) -> None:
    found = impatient(agents, 10_000, 180, 20, 60)
    for value in (found.waits, found.abandons, found.in_time, found.asa_s, found.occupancy):
        assert value is not None
        assert math.isfinite(value)
    # Who cannot be served hangs up.
    assert found.abandons >= 1 - agents / 10_000 - 1e-9
    assert math.isfinite(patient(agents, 10_000, 180, 20).waits)


def test_too_much_load_without_hang_ups_has_no_mean_wait() -> None:
    found = patient(10, 10, 180, 20)
    assert (found.waits, found.in_time, found.asa_s) == (1.0, 0.0, None)


def test_no_load_waits_for_nobody() -> None:
    assert impatient(3, 0, 180, 20, 60).in_time == 1.0
    assert patient(3, 0, 180, 20).in_time == 1.0


@given(LOADS)
def test_agents_needed_is_the_fewest(load: float) -> None:
    def is_enough(agents: int) -> bool:
        return patient(max(agents, 1), load, 180, 20).in_time >= 0.8

    found = agents_needed(load, is_enough)
    assert is_enough(found)
    assert found == 1 or not is_enough(found - 1)


def test_what_no_number_of_agents_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough"):
        agents_needed(5, lambda agents: False, most=50)


@pytest.mark.parametrize(
    ("agents", "load", "handling_s", "level_s", "patience_s"),
    [(0, 1, 1, 1, 1), (1, -1, 1, 1, 1), (1, math.nan, 1, 1, 1), (1, 1, 0, 1, 1), (1, 1, 1, -1, 1),
     (1, 1, 1, 1, 0), (1, math.inf, 1, 1, 1)],
)  # fmt: skip
def test_what_means_nothing_is_refused(
    agents: int, load: float, handling_s: float, level_s: float, patience_s: float
) -> None:
    with pytest.raises(ValueError, match=r"must be|needs"):
        impatient(agents, load, handling_s, level_s, patience_s)
