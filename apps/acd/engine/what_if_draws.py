"""What nobody recorded, drawn from what was: patience, talks, rings.

Patience is censored: who was answered would have waited longer, nobody knows how long. Source:
Kaplan & Meier (1958), beyond the last hang-up an exponential tail with the mean of all waits by
hang-ups, the estimator of a constant rate (Mandelbaum & Zeltyn, "The Palm/Erlang-A Queue").
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import TypeVar

from apps.acd.engine.what_if_day import Arrival, Try
from apps.calls.engine.figures import ABANDONED

V = TypeVar("V")
# With fewer hang-ups than this a queue's own curve says less than all queues' together.
ENOUGH_ABANDONS = 20
ENOUGH_TALKS = 20
ENOUGH_RINGS = 10
# Of a day on which nobody talked.
TALK_MS = 180_000


@dataclass(frozen=True)
class Patience:
    """How long callers wait before they hang up; `mean_ms` None: nobody ever did.

    `alive[n]` is the share that is still there after `times[n]`.
    """

    times: tuple[int, ...] = ()
    alive: tuple[float, ...] = ()
    mean_ms: float | None = None

    def left(self, waited_ms: int) -> float:
        """Return the share that waits longer than this."""
        place = bisect_right(self.times, waited_ms)
        alive = self.alive[place - 1] if place else 1.0
        if place < len(self.times) or not self.mean_ms:
            return alive
        last = self.times[-1] if self.times else 0
        return alive * math.exp(-(waited_ms - last) / self.mean_ms)

    def draw(self, over_ms: int, chance: float) -> int | None:
        """Return a patience above `over_ms`, None for ever; `chance` from 0 up to but not 1."""
        if self.mean_ms is None:
            return None
        target = self.left(over_ms) * (1.0 - chance)
        # `alive` falls: the first that is not above the target.
        place = bisect_left(self.alive, -target, key=lambda share: -share)
        if place < len(self.times):
            return max(self.times[place], over_ms + 1)
        last, alive = (self.times[-1], self.alive[-1]) if self.times else (0, 1.0)
        if target <= 0 or alive <= 0:
            return max(last, over_ms) + 1
        return max(over_ms + 1, math.ceil(last + self.mean_ms * math.log(alive / target)))


def patience_of(waits: Iterable[tuple[int, bool]]) -> Patience:
    """Estimate from (wait in ms, whether he hung up then)."""
    seen = sorted(waits)
    hung_up = sum(1 for _wait, is_end in seen if is_end)
    if not hung_up:
        return Patience()
    mean_ms = max(1.0, sum(wait for wait, _is_end in seen) / hung_up)
    times, alive, there, share = [], [], len(seen), 1.0
    for wait, group in groupby(seen, key=lambda one: one[0]):
        ends = [is_end for _wait, is_end in group]
        gone = sum(ends)
        if gone:
            share *= 1 - gone / there
            times.append(wait)
            alive.append(share)
        there -= len(ends)
    return Patience(tuple(times), tuple(alive), mean_ms)


@dataclass(frozen=True)
class Rings:
    """How an agent's rings ended: after these times he answered, so many he missed."""

    answered: tuple[int, ...] = ()
    missed: int = 0

    def draw(self, rng: Random) -> tuple[int | None, bool]:
        """Return how long he rings (None: to the end) and whether he answers."""
        if not self.answered and not self.missed:
            return 0, True
        if rng.random() * (len(self.answered) + self.missed) < self.missed:
            return None, False
        return rng.choice(self.answered), True


class Draws:
    """The distributions of a recorded day. What a change does to the day does not change them."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        # In an order of their own: the same day in another order draws the same.
        found = sorted(_with_chains(arrivals), key=lambda one: (one.at_ms, one.id))
        waits = _grouped(
            (one.queue, (one.waited_ms, one.how == ABANDONED)) for one in found if one.how
        )
        every = [wait for some in waits.values() for wait in some]
        self._all_patience = patience_of(every)
        self._patience = {
            queue: patience_of(some)
            for queue, some in waits.items()
            if sum(is_end for _wait, is_end in some) >= ENOUGH_ABANDONS
        }
        self._talks = _grouped((one.queue, one.talk_ms) for one in found if one.talk_ms is not None)
        self._all_talks = [talk for some in self._talks.values() for talk in some] or [TALK_MS]
        tries = _grouped((one.agent, one) for call in found for one in call.tries if not one.is_cut)
        self._rings = {
            agent: _rings(some) for agent, some in tries.items() if len(some) >= ENOUGH_RINGS
        }
        self._all_rings = _rings([one for some in tries.values() for one in some])

    def patience(self, queue: str) -> Patience:
        """Return the patience in a queue: its own, or everybody's when too few hung up there."""
        return self._patience.get(queue, self._all_patience)

    def talk_ms(self, queue: str, rng: Random) -> int:
        """Return somebody's talk and hold in the queue."""
        talks = self._talks.get(queue, ())
        return rng.choice(talks if len(talks) >= ENOUGH_TALKS else self._all_talks)

    def ring(self, agent: str, rng: Random) -> tuple[int | None, bool]:
        """Return how long an agent rings, None to the end, and whether he answers."""
        return self._rings.get(agent, self._all_rings).draw(rng)


def _with_chains(arrivals: Iterable[Arrival]) -> Iterable[Arrival]:
    for arrival in arrivals:
        one: Arrival | None = arrival
        while one is not None:
            yield one
            one = one.then


def _grouped(pairs: Iterable[tuple[str, V]]) -> dict[str, list[V]]:
    found: dict[str, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _rings(tries: Sequence[Try]) -> Rings:
    answered = tuple(one.ring_ms for one in tries if one.is_answered and one.ring_ms is not None)
    return Rings(answered, len(tries) - len(answered))


Maker = Callable[[str], Random]


def of_seed(seed: int) -> Maker:
    """Return what makes a caller's own random numbers.

    By his id: what one caller draws does not shift what the next one does, so that two days with
    the same seed differ only by their rules.
    """

    def make(call: str) -> Random:
        return Random(f"{seed} {call}")  # noqa: S311 - a simulation, no secret

    return make
