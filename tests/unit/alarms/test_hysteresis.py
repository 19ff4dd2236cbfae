"""When an alarm is raised and ends, whatever values and clocks do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.alarms.engine.hysteresis import (
    BLIND_AFTER,
    CLEAR,
    CLEARING,
    QUIET,
    RAISE,
    RAISED,
    RISING,
    Limits,
    Watch,
    silenced,
    step,
)

START = datetime(2026, 11, 30, 9, tzinfo=UTC)
LIMITS = Limits(raise_at=10, clear_at=5, raise_after_s=15, clear_after_s=30)

values = st.one_of(st.none(), st.floats(min_value=0, max_value=20))
# Seconds between two looks; some go back, some are long.
gaps = st.one_of(st.floats(1, 10), st.floats(-100, 0), st.floats(61, 100_000))
limits = st.builds(
    lambda low, more, up, down, is_rising: Limits(
        raise_at=low + more if is_rising else low,
        clear_at=low if is_rising else low + more,
        raise_after_s=up,
        clear_after_s=down,
        is_rising=is_rising,
    ),
    st.floats(0, 10),
    st.floats(0.1, 5),
    st.sampled_from((0, 5, 15)),
    st.sampled_from((0, 5, 30)),
    st.booleans(),
)


def play(
    rule: Limits, looks: list[tuple[float | None, float]], watch: Watch | None = None
) -> tuple[Watch, list[str]]:
    """Look at each value so many seconds after the one before; return what happened."""
    now, watch, events = START, watch or Watch(), []
    for value, gap_s in looks:
        now += timedelta(seconds=gap_s)
        watch, event = step(watch, value, now, rule)
        events += [event] if event else []
    return watch, events


@given(rule=limits, looks=st.lists(st.tuples(values, gaps), max_size=60))
def test_raised_and_over_take_turns(rule: Limits, looks: list[tuple[float | None, float]]) -> None:
    watch, events = play(rule, looks)
    assert events == [RAISE, CLEAR] * (len(events) // 2) + [RAISE] * (len(events) % 2)
    assert watch.is_raised == (len(events) % 2 == 1)


@given(
    rule=limits,
    looks=st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(1, 10)), min_size=1, max_size=60),
    phase=st.sampled_from((QUIET, RISING, RAISED, CLEARING)),
)
def test_between_the_thresholds_nothing_happens(
    rule: Limits, looks: list[tuple[float, float]], phase: str
) -> None:
    low, high = sorted((rule.raise_at, rule.clear_at))
    inside = [(low + (high - low) * share, gap) for share, gap in looks]
    inside = [(value, gap) for value, gap in inside if low < value < high]
    watch = Watch(phase, START, START)
    after, events = play(rule, inside, watch)
    assert events == []
    assert after.is_raised == watch.is_raised


@given(rule=limits, looks=st.lists(st.tuples(values, gaps), max_size=40))
def test_the_same_look_twice_is_one(rule: Limits, looks: list[tuple[float | None, float]]) -> None:
    once = play(rule, looks)
    twice = play(rule, [look for value, gap in looks for look in ((value, gap), (value, 0.0))])
    assert twice[1] == once[1]
    assert twice[0].is_raised == once[0].is_raised


@given(rule=limits, looks=st.lists(st.tuples(values, st.floats(1, 10)), max_size=60))
def test_nothing_begins_or_ends_before_its_time(
    rule: Limits, looks: list[tuple[float | None, float]]
) -> None:
    now, watch = START, Watch()
    since: datetime | None = None
    for value, gap_s in looks:
        now += timedelta(seconds=gap_s)
        wanted = rule.is_good(value) if watch.is_raised else rule.is_bad(value)
        since = (since or now) if wanted else None
        after_s = rule.clear_after_s if watch.is_raised else rule.raise_after_s
        watch, event = step(watch, value, now, rule)
        is_due = since is not None and (now - since).total_seconds() >= after_s
        assert (event is not None) == is_due
        since = None if event else since


@given(value=st.floats(10, 20), jump_s=st.one_of(st.floats(-90_000, -1), st.floats(61, 90_000)))
def test_a_clock_that_jumps_waits_anew(value: float, jump_s: float) -> None:
    watch, events = play(LIMITS, [(value, 1), (value, 10), (value, jump_s)])
    assert (watch.phase, events) == (RISING, [])
    _watch, events = play(LIMITS, [(value, 1), (value, jump_s), (value, 8), (value, 8)])
    assert events == [RAISE]


def test_a_long_time_in_which_nobody_looked_ends_nothing() -> None:
    raised = Watch(CLEARING, START, START)
    watch, event = step(raised, 1, START + BLIND_AFTER + timedelta(seconds=1), LIMITS)
    assert (watch.phase, event) == (CLEARING, None)


@pytest.mark.parametrize(("is_over", "event"), [(True, CLEAR), (False, None)])
def test_no_value_never_raises_and_ends_as_the_figure_says(
    is_over: bool, event: str | None
) -> None:
    rule = replace(LIMITS, raise_after_s=0, clear_after_s=0, is_over_without_value=is_over)
    assert step(Watch(), None, START, rule)[1] is None
    assert step(Watch(RAISED, START, START), None, START, rule)[1] == event


def test_outside_its_hours_an_alarm_ends_and_none_begins() -> None:
    watch, event = silenced(Watch(RAISED, START, START), START + timedelta(hours=9))
    assert (watch.phase, event) == (QUIET, CLEAR)
    assert silenced(Watch(RISING, START, START), START)[1] is None
