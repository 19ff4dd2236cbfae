"""The floor as a decision sees it: agents, queues, who waits. Frozen; times are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

READY = "ready"
# Why an agent cannot be rung: his state, word for word.
BUSY_STATES = frozenset(
    {"paused", "ringing", "talking", "held", "wrap_up", "resting", "unreachable"}
)

LONGEST_IDLE, ROUND_ROBIN, RING_ALL = "longest_idle", "round_robin", "ring_all"
FEWEST_CALLS, FIXED, RANDOM, WEIGHTED = "fewest_calls", "fixed", "random", "weighted"
STRATEGIES = frozenset({LONGEST_IDLE, ROUND_ROBIN, RING_ALL, FEWEST_CALLS, FIXED, RANDOM, WEIGHTED})


@dataclass(frozen=True)
class Membership:
    """How an agent serves a queue.

    `level` 0 is rung before 1 and so on, and an agent takes calls of his lower levels first.
    `order` is his place in fixed order and round robin, `weight` his share of weighted offers.
    """

    level: int = 0
    order: int = 0
    weight: int = 1


@dataclass(frozen=True)
class Agent:
    """One signed-in agent. `idle_since`: the end of his last talk, or when he became ready.

    `state` is ready or one of `BUSY_STATES`; `until` when it ends by itself (pause, wrap-up);
    `taken` counts the calls of his shift.
    """

    id: str
    state: str
    idle_since: datetime
    queues: Mapping[str, Membership]
    skills: Mapping[str, int] = field(default_factory=dict)
    taken: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Need:
    """A skill that a call asks for. `steps`: (seconds waited, level asked from then on), rising."""

    skill: str
    steps: tuple[tuple[float, int], ...]

    def level(self, waited_s: float) -> int:
        """Return the level asked after this wait; 0 asks for nothing."""
        asked = 0
        for after_s, level in self.steps:
            if waited_s < after_s:
                break
            asked = level
        return asked


@dataclass(frozen=True)
class Waiting:
    """One caller in one queue, or one call-back that keeps its place there.

    `joined_at` is the place: a call-back keeps the caller's. The higher `priority`, the earlier.
    `wanted`: the agent for whom he is kept (owner, last agent) until `wanted_until`. `missed`: who
    did not answer him; they come last. `attempt` counts his offers.
    """

    id: str
    queue: str
    joined_at: datetime
    priority: int = 0
    needs: tuple[Need, ...] = ()
    wanted: str = ""
    wanted_until: datetime | None = None
    missed: frozenset[str] = frozenset()
    attempt: int = 0
    is_call_back: bool = False

    def waited_s(self, now: datetime) -> float:
        """Return the seconds waited."""
        return max(timedelta(), now - self.joined_at).total_seconds()

    def is_kept(self, now: datetime) -> bool:
        """Say whether only the wanted agent may have him now."""
        return bool(self.wanted and self.wanted_until and now < self.wanted_until)

    @property
    def place(self) -> tuple[int, datetime, bool, str]:
        """Return what he is sorted by; with the same time the live caller is before a call-back."""
        return (-self.priority, self.joined_at, self.is_call_back, self.id)


@dataclass(frozen=True)
class Queue:
    """How a queue chooses. `last_order`: the `order` of whom it offered last, -1 nobody."""

    id: str
    strategy: str = LONGEST_IDLE
    last_order: int = -1


@dataclass(frozen=True)
class Floor:
    """Everything a decision looks at. Ids are unique; agents' queues may name unknown ones."""

    agents: Mapping[str, Agent]
    queues: Mapping[str, Queue]
    waiting: tuple[Waiting, ...]
