"""In which order a queue's free agents are tried: one key for each strategy, smallest first."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence

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

Key = tuple[float, ...]
# Orders are below it.
ROUND = 1_000_000


def _chance(agent: Agent, call: Waiting) -> float:
    """Return a number above 0 and up to 1, the same whenever this is decided again."""
    text = f"{call.id}\0{call.attempt}\0{agent.id}".encode()
    drawn = int.from_bytes(hashlib.blake2b(text, digest_size=7).digest())
    return (drawn + 1) / 2**56


def _longest_idle(agent: Agent, queue: Queue, call: Waiting) -> Key:
    return (agent.idle_since.timestamp(),)


def _fewest_calls(agent: Agent, queue: Queue, call: Waiting) -> Key:
    return (agent.taken, agent.idle_since.timestamp())


def _fixed(agent: Agent, queue: Queue, call: Waiting) -> Key:
    return (agent.queues[queue.id].order,)


def _round_robin(agent: Agent, queue: Queue, call: Waiting) -> Key:
    return ((agent.queues[queue.id].order - queue.last_order - 1) % ROUND,)


def _random(agent: Agent, queue: Queue, call: Waiting) -> Key:
    return (_chance(agent, call),)


def _weighted(agent: Agent, queue: Queue, call: Waiting) -> Key:
    # Efraimidis & Spirakis (2006): the smallest -ln(u)/w is each one's with probability w / sum.
    weight = max(agent.queues[queue.id].weight, 0)
    return (-math.log(_chance(agent, call)) / weight if weight else math.inf,)


KEYS: Mapping[str, Callable[[Agent, Queue, Waiting], Key]] = {
    LONGEST_IDLE: _longest_idle,
    FEWEST_CALLS: _fewest_calls,
    FIXED: _fixed,
    RING_ALL: _fixed,
    ROUND_ROBIN: _round_robin,
    RANDOM: _random,
    WEIGHTED: _weighted,
}


def ranked(agents: Sequence[Agent], queue: Queue, call: Waiting) -> list[Agent]:
    """Return the agents in the order of trying: who missed this call last, else by strategy."""
    key = KEYS[queue.strategy]
    return sorted(
        agents, key=lambda agent: (agent.id in call.missed, *key(agent, queue, call), agent.id)
    )
