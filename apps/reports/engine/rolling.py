"""Roll the ledger's rows up into quarter-hours. Pure: the same rows give the same sums.

The definitions are not here: whether a caller counts as answered in time, or a call as missed, is
asked of `calls.engine.figures`.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from apps.acd.engine.agent_state import HELD, PAUSED, TALKING, WRAP_UP
from apps.acd.engine.occupancy import Row
from apps.calls.engine.figures import ANSWERED_BY_HIM, AgentCall, ClosedVisit, counts_of
from apps.reports.engine.quarters import pieces_of, quarter_of
from apps.reports.engine.region import region_of
from apps.reports.engine.sums import (
    AgentSums,
    LineSums,
    PauseSums,
    QueueSums,
    added,
    wait_part,
)

HANDLING = frozenset({TALKING, HELD, WRAP_UP})
CLOSED = frozenset({"answered", "abandoned", "flowed_out"})
# What a call can be counted under.
DID, TRUNK, DISPOSITION, REGION, ALL = "did", "trunk", "disposition", "region", "all"
OUTCOMES = frozenset({"answered", "abandoned", "voicemail", "self_service", "refused", "failed"})
# How a ring that he did not take is told (`Leg.result`).
NOT_TAKEN = "not_answered"
_TRUNK_CHANNEL = re.compile(r"^PJSIP/trunk-(.+)-[0-9a-f]+$")

K = TypeVar("K")
S = TypeVar("S")


@dataclass(frozen=True)
class Limits:
    """A queue's service level and short abandon, as it has them now."""

    level_ms: int = 20_000
    short_ms: int = 5_000


@dataclass(frozen=True)
class VisitRow:
    """A stay in a queue as the ledger has it."""

    queue_number: str
    joined_at: datetime
    how: str
    wait_ms: int | None
    is_transferred: bool = False


@dataclass(frozen=True)
class RingRow:
    """A ring at an agent's phone that is over."""

    at: datetime
    result: str


@dataclass(frozen=True)
class BusyRow:
    """A trunk's channel of an ended leg: from when to when it was taken."""

    channel: str
    direction: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class CallRow:
    """An ended call as the ledger has it; `trunk_channel` is the first of a trunk, '' without."""

    started_at: datetime
    direction: str
    outcome: str
    dialled: str = ""
    trunk_channel: str = ""
    wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    disposition_id: int | None = None
    # Of a caller from outside: his number in E.164 or its digits, and its place.
    caller: str = ""
    place: str = ""


@dataclass(frozen=True)
class Ledger:
    """What the ledger says of a time: `spans` and `busy` are cut to it and over."""

    visits: Iterable[VisitRow] = ()
    limits: Mapping[str, Limits] = field(default_factory=dict)
    agent_calls: Mapping[int, Iterable[AgentCall]] = field(default_factory=dict)
    # Of these calls, which an agent answered and somebody else went on with: (agent, call).
    transfers: Set[tuple[int, int]] = frozenset()
    spans: Mapping[int, Iterable[Row]] = field(default_factory=dict)
    calls: Iterable[CallRow] = ()
    rings: Mapping[int, Iterable[RingRow]] = field(default_factory=dict)
    busy: Iterable[BusyRow] = ()


class _Table(Generic[K, S]):
    """Sums by key; parts are added in place, because a day has 100,000 pieces."""

    def __init__(self, kind: type[S]) -> None:
        self._kind = kind
        self._parts: dict[K, dict[str, Any]] = {}

    def add(self, key: K, **parts: Any) -> None:
        mine = self._parts.setdefault(key, {})
        for name, value in parts.items():
            mine[name] = mine.get(name, 0) + value

    def least_and_most(self, key: K, least: tuple[str, Any], most: tuple[str, Any]) -> None:
        mine = self._parts.setdefault(key, {})
        (low, at_least), (high, at_most) = least, most
        mine[low] = min(mine.get(low, at_least), at_least)
        mine[high] = max(mine.get(high, at_most), at_most)

    def sums(self) -> dict[K, S]:
        """Return those that have anything in them."""
        empty = self._kind()
        made = {key: self._kind(**parts) for key, parts in self._parts.items()}
        return {key: one for key, one in made.items() if one != empty}


QueueKey = tuple[datetime, str]
AgentKey = tuple[datetime, int]
PauseKey = tuple[datetime, int, str]
LineKey = tuple[datetime, str, str, str]


@dataclass(frozen=True)
class Rolled:
    """Sums by quarter-hour and what they are of (dimension, its value, direction for lines)."""

    queues: Mapping[QueueKey, QueueSums]
    agents: Mapping[AgentKey, AgentSums]
    pauses: Mapping[PauseKey, PauseSums]
    lines: Mapping[LineKey, LineSums]


