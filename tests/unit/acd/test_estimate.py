"""The expected wait against waits that really came, in simulated queues, and against app_queue's.

The bounds are what the estimate does, with a little room; the simulations are seeded. A queue's
waits vary by themselves: with everything known, the wait at place k of c agents with exponential
talks of mean h still has the standard deviation h·√k / c.
"""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.estimate import (
    HANDLE_S,
    WINDOW,
    Pace,
    Staff,
    Stay,
    expected_wait_s,
    pace_of,
)
from apps.acd.engine.pace import Paces
from tests.unit.acd.floors import NOW
from tests.unit.acd.queue_simulation import Phase, Queue, Told, errors

TALK = 180.0
HOUR = 3600.0


def load(hours: float, load: float, agents: int, talk_s: float = TALK) -> Phase:
    """Return a phase with this load on each agent."""
    return Phase(hours * HOUR, agents * load / talk_s, agents, talk_s)


# Name: phases, patience, and bounds in parts of the mean wait: median absolute error, bias.
CASES = {
    "M/M/5 at 95 %": ([load(8, 0.95, 5)], None, 0.22, 0.15),
    "M/M/40 at 98 %": ([load(8, 0.98, 40)], None, 0.12, 0.08),
    "overload with hang-ups": ([load(8, 1.2, 10)], 300.0, 0.32, 0.12),
    "a rush": ([load(2, 0.9, 10), load(1, 1.5, 10), load(3, 0.8, 10)], 600.0, 0.16, 0.08),
    "half of the agents go": ([load(1, 1.1, 10), load(0.5, 2.2, 5), load(2, 1, 12)], 600, 0.2, 0.1),
    "talks get longer": ([load(2, 0.95, 10), load(2, 1.2, 10, 1.5 * TALK)], 600.0, 0.16, 0.08),
}


def after(seconds: float) -> datetime:
    """Return the time this long after NOW."""
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("case", CASES)
def test_the_error_is_small_and_smaller_than_that_of_app_queue(case: str) -> None:
    phases, patience_s, most_error, most_bias = CASES[case]
    told: list[Told] = []
    for seed in range(6):
        told += Queue(phases, patience_s, Random(seed)).run()
    ours = errors(told, lambda one: one.ours)
    assert ours.n > 500
    said = f"{case}: {ours}"
    assert ours.median_s <= most_error * ours.mean_wait_s, said
    assert abs(ours.bias_s) <= most_bias * ours.mean_wait_s, said
    as_asterisk_says = errors(told, lambda one: one.asterisk)
    by_place = errors(told, lambda one: one.asterisk_by_place)
    assert ours.median_s < 0.9 * as_asterisk_says.median_s, f"{said}, app_queue {as_asterisk_says}"
    assert ours.median_s < 0.5 * by_place.median_s, f"{said}, by place {by_place}"


PACES = st.builds(
    Pace,
    answered=st.integers(0, 1000),
    agent_s=st.floats(0, 1e6),
    gave_up=st.integers(0, 1000),
    waited_s=st.floats(0, 1e6),
    handle_s=st.none() | st.floats(0.1, 7200),
)


@given(st.integers(1, 500), PACES, st.integers(-3, 0))
def test_without_agents_nobody_knows(place: int, pace: Pace, serving: int) -> None:
    assert expected_wait_s(place, pace, Staff(serving)) is None


@given(st.integers(1, 500), PACES, st.integers(1, 100))
def test_who_is_behind_waits_longer_and_more_agents_shorten_it(
    place: int, pace: Pace, serving: int
) -> None:
    here = expected_wait_s(place, pace, Staff(serving))
    behind = expected_wait_s(place + 1, pace, Staff(serving))
    helped = expected_wait_s(place, pace, Staff(serving + 1))
    assert here is not None
    assert behind is not None
    assert helped is not None
    assert 0 < here <= behind
    assert helped <= here


@given(PACES, st.integers(1, 50))
def test_who_finds_an_idle_agent_waits_for_nobody(pace: Pace, idle: int) -> None:
    assert expected_wait_s(idle, pace, Staff(50, idle)) == 0
    assert expected_wait_s(idle + 1, pace, Staff(50, idle)) == expected_wait_s(1, pace, Staff(50))


def test_without_data_the_agents_and_the_usual_talk_decide() -> None:
    assert expected_wait_s(3, Pace(), Staff(6)) == pytest.approx(3 * HANDLE_S / 6)
    assert expected_wait_s(3, Pace(handle_s=60), Staff(6)) == pytest.approx(30)


def test_with_much_data_what_was_seen_decides() -> None:
    """Agents who also serve other queues take fewer of this one's callers."""
    pace = Pace(answered=2000, agent_s=2000 * 600.0, handle_s=60)
    assert expected_wait_s(1, pace, Staff(10)) == pytest.approx(60, rel=0.02)


def test_rows_and_events_tell_the_same_pace() -> None:
    """One waits from 0 to 100 and is answered, one gives up, one is served at once."""
    stays = [
        Stay(after(0), after(95), after(100), "answered"),
        Stay(after(50), None, after(130), "abandoned"),
        Stay(after(200), after(200), after(204), "answered"),
    ]
    paces = Paces()
    paces.busy("q", True, 3, after(0))
    paces.answered("q", 100, True, after(100))
    paces.busy("q", False, 3, after(130))
    paces.gave_up("q", 80, after(130))
    paces.answered("q", 4, False, after(204))
    assert pace_of(stays, 3, after(300)) == paces.pace("q", after(300))
    assert paces.pace("q", after(300)) == Pace(1, 130 * 3.0, 1, 184.0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    stays = [Stay(after(0), after(60), after(60), "answered")]
    late = after(60) + WINDOW + timedelta(seconds=1)
    assert pace_of(stays, 3, late) == Pace()
    paces = Paces()
    paces.busy("q", True, 3, after(0))
    paces.busy("q", False, 3, after(60))
    paces.answered("q", 60, True, after(60))
    assert paces.pace("q", late) == Pace()


def test_who_waits_now_makes_the_queue_busy() -> None:
    assert pace_of([Stay(after(0))], 2, after(30)) == Pace(0, 60.0, 0, 30.0)
    paces = Paces()
    paces.busy("q", True, 2, after(0))
    assert paces.pace("q", after(30)).agent_s == 60
