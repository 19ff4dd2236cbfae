"""What is added up for a quarter-hour, and for any set of them. Pure.

Counts and sums only, never means: the sums of two sets added are those of both. What they mean is
`calls.engine.figures` and `acd.engine.occupancy`; the names of their parts are theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from apps.acd.engine.agent_state import (
    HELD,
    PAUSED,
    READY,
    RESTING,
    RINGING,
    TALKING,
    UNREACHABLE,
    WRAP_UP,
)
from apps.acd.engine.occupancy import Times
from apps.calls.engine.figures import AgentCounts, Counts

SUM, MOST, LEAST = "sum", "most", "least"
# Up to so many seconds an answered caller waited; beyond the last there is `waits_more`.
WAIT_EDGES_S = (5, 10, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 240, 300, 600, 900)
STATES = (READY, PAUSED, RINGING, TALKING, HELD, WRAP_UP, RESTING, UNREACHABLE)

S = TypeVar("S")


def _most() -> Any:
    return field(default=0, metadata={"how": MOST})


def how_of(kind: type[Any]) -> Mapping[str, str]:
    """Return how each part of a kind of sums is put together: sum, most or least."""
    if kind not in _HOW:
        _HOW[kind] = {part.name: part.metadata.get("how", SUM) for part in fields(kind)}
    return _HOW[kind]


# Asked for each row that is added; what a kind's parts are does not change.
_HOW: dict[type[Any], Mapping[str, str]] = {}


def added(one: S, other: S) -> S:
    """Return the sums of both sets; they are of one kind."""
    kind = type(one)
    mine, theirs = vars(one), vars(other)
    found = {
        name: mine[name] + theirs[name]
        if how == SUM
        else _outermost(how, (mine[name], theirs[name]))
        for name, how in how_of(kind).items()
    }
    return kind(**found)


def together(kind: type[S], rows: Sequence[Mapping[str, Any]]) -> S:
    """Return the sums of all rows, as `added` gives them one by one; a report has thousands."""
    rows = [vars(kind()), *rows]
    found = {
        name: sum([row[name] for row in rows])
        if how == SUM
        else _outermost(how, [row[name] for row in rows])
        for name, how in how_of(kind).items()
    }
    return kind(**found)


def _outermost(how: str, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return max(known) if how == MOST else min(known)


@dataclass(frozen=True)
class QueueSums:
    """A queue. Callers by when they joined, `handled_ms` by when it was worked.

    `waits_…`: answered callers by how long they had waited, each in one of them.
    """

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_in_time: int = 0
    flowed_out: int = 0
    answered_wait_ms: int = 0
    handled_ms: int = 0
    longest_wait_ms: int = _most()
    transferred: int = 0
    waits_5: int = 0
    waits_10: int = 0
    waits_15: int = 0
    waits_20: int = 0
    waits_25: int = 0
    waits_30: int = 0
    waits_40: int = 0
    waits_50: int = 0
    waits_60: int = 0
    waits_90: int = 0
    waits_120: int = 0
    waits_180: int = 0
    waits_240: int = 0
    waits_300: int = 0
    waits_600: int = 0
    waits_900: int = 0
    waits_more: int = 0

    @property
    def counts(self) -> Counts:
        """Return them as the figures' module takes them."""
        names = {part.name for part in fields(Counts)} & set(how_of(QueueSums))
        return Counts(**{name: getattr(self, name) for name in names})


def wait_bound_ms(sums: QueueSums, share: float) -> int | None:
    """Return what at least this share of answered callers waited at most; None without any.

    A bound, not a value between: the upper edge of the length in which the caller lies who stands
    at this share, or the longest wait where that is less.
    """
    wanted, seen = share * sums.answered, 0
    if not sums.answered:
        return None
    for edge in WAIT_EDGES_S:
        seen += getattr(sums, f"waits_{edge}")
        if seen >= wanted:
            return min(edge * 1000, sums.longest_wait_ms)
    return sums.longest_wait_ms


def wait_part(wait_ms: int) -> str:
    """Return which `waits_…` an answered wait is counted in."""
    for edge in WAIT_EDGES_S:
        if wait_ms <= edge * 1000:
            return f"waits_{edge}"
    return "waits_more"


@dataclass(frozen=True)
class AgentSums:
    """An agent. Calls by when they first rang at him, times by when they were; ended spans only.

    `transferred`: of `answered`, those in which somebody else went on. `legs_…`: rings at his
    phones that are over, by when they began, and those he did not take.
    `first_at`, `last_at`: the beginning of his first and the end of his last span.
    """

    answered: int = 0
    missed: int = 0
    taken: int = 0
    made: int = 0
    reached: int = 0
    transferred: int = 0
    ready_ms: int = 0
    paused_ms: int = 0
    ringing_ms: int = 0
    talking_ms: int = 0
    held_ms: int = 0
    wrap_up_ms: int = 0
    resting_ms: int = 0
    unreachable_ms: int = 0
    unseen_ms: int = 0
    legs_offered: int = 0
    legs_missed: int = 0
    first_at: datetime | None = field(default=None, metadata={"how": LEAST})
    last_at: datetime | None = field(default=None, metadata={"how": MOST})

    @property
    def counts(self) -> AgentCounts:
        """Return his calls as the figures' module takes them."""
        return AgentCounts(self.answered, self.missed, self.taken, self.made, self.reached)

    @property
    def times(self) -> Times:
        """Return his times as the occupancy's module takes them, without reasons."""
        by_state = {state: getattr(self, f"{state}_ms") for state in STATES}
        return Times(by_state, {}, self.unseen_ms)


@dataclass(frozen=True)
class PauseSums:
    """How long an agent was busy for one reason."""

    ms: int = 0


@dataclass(frozen=True)
class LineSums:
    """Ended calls of a number, a trunk or a direction, by when they began; by outcome.

    `busy_ms`, of a trunk alone: for how long its channels were taken, by when they were.
    """

    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    voicemail: int = 0
    self_service: int = 0
    refused: int = 0
    failed: int = 0
    wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    busy_ms: int = 0


@dataclass(frozen=True)
class TrunkSums(LineSums):
    """Those of a trunk, with what it could have carried: its channels for all of the time."""

    capacity_ms: int = 0
