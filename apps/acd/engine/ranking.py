"""In which order a queue's free agents are tried: one key for each strategy, smallest first."""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator, Mapping
from functools import lru_cache
from heapq import heapify, heappop

from apps.acd.engine.floor import (
    FEWEST_CALLS,
    FIXED,
    LONGEST_IDLE,
    RANDOM,
    RING_ALL,
    ROUND_ROBIN,
    WEIGHTED,
    Agent,
    Queue,
    Waiting,
)

Key = tuple[float | str, ...]
MASK = 2**64 - 1


@lru_cache(maxsize=20_000)
def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _chance(agent: Agent, seed: int) -> float:
    """Return a number above 0 and up to 1, the same whenever this is decided again.

    `seed` is the call's. Mixing: the finaliser of MurmurHash3 (64 bits), public domain.
    """
    drawn = _number(agent.id) ^ seed
    drawn = (drawn ^ (drawn >> 33)) * 0xFF51AFD7ED558CCD & MASK
    drawn = (drawn ^ (drawn >> 33)) * 0xC4CEB9FE1A85EC53 & MASK
    return ((drawn >> 11) + 1) / 2**53


def _longest_idle(agent: Agent, queue: str) -> Key:
    return (agent.idle_since.timestamp(), agent.id)


def _fewest_calls(agent: Agent, queue: str) -> Key:
    return (agent.taken, agent.idle_since.timestamp(), agent.id)


def _by_order(agent: Agent, queue: str) -> Key:
    return (agent.queues[queue].order, agent.id)


def _random(agent: Agent, queue: str, seed: int) -> Key:
    return (_chance(agent, seed), agent.id)


def _weighted(agent: Agent, queue: str, seed: int) -> Key:
    # Efraimidis & Spirakis (2006): the smallest -ln(u)/w is each one's with probability w / sum.
    weight = max(agent.queues[queue].weight, 0)
    return (-math.log(_chance(agent, seed)) / weight if weight else math.inf, agent.id)


# The same for every call of a decision, smallest first.
OF_AGENTS: Mapping[str, Callable[[Agent, str], Key]] = {
    LONGEST_IDLE: _longest_idle,
    FEWEST_CALLS: _fewest_calls,
    FIXED: _by_order,
    RING_ALL: _by_order,
    ROUND_ROBIN: _by_order,
}
# Drawn anew for each call.
OF_CALLS: Mapping[str, Callable[[Agent, str, int], Key]] = {
    RANDOM: _random,
    WEIGHTED: _weighted,
}


class Line:
    """The free agents of one level of one queue, in the order in which its strategy tries them."""

    def __init__(self, queue: Queue, agents: list[Agent]) -> None:
        self.queue = queue
        self._agents = agents
        key = OF_AGENTS.get(queue.strategy)
        if key is not None and len(agents) > 1:
            agents.sort(key=lambda agent: key(agent, queue.id))

    def able(self, call: Waiting, taken: Container[str], last_order: int) -> Iterator[Agent]:
        """Yield who is not taken, first who is tried first. `last_order`: where the round stands.

        `taken` may only grow from call to call.
        """
        draw = OF_CALLS.get(self.queue.strategy)
        if self._agents and self._agents[0].id in taken:
            self._agents = [agent for agent in self._agents if agent.id not in taken]
        line = self._agents
        if draw is not None:
            yield from self._drawn(draw, _number(f"{call.id}\0{call.attempt}"), taken)
            return
        if self.queue.strategy == ROUND_ROBIN:
            name = self.queue.id
            start = bisect_right(line, last_order, key=lambda agent: agent.queues[name].order)
            line = line[start:] + line[:start]
        for agent in line:
            if agent.id not in taken:
                yield agent

    def _drawn(
        self, draw: Callable[[Agent, str, int], Key], seed: int, taken: Container[str]
    ) -> Iterator[Agent]:
        # Mostly the first is the one: a heap gives him without sorting the others.
        heap = [
            (draw(agent, self.queue.id, seed), place)
            for place, agent in enumerate(self._agents)
            if agent.id not in taken
        ]
        heapify(heap)
        while heap:
            yield self._agents[heappop(heap)[1]]
