"""A day of calls as the what-if plays it: who called, who was there, by which rules. Frozen.

Times are whole milliseconds from the day's beginning, so that a day played twice is the same to the
last one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from apps.acd.engine.floor import LONGEST_IDLE, Membership, Need
from apps.calls.engine.figures import ABANDONED, ANSWERED, FLOWED_OUT

HALF_HOUR_MS = 30 * 60 * 1000
# How a stay ends that no figure counts: the queue was shut, or the day ended while he waited.
SHUT, WAITING = "shut", "waiting"
# The one flow-out that the queue's own rule makes; of all others it is only known that they came.
TIMEOUT = "timeout"

Span = tuple[int, int]


@dataclass(frozen=True)
class Try:
    """One time that an agent was rung for a call.

    `ring_ms` until he answered or refused, None when he let it ring to the end. `is_cut`: it ended
    for another reason (the caller left, a colleague was quicker); it would have rung on. It began
    `after_ms` from the caller's joining.
    """

    agent: str
    ring_ms: int | None = None
    is_answered: bool = False
    is_cut: bool = False
    after_ms: int = 0


@dataclass(frozen=True)
class Arrival:
    """A caller who joins a queue, and what became of him when he did.

    `patience_ms`: after this wait he leaves (`how` says whether he hung up); None when nobody knows
    (he was answered, or his time was over): then he had more patience than `waited_ms`. `talk_ms`
    is talk and hold, None when he spoke to nobody; `wrap_up_ms` None means the queue's. `then`: the
    same caller's next queue, `then_after_ms` later, when this stay ends in the way it did.
    """

    id: str
    queue: str
    at_ms: int
    priority: int = 0
    needs: tuple[Need, ...] = ()
    wanted: str = ""
    wanted_ms: int = 0
    how: str = ""
    reason: str = ""
    waited_ms: int = 0
    patience_ms: int | None = None
    agent: str = ""
    talk_ms: int | None = None
    wrap_up_ms: int | None = None
    tries: tuple[Try, ...] = ()
    then: "Arrival | None" = None
    then_after_ms: int = 0

    @property
    def leaves_as(self) -> str:
        """Return how he leaves when his patience is over."""
        is_flow = self.how == FLOWED_OUT and self.reason != TIMEOUT
        return FLOWED_OUT if is_flow else ABANDONED


@dataclass(frozen=True)
class Staff:
    """An agent: `spans` are the times in which he could be rung, in order, apart."""

    id: str
    queues: Mapping[str, Membership]
    spans: tuple[Span, ...]
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """A queue. `max_wait_ms` None: for ever. `open` None: whenever somebody calls.

    `overflow_to`: the queue into which who waited too long goes, '' none. `talk_factor` lengthens
    every talk.
    """

    id: str
    strategy: str = LONGEST_IDLE
    ring_ms: int = 20_000
    rest_ms: int = 2_000
    wrap_up_ms: int = 0
    max_wait_ms: int | None = None
    level_ms: int = 20_000
    short_ms: int = 5_000
    needs: tuple[Need, ...] = ()
    open: tuple[Span, ...] | None = None
    overflow_to: str = ""
    talk_factor: float = 1.0


@dataclass(frozen=True)
class Day:
    """All of it. `begins_at` is what 0 ms means; ids are unique; `arrivals` in any order."""

    begins_at: datetime
    arrivals: tuple[Arrival, ...]
    staff: tuple[Staff, ...]
    rules: Mapping[str, Rules]


@dataclass(frozen=True)
class Stay:
    """What became of a caller in a queue."""

    call: str
    queue: str
    joined_ms: int
    how: str
    wait_ms: int
    reason: str = ""
    agent: str = ""
    talk_ms: int = 0
    wrap_up_ms: int = 0
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True)
class Played:
    """A day that was played: stays in the order in which they ended, and agents' time.

    `busy`: (agent, from, to) talking, on hold or in wrap-up; `ready`: waiting for a call.
    """

    stays: tuple[Stay, ...]
    busy: tuple[tuple[str, int, int], ...]
    ready: tuple[tuple[str, int, int], ...]


def as_recorded(day: Day, stays: Iterable[Stay]) -> Day:
    """Return the day as a ledger would tell of it: only what showed is known.

    For days without overflow and without chains; what did not show (the patience of who was
    answered, the talk of who hung up) is gone.
    """
    by_call = {stay.call: stay for stay in stays}
    arrivals = tuple(_showed(arrival, by_call.get(arrival.id)) for arrival in day.arrivals)
    return replace(day, arrivals=arrivals)


def _showed(arrival: Arrival, stay: Stay | None) -> Arrival:
    if stay is None:
        return arrival
    left = stay.how == ABANDONED or (stay.how == FLOWED_OUT and stay.reason != TIMEOUT)
    talked = stay.how == ANSWERED
    return replace(
        arrival,
        how=stay.how,
        reason=stay.reason,
        waited_ms=stay.wait_ms,
        patience_ms=stay.wait_ms if left else None,
        agent=stay.agent,
        talk_ms=stay.talk_ms if talked else None,
        wrap_up_ms=stay.wrap_up_ms if talked else None,
        tries=stay.tries,
    )
