"""Recordings are measured as they were made: synthetic dialogues whose answers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from apps.recordings.engine.sound import FRAME_MS, RATE, Sound, measure

Said = list[tuple[int, int]]
# The hangover and the frames' edges.
NEAR_MS = 60


def speech(ms: int, *, amplitude: float = 6000.0, syllables_per_s: float = 4.0) -> NDArray[float]:
    """Give a hum whose loudness rises and falls as often as syllables do, never to nothing."""
    at = np.arange(ms * RATE // 1000) / RATE
    envelope = 0.55 - 0.45 * np.cos(2 * np.pi * syllables_per_s * at)
    return amplitude * envelope * np.sin(2 * np.pi * 220 * at)


def channel(total_ms: int, said: Said, *, noise: float = 12.0, **how: float) -> NDArray[float]:
    samples = np.random.default_rng(7).normal(0, noise, total_ms * RATE // 1000)
    for begin, end in said:
        talk = speech(end - begin, **how)
        samples[begin * RATE // 1000 :][: len(talk)] += talk
    return samples


def recorded(agent: NDArray[float], other: NDArray[float]) -> bytes:
    both = np.stack([agent, other], axis=1)
    return np.clip(both, -32768, 32767).astype("<i2").tobytes()


def measured(total_ms: int, agent: Said, other: Said, **how: float) -> Sound:
    data = recorded(channel(total_ms, agent, **how), channel(total_ms, other, **how))
    return measure([data])


def test_a_dialogue_is_measured() -> None:
    # Agent 2 + 4 s, caller 3 s, of which one second at once; silence before, between and after.
    found = measured(14_000, [(1000, 3000), (6000, 10_000)], [(4000, 7000)])
    assert found.duration_ms == 14_000
    assert found.agent.talk_ms == pytest.approx(6000, abs=2 * NEAR_MS)
    assert found.other.talk_ms == pytest.approx(3000, abs=NEAR_MS)
    assert found.crosstalk_ms == pytest.approx(1000, abs=2 * NEAR_MS)
    assert found.silence_ms == pytest.approx(6000, abs=3 * NEAR_MS)
    assert found.longest_silence_ms == pytest.approx(4000, abs=NEAR_MS)
    assert found.agent.longest_talk_ms == pytest.approx(4000, abs=NEAR_MS)
    assert found.turns == 2
    assert found.agent_share == pytest.approx(2 / 3, abs=0.02)


def test_pauses_for_breath_belong_to_a_monologue_and_an_interruption_ends_it() -> None:
    alone = measured(12_000, [(1000, 4000), (5000, 9000)], [])
    assert alone.agent.longest_talk_ms == pytest.approx(8000, abs=NEAR_MS)
    assert alone.agent.talk_ms == pytest.approx(7000, abs=2 * NEAR_MS)
    interrupted = measured(12_000, [(1000, 4000), (5000, 9000)], [(4200, 4800)])
    assert interrupted.agent.longest_talk_ms == pytest.approx(4000, abs=NEAR_MS)


@pytest.mark.parametrize("rate", [3.0, 4.5, 6.0])
def test_speed_of_talk_follows_the_syllables(rate: float) -> None:
    found = measured(11_000, [(500, 10_500)], [], syllables_per_s=rate)
    assert found.agent.syllables_per_s == pytest.approx(rate, rel=0.1)
    assert found.other.syllables_per_s is None


def test_level_and_clipping_of_each_side() -> None:
    # A full sine is 3 dB below its peak, this envelope some 4 dB more.
    quiet, loud = measured(4000, [(500, 3500)], []), measured(4000, [], [(500, 3500)])
    assert quiet.agent.level_db == pytest.approx(loud.other.level_db or 0, abs=0.2)
    assert quiet.agent.clipped_share == 0.0
    shouting = measured(4000, [(500, 3500)], [], amplitude=90_000.0)
    assert shouting.agent.clipped_share > 0.2
    assert (shouting.agent.level_db or -99) > (quiet.agent.level_db or 0) + 6


def test_who_talks_all_the_time_talks_and_noise_alone_does_not() -> None:
    whole = measured(6000, [(0, 6000)], [])
    assert whole.agent.talk_ms == pytest.approx(6000, abs=2 * NEAR_MS)
    assert whole.longest_silence_ms <= NEAR_MS
    noisy = measured(6000, [], [], noise=60.0)
    assert (noisy.agent.talk_ms, noisy.other.talk_ms) == (0, 0)
    assert (noisy.silence_ms, noisy.agent.level_db, noisy.agent_share) == (6000, None, None)


def test_a_click_is_no_talk() -> None:
    samples = channel(3000, [])
    samples[8000:8080] += 20_000
    assert measure([recorded(samples, channel(3000, []))]).agent.talk_ms == 0


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0", b"\0\0\0\0" * 100])
def test_an_empty_recording_is_measured_as_nothing(data: bytes) -> None:
    found = measure([data])
    assert (found.duration_ms, found.silence_ms, found.turns) == (0, 0, 0)
    assert (found.agent.level_db, found.agent_share) == (None, None)


def test_pieces_of_any_size_are_the_whole() -> None:
    data = recorded(channel(5000, [(500, 2500)]), channel(5000, [(2000, 4000)]))
    pieces = [data[at : at + 4 * 333] for at in range(0, len(data), 4 * 333)]
    assert measure(pieces) == measure([data])


@st.composite
def talks(draw: st.DrawFn) -> Said:
    found, at = [], draw(st.integers(0, 1500))
    for _ in range(draw(st.integers(0, 4))):
        length = draw(st.integers(300, 2000))
        found.append((at, at + length))
        at += length + draw(st.integers(700, 2500))
    return found


@settings(max_examples=60, deadline=None)
@given(talks(), talks())
def test_times_always_add_up(agent: Said, other: Said) -> None:
    total = 20_000
    found = measure([recorded(channel(total, agent), channel(total, other))])
    both = found.agent.talk_ms + found.other.talk_ms - found.crosstalk_ms
    assert found.silence_ms + both == found.duration_ms
    assert found.longest_silence_ms <= found.silence_ms
    assert found.crosstalk_ms <= min(found.agent.talk_ms, found.other.talk_ms)
    assert found.duration_ms == total
    said = sum(end - begin for begin, end in agent)
    assert found.agent.talk_ms == pytest.approx(said, abs=(NEAR_MS + FRAME_MS) * len(agent) + 1)
