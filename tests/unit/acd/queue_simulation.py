"""A queue that is simulated, seeded: what each caller was told when he joined, and what came.

Poisson arrivals and exponential talks and patience, at rates that may change with the hour. The
telling is beside the queue and changes nothing in it: who gives up does so by his own patience.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from statistics import mean, median

from apps.acd.engine.estimate import Staff, expected_wait_s
from apps.acd.engine.pace import Paces
from tests.unit.acd.floors import NOW


@dataclass(frozen=True)
class Phase:
    """So many seconds of arrivals each second, agents, and mean talk."""

    seconds: float
    arrivals: float
    agents: int
    talk_s: float


@dataclass
class Told:
    """A caller who found nobody free. Each wait in seconds; `asterisk` app_queue's two ways."""

    at: float
    place: int
    ours: float
    asterisk: float
    asterisk_by_place: float
    came: float | None = None


@dataclass
class Queue:
    """The run: `told` are the callers who found nobody free, in their order."""

    phases: Sequence[Phase]
    patience_s: float | None
    random: Random
    told: list[Told] = field(default_factory=list)

    def run(self) -> list[Told]:
        """Return who was served after a wait. Who gave up has no wait to compare with."""
        self._paces, self._waiting = Paces(), []
        self._busy, self._holdtime = 0, 0
        events: list[tuple[float, int, Callable[[float], None]]] = []
        self._events, self._number = events, 0
        start = 0.0
        for phase in self.phases:
            self._later(start, lambda now, phase=phase: self._begin(phase, now))
            start += phase.seconds
        self._end = start
        while events:
            now, _, what = heapq.heappop(events)
            what(now)
        return [one for one in self.told if one.came is not None]

    def _later(self, at: float, what: Callable[[float], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, what))

    def _begin(self, phase: Phase, now: float) -> None:
        self._phase, self._phase_end = phase, now + phase.seconds
        self._later(now + self.random.expovariate(phase.arrivals), self._arrive)
        self._serve(now)

    def _arrive(self, now: float) -> None:
        if now >= self._phase_end:
            return  # the next phase has its own arrivals
        phase = self._phase
        self._later(now + self.random.expovariate(phase.arrivals), self._arrive)
        if self._busy < phase.agents:
            self._take(now, now, None)
            return
        place = len(self._waiting) + 1
        ours = expected_wait_s(place, self._paces.pace("q", self._at(now)), Staff(phase.agents))
        assert ours is not None
        told = Told(now, place, ours, self._holdtime, self._holdtime * place)
        self.told.append(told)
        self._waiting.append(told)
        if self.patience_s is not None:
            leaves = now + self.random.expovariate(1 / self.patience_s)
            self._later(leaves, lambda at: self._give_up(told, at))
        self._note(now)

    def _give_up(self, told: Told, now: float) -> None:
        if told in self._waiting:
            self._waiting.remove(told)
            self._paces.gave_up("q", now - told.at, self._at(now))
            self._note(now)

    def _take(self, now: float, joined: float, told: Told | None) -> None:
        waited = now - joined
        if told is not None:
            told.came = waited
        # Source: Asterisk 22 app_queue.c, recalc_holdtime: whole seconds, a quarter of the new.
        self._holdtime = (self._holdtime * 3 + int(waited)) >> 2
        self._paces.answered("q", waited, told is not None, self._at(now))
        self._busy += 1
        talk_s = self.random.expovariate(1 / self._phase.talk_s)
        self._paces.handled("q", talk_s)
        self._later(now + talk_s, self._free)

    def _free(self, now: float) -> None:
        self._busy -= 1
        self._serve(now)

    def _serve(self, now: float) -> None:
        while self._waiting and self._busy < self._phase.agents:
            told = self._waiting.pop(0)
            self._take(now, told.at, told)
        self._note(now)

    def _note(self, now: float) -> None:
        self._paces.busy("q", bool(self._waiting), self._phase.agents, self._at(now))

    @staticmethod
    def _at(now: float) -> datetime:
        return NOW + timedelta(seconds=now)


@dataclass(frozen=True)
class Errors:
    """Of what was told against what came, in seconds: median absolute error, bias, mean wait."""

    median_s: float
    bias_s: float
    mean_wait_s: float
    n: int


def errors(told: Sequence[Told], value: Callable[[Told], float]) -> Errors:
    """Return the errors of one way of telling."""
    came = [one.came or 0.0 for one in told]
    off = [value(one) - wait for one, wait in zip(told, came, strict=True)]
    return Errors(median(map(abs, off)), mean(off), mean(came), len(told))
