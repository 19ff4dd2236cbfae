"""What a recording sounds like, measured: who talks how long, silence, both at once, level. Pure.

A recording is two channels of signed 16 bit samples at 8 kHz: left what the agent said, right what
he heard. It is cut into frames of 20 ms, each frame's level is taken, and a side talks where its
level lies clearly above its own background noise. Speech detection by energy with a hangover is
old and simple; it knows nothing of words, so music and noise that come and go count as talk. Of a
hold nobody can tell from the sound: who knows when there was one takes it out (`without`).
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
FULL_SCALE = 32768.0
# A sample this near to the end of the scale was cut off.
CLIPPED = 32700
# dB below full scale: a silent channel; what is never speech, however quiet the background.
SILENT_DB, FAINTEST_DB = -90.0, -50.0
# Speech lies this far above the background, which is the level below which a tenth of the time is.
ABOVE_NOISE_DB, NOISE_SHARE, LOUDEST_NOISE_DB = 9.0, 10, -35.0
# Pauses between words belong to the talk; clicks do not.
LONGEST_PAUSE_MS, SHORTEST_TALK_MS = 300, 80
# A side's talk goes on over a pause for breath, as long as the other says nothing.
BREATH_MS = 2000
# A syllable rises this far out of the dip before it.
SYLLABLE_DB = 3.0

Samples = NDArray[np.int16]
Decibels = NDArray[np.float32]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """One side of a talk. Shares are 0 to 1, `level_db` dB of full scale while he talks or None.

    `syllables_per_s` is a proxy for the speed of talk: rises of loudness per second of talk.
    """

    talk_ms: int
    longest_talk_ms: int
    level_db: float | None
    clipped_share: float
    syllables_per_s: float | None


@dataclass(frozen=True)
class Sound:
    """A recording's sound; all times in milliseconds.

    `silence_ms` + `agent.talk_ms` + `other.talk_ms` - `crosstalk_ms` = `duration_ms`.
    """

    duration_ms: int
    silence_ms: int
    longest_silence_ms: int
    crosstalk_ms: int
    turns: int
    agent: Side
    other: Side

    @property
    def agent_share(self) -> float | None:
        """Return the agent's part of all talk, None when nobody talked."""
        both = self.agent.talk_ms + self.other.talk_ms
        return self.agent.talk_ms / both if both else None