def roll(ledger: Ledger) -> Rolled:
    """Return the sums of what the ledger says, in whatever order it says it."""
    queues = _visits(ledger)
    agents: _Table[AgentKey, AgentSums] = _Table(AgentSums)
    pauses: _Table[PauseKey, PauseSums] = _Table(PauseSums)
    handled: _Table[QueueKey, QueueSums] = _Table(QueueSums)
    for agent_id, calls in ledger.agent_calls.items():
        for call in calls:
            counted = dict.fromkeys(call.figures, 1)
            if is_transferred(call, agent_id, ledger.transfers):
                counted["transferred"] = 1
            agents.add((quarter_of(call.at), agent_id), **counted)
    for agent_id, rings in ledger.rings.items():
        for ring in rings:
            is_missed = ring.result == NOT_TAKEN
            place = (quarter_of(ring.at), agent_id)
            agents.add(place, legs_offered=1, legs_missed=int(is_missed))
    for agent_id, spans in ledger.spans.items():
        for span in spans:
            _span(span, agent_id, agents, pauses, handled)
    for key, sums in handled.sums().items():
        queues[key] = added(queues.get(key, QueueSums()), sums)
    return Rolled(queues, agents.sums(), pauses.sums(), _calls(ledger))


def is_transferred(call: AgentCall, agent_id: int, transfers: Set[tuple[int, int]]) -> bool:
    """Say whether the agent answered the call, and somebody else went on with it."""
    return ANSWERED_BY_HIM in call.figures and (agent_id, call.call_id) in transfers


def _visits(ledger: Ledger) -> dict[QueueKey, QueueSums]:
    found: dict[QueueKey, QueueSums] = {}
    by_key: dict[QueueKey, list[ClosedVisit]] = {}
    for visit in ledger.visits:
        if visit.how not in CLOSED:
            continue  # who still waits is in no figure
        limits = ledger.limits.get(visit.queue_number, Limits())
        by_key.setdefault((quarter_of(visit.joined_at), visit.queue_number), []).append(
            ClosedVisit(
                visit.how,
                visit.wait_ms or 0,
                limits.level_ms,
                limits.short_ms,
                is_transferred=visit.is_transferred,
            )
        )
    names = [part.name for part in fields(QueueSums)]
    for key, closed in by_key.items():
        counts = counts_of(closed)
        parts = {name: getattr(counts, name) for name in names if hasattr(counts, name)}
        for one in closed:
            if one.how == "answered":
                part = wait_part(one.wait_ms)
                parts[part] = parts.get(part, 0) + 1
        found[key] = QueueSums(**parts)
    return found


def _span(
    span: Row,
    agent_id: int,
    agents: _Table[AgentKey, AgentSums],
    pauses: _Table[PauseKey, PauseSums],
    handled: _Table[QueueKey, QueueSums],
) -> None:
    part = "unseen_ms" if span.is_uncertain else f"{span.state}_ms"
    for start, since, until in pieces_of(span.started_at, span.ended_at):
        ms = Row(span.state, since, until).ms
        agents.add((start, agent_id), **{part: ms})
        agents.least_and_most((start, agent_id), ("first_at", since), ("last_at", until))
        if span.is_uncertain:
            continue
        if span.state == PAUSED:
            pauses.add((start, agent_id, span.reason), ms=ms)
        if span.queue_number and span.state in HANDLING:
            handled.add((start, span.queue_number), handled_ms=ms)


def _calls(ledger: Ledger) -> dict[LineKey, LineSums]:
    lines: _Table[LineKey, LineSums] = _Table(LineSums)
    for busy in ledger.busy:
        trunk = trunk_of(busy.channel)
        for start, since, until in pieces_of(busy.started_at, busy.ended_at) if trunk else ():
            ms = (until - since) // timedelta(milliseconds=1)
            lines.add((start, TRUNK, trunk, busy.direction), busy_ms=ms)
    for call in ledger.calls:
        parts = {
            "calls": 1,
            "wait_ms": call.wait_ms,
            "talk_ms": call.talk_ms,
            "hold_ms": call.hold_ms,
            **({call.outcome: 1} if call.outcome in OUTCOMES else {}),
        }
        for dimension, value in lines_of(call):
            lines.add((quarter_of(call.started_at), dimension, value, call.direction), **parts)
    return lines.sums()


def lines_of(call: CallRow) -> list[tuple[str, str]]:
    """Return what a call is counted under: all, number dialled in, region, trunk, disposition."""
    found = [(ALL, "")]
    if call.direction == "in" and call.dialled:
        found.append((DID, call.dialled))
    if call.direction == "in":
        found.append((REGION, region_of(call.caller, call.place)))
    trunk = trunk_of(call.trunk_channel)
    if trunk:
        found.append((TRUNK, trunk))
    if call.disposition_id is not None:
        found.append((DISPOSITION, str(call.disposition_id)))
    return found


def trunk_of(channel: str) -> str:
    """Return the trunk of a channel's name, '' for no trunk's."""
    match = _TRUNK_CHANNEL.match(channel)
    return match[1] if match else ""
