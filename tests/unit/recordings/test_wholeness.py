"""What is cut is found, a hold is no silence, and an outline shows what is there."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recordings.engine.back_off import LONGEST_S, wait_s
from apps.recordings.engine.outline import MOST_POINTS, Outline
from apps.recordings.engine.sound import Meter
from apps.recordings.engine.wholeness import is_shorter, within, written_holds

SPANS = st.lists(st.tuples(st.integers(-100, 200), st.integers(-100, 200)), max_size=8)


def hum(seconds: float, level: int) -> np.ndarray:
    at = np.arange(int(seconds * 8000))
    return (level * np.sin(2 * np.pi * 300 * at / 8000)).astype("<i2")


def both(agent: np.ndarray, other: np.ndarray) -> bytes:
    return np.stack([agent, other], axis=1).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("duration_s", "expected_s", "held_s", "is_cut"),
    [
        (60, 60, 0, False),
        (56, 60, 0, False),
        (50, 60, 0, True),
        (50, 60, 10, False),
        (100, 110, 0, False),
        (90, 110, 0, True),
        (0, 4, 0, False),
        (70, 60, 0, False),
    ],
)
def test_a_recording_much_shorter_than_its_talk_is_cut(
    duration_s: int, expected_s: int, held_s: int, is_cut: bool
) -> None:
    found = is_shorter(
        duration_ms=duration_s * 1000, expected_ms=expected_s * 1000, held_ms=held_s * 1000
    )
    assert found == is_cut


@given(SPANS)
def test_spans_within_are_in_order_apart_and_cover_the_same(spans: list[tuple[int, int]]) -> None:
    found = within(spans, 100)
    covered = {at for begin, end in spans for at in range(max(0, begin), min(100, end))}
    assert {at for begin, end in found for at in range(begin, end)} == covered
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


def test_holds_are_in_the_file_only_when_it_is_long_enough() -> None:
    holds = [(1000, 11_000)]
    assert written_holds(holds, duration_ms=60_000, expected_ms=60_000) == holds
    assert written_holds(holds, duration_ms=57_000, expected_ms=60_000) == holds
    assert written_holds(holds, duration_ms=50_000, expected_ms=60_000) == []


def test_a_hold_is_no_silence() -> None:
    meter = Meter()
    talk, quiet = hum(10, 6000), np.zeros(80_000, dtype="<i2")
    meter.take(both(np.concatenate([talk, quiet, quiet]), np.concatenate([quiet, quiet, talk])))
    plain = meter.sound()
    assert (plain.silence_ms, plain.duration_ms) == (10_000, 30_000)
    without = meter.sound(without=[(10_000, 20_000)])
    assert (without.silence_ms, without.longest_silence_ms) == (0, 0)
    assert without.duration_ms == 20_000
    assert without.agent.talk_ms == plain.agent.talk_ms == 10_000


@given(st.lists(st.integers(0, 4000), max_size=12), st.integers(0, 20_000))
def test_outline_has_as_many_points_for_both_and_the_loudest_of_all(
    cuts: list[int], frames: int
) -> None:
    values = (np.arange(frames * 2, dtype=np.int64) * 37 % 3001 - 1500).astype("<i2")
    data, outline, at = values.tobytes(), Outline(), 0
    for cut in cuts:
        outline.take(data[at : at + cut * 4])
        at = min(len(data), at + cut * 4)
    outline.take(data[at:])
    agent, other = outline.points()
    assert len(agent) == len(other) <= MOST_POINTS
    assert outline.duration_ms == frames * 1000 // 8000
    if frames:
        loudest = int(np.abs(values.astype(int)).max())
        assert max(*agent, *other) == -(-loudest * 255 // 32768)


def test_an_outline_of_an_hour_is_some_kilobytes_and_knows_the_loudest_sample() -> None:
    outline = Outline()
    minute = both(np.full(480_000, -32768, dtype="<i2"), np.zeros(480_000, dtype="<i2"))
    for _ in range(60):
        outline.take(minute)
    agent, other = outline.points()
    assert (len(agent), set(agent), set(other)) == (MOST_POINTS, {255}, {0})


def test_tries_are_further_and_further_apart_to_an_hour() -> None:
    waits = [wait_s(tries) for tries in range(1, 12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1], wait_s(32_000)) == (30, LONGEST_S, LONGEST_S)