class Meter:
    """Takes a recording piece by piece and keeps 8 bytes a frame: an hour is 1.4 MB."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros((0, 2), dtype=np.int16)
        self._levels: list[NDArray[np.float32]] = []
        self._clipped: list[NDArray[np.float32]] = []

    def take(self, piece: bytes) -> None:
        """Take interleaved samples of both channels: whole frames of 4 bytes."""
        samples = np.frombuffer(piece, dtype="<i2").reshape(-1, 2)
        samples = np.concatenate([self._rest, samples])
        count = len(samples) // FRAME
        self._rest = samples[count * FRAME :]
        if count:
            frames = samples[: count * FRAME].reshape(count, FRAME, 2).astype(np.float32)
            power = np.mean(np.square(frames / FULL_SCALE), axis=1)
            floor = 10 ** (SILENT_DB / 10)
            self._levels.append((10 * np.log10(np.maximum(power, floor))).astype(np.float32))
            self._clipped.append(np.mean(np.abs(frames) >= CLIPPED, axis=1, dtype=np.float32))

    def sound(self, *, without: Iterable[tuple[int, int]] = ()) -> Sound:
        """Return what was measured, but for spans (begin, end) in ms: times of hold.

        `duration_ms` of the result is without them too.
        """
        if not self._levels:
            empty = np.zeros((0, 2), dtype=np.float32)
            return _sound(empty, empty)
        levels, clipped = np.concatenate(self._levels), np.concatenate(self._clipped)
        stays = np.ones(len(levels), dtype=np.bool_)
        for begin, end in without:
            stays[-(-begin // FRAME_MS) : end // FRAME_MS] = False
        return _sound(levels[stays], clipped[stays])


def talking(levels: Decibels) -> Marks:
    """Say for each frame of one side whether it talks."""
    if not len(levels):
        return np.zeros(0, dtype=np.bool_)
    noise = float(np.percentile(levels, NOISE_SHARE))
    # Who talks all the time has no background below him: then it is bounded.
    least = max(min(noise, LOUDEST_NOISE_DB) + ABOVE_NOISE_DB, FAINTEST_DB)
    loud = levels >= least
    loud = _without_short(loud, False, LONGEST_PAUSE_MS // FRAME_MS)
    return _without_short(loud, True, -(-SHORTEST_TALK_MS // FRAME_MS))


def _runs(marks: Marks) -> list[tuple[int, int, bool]]:
    """Return (begin, end, value) of every run of equal marks, in order."""
    if not len(marks):
        return []
    edges = [0, *(np.flatnonzero(np.diff(marks)) + 1).tolist(), len(marks)]
    return [(begin, end, bool(marks[begin])) for begin, end in itertools.pairwise(edges)]


def _without_short(marks: Marks, value: bool, least: int) -> Marks:
    """Turn runs of `value` over that are shorter than `least` frames; a pause at an end stays."""
    found = marks.copy()
    for begin, end, is_it in _runs(marks):
        is_inside = begin > 0 and end < len(marks)
        if is_it == value and end - begin < least and (value or is_inside):
            found[begin:end] = not value
    return found


def _longest(marks: Marks) -> int:
    return max((end - begin for begin, end, is_it in _runs(marks) if is_it), default=0)


def _monologue(mine: Marks, others: Marks) -> int:
    """Return the frames of the longest talk of one side that the other does not interrupt."""
    breath, longest, begun, last = BREATH_MS // FRAME_MS, 0, -1, -1
    for begin, end, talks in _runs(mine):
        if not talks:
            continue
        is_same = begun >= 0 and begin - last <= breath and not others[last:begin].any()
        begun = begun if is_same else begin
        last = end
        longest = max(longest, last - begun)
    return longest


def _turns(agent: Marks, other: Marks) -> int:
    """Return how often the word passed from one to the other."""
    alone = np.where(agent & ~other, 1, np.where(other & ~agent, -1, 0))
    spoken = alone[alone != 0]
    return int(np.count_nonzero(np.diff(spoken))) if len(spoken) else 0


def _syllables_per_s(levels: Decibels, talks: Marks) -> float | None:
    seconds = int(np.count_nonzero(talks)) * FRAME_MS / 1000
    if not seconds:
        return None
    count = 0
    for begin, end, is_talk in _runs(talks):
        if is_talk:
            count += _rises(levels[begin:end])
    return round(count / seconds, 2)


def _rises(levels: Decibels) -> int:
    """Count how often loudness climbs out of a dip (or begins)."""
    count, low, high, is_up = 1, float(levels[0]), float(levels[0]), True
    for level in levels[1:].tolist():
        if is_up:
            high = max(high, level)
            if level < high - SYLLABLE_DB:
                is_up, low = False, level
        else:
            low = min(low, level)
            if level > low + SYLLABLE_DB:
                is_up, high = True, level
                count += 1
    return count


def _side(levels: Decibels, clipped: NDArray[np.float32], mine: Marks, others: Marks) -> Side:
    talk = int(np.count_nonzero(mine))
    level = None
    if talk:
        power = float(np.mean(10 ** (levels[mine].astype(np.float64) / 10)))
        level = round(10 * float(np.log10(power)), 1)
    return Side(
        talk_ms=talk * FRAME_MS,
        longest_talk_ms=_monologue(mine, others) * FRAME_MS,
        level_db=level,
        clipped_share=round(float(np.mean(clipped[mine])), 5) if talk else 0.0,
        syllables_per_s=_syllables_per_s(levels, mine),
    )


def _sound(levels: NDArray[np.float32], clipped: NDArray[np.float32]) -> Sound:
    agent, other = talking(levels[:, 0]), talking(levels[:, 1])
    silence = ~(agent | other)
    return Sound(
        duration_ms=len(levels) * FRAME_MS,
        silence_ms=int(np.count_nonzero(silence)) * FRAME_MS,
        longest_silence_ms=_longest(silence) * FRAME_MS,
        crosstalk_ms=int(np.count_nonzero(agent & other)) * FRAME_MS,
        turns=_turns(agent, other),
        agent=_side(levels[:, 0], clipped[:, 0], agent, other),
        other=_side(levels[:, 1], clipped[:, 1], other, agent),
    )


def measure(pieces: Iterable[bytes]) -> Sound:
    """Measure a recording that comes in pieces of whole frames (4 bytes)."""
    meter = Meter()
    for piece in pieces:
        meter.take(piece)
    return meter.sound()
