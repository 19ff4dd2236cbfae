"""What nobody recorded: patience from censored waits, talks and rings from those that were."""

from math import exp
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.what_if_day import Arrival, Try
from apps.acd.engine.what_if_draws import Draws, Patience, patience_of
from apps.calls.engine.figures import ABANDONED, ANSWERED


def test_the_curve_is_the_one_of_the_textbook() -> None:
    # Kaplan-Meier by hand: 5 there, one gone at 10; of 3 at 30 one gone; the last gone at 50.
    found = patience_of([(10, True), (20, False), (30, True), (40, False), (50, True)])
    assert found.times == (10, 30, 50)
    assert found.alive == pytest.approx((4 / 5, 4 / 5 * 2 / 3, 0))
    assert found.mean_ms == pytest.approx(150 / 3)


def test_nobody_hung_up_so_nobody_will() -> None:
    assert patience_of([(10, False), (90_000, False)]).draw(10, 0.5) is None
    assert patience_of([]).draw(0, 0.0) is None


def test_an_exponential_patience_is_found_behind_the_answers() -> None:
    draw = Random(7)
    waits = []
    for _caller in range(20_000):
        patience, answer = draw.expovariate(1 / 60_000), draw.expovariate(1 / 20_000)
        waits.append((int(min(patience, answer)), patience < answer))
    found = patience_of(waits)
    assert found.mean_ms == pytest.approx(60_000, rel=0.03)
    for after_ms in (10_000, 30_000, 60_000):
        assert found.left(after_ms) == pytest.approx(exp(-after_ms / 60_000), abs=0.02)


def test_a_draw_has_the_curve_given_what_was_waited_already() -> None:
    found = patience_of([(wait, True) for wait in range(1_000, 101_000, 1_000)])
    draws = [found.draw(40_000, (number + 0.5) / 600) for number in range(600)]
    assert all(one is not None and one > 40_000 for one in draws)
    assert mean(one for one in draws if one is not None) == pytest.approx(70_500, rel=0.01)


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.booleans())),
    st.integers(0, 20_000),
    st.floats(0, 1, exclude_max=True),
)
def test_a_draw_is_always_longer_than_the_wait(
    waits: list[tuple[int, bool]], over_ms: int, chance: float
) -> None:
    drawn = patience_of(waits).draw(over_ms, chance)
    assert (drawn is None) == (not any(is_end for _wait, is_end in waits))
    assert drawn is None or drawn > over_ms


def test_beyond_the_last_hang_up_there_is_a_tail() -> None:
    found = Patience(times=(1_000,), alive=(0.5,), mean_ms=2_000)
    assert found.left(3_000) == pytest.approx(0.5 * exp(-1))
    assert found.draw(1_000, 1 - exp(-1)) == pytest.approx(3_000, abs=2)


def _call(number: int, queue: str, **more: object) -> Arrival:
    return Arrival(f"c{queue}{number}", queue, number, **more)  # type: ignore[arg-type]  # as named


def test_a_queue_with_few_hang_ups_takes_everybodys_patience() -> None:
    many = [_call(n, "7001", how=ABANDONED, waited_ms=1_000 * (n + 1)) for n in range(30)]
    few = [_call(n, "7002", how=ABANDONED, waited_ms=90_000) for n in range(3)]
    draws = Draws([*many, *few])
    assert draws.patience("7001").times[-1] == 30_000
    assert draws.patience("7002").times[-1] == 90_000
    assert draws.patience("7002").times[0] == 1_000


def test_talks_and_rings_are_those_of_the_queue_and_the_agent() -> None:
    quick = tuple(Try("a1", 1_000, is_answered=True) for _ in range(12))
    misses = tuple(Try("a2") for _ in range(12))
    calls = [
        _call(n, "7001", how=ANSWERED, talk_ms=5_000, tries=quick if n == 0 else ())
        for n in range(25)
    ]
    calls.append(_call(99, "7002", how=ANSWERED, talk_ms=900_000, tries=misses))
    draws, rng = Draws(calls), Random(1)
    assert draws.talk_ms("7001", rng) == 5_000
    assert {draws.talk_ms("7002", rng) for _ in range(300)} == {5_000, 900_000}
    assert draws.ring("a1", rng) == (1_000, True)
    assert draws.ring("a2", rng) == (None, False)
    # Nobody knows a3: half of all rings were missed.
    assert {draws.ring("a3", rng) for _ in range(50)} == {(1_000, True), (None, False)}
