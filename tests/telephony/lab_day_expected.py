"""The day's figures reckoned from its table, without a line of the product's code.

Counts follow from the table alone. Times follow from what SIPp wrote down of each call by its own
clock (`lab_day_play.py`) and from Asterisk's own record of when a caller joined a queue.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.telephony.lab_day import (
    LONGEST_WAIT_S,
    OVERFLOW_AFTER_S,
    SERVICE_LEVEL_S,
    SHORT_ABANDON_S,
    WRAP_UP_S,
    Call,
    Kind,
    Lane,
    every_call,
)
from tests.telephony.lab_day_play import (
    ANSWERED,
    BEGUN,
    DOWN,
    HELD,
    OVER,
    UNHELD,
    UP,
    Played,
)


@dataclass(frozen=True)
class Becomes:
    """What a kind of call is in each report: its outcome, how its stays end, whose it is."""

    outcome: str
    stay: str = ""
    next_stay: str = ""
    agent: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


A, B, F = "answered", "abandoned", "flowed_out"
BECOMES = {
    Kind.SURVEYED: Becomes(A, A, agent=(A,)),
    Kind.SERVED: Becomes(A, A, agent=(A,)),
    Kind.LEFT_TALK: Becomes(A, A, agent=(A,)),
    Kind.GAVE_UP_RINGING: Becomes(B, B, agent=("missed",)),
    Kind.GAVE_UP: Becomes(B, B),
    Kind.DECLINED: Becomes(B, B, agent=("missed",)),
    Kind.RACED: Becomes(A, A, agent=(A,), other=("taken",)),
    Kind.OVERFLOWED: Becomes(A, F, A, agent=(A,)),
    # He has waited for an agent in vain, whatever the machine then says.
    Kind.TIMED_OUT: Becomes(B, F),
    Kind.TIMED_OUT_MESSAGE: Becomes("voicemail", F),
    Kind.CALL_BACK: Becomes("self_service", F),
    Kind.MESSAGE: Becomes("voicemail"),
    Kind.MENU: Becomes("self_service"),
    Kind.REFUSED: Becomes("refused"),
    Kind.OUT: Becomes(A, agent=("made", "reached")),
    Kind.OUT_BUSY: Becomes("failed", agent=("made",)),
    Kind.TO_QUEUE: Becomes(A, A, A, agent=(A,), other=(A,)),
    Kind.TO_AGENT: Becomes(A, A, agent=(A,), other=(A,)),
}
STAYS = ("offered", "answered", "abandoned", "flowed_out", "abandoned_short")
OUT_KINDS = (Kind.OUT, Kind.OUT_BUSY)


@dataclass
class Figures:
    """The day: counts by queue, agent, number dialled, direction and disposition; scores."""

    queues: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    agents: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    numbers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    directions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    dispositions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    scores: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def figures_of(day: Sequence[Lane]) -> Figures:
    """Count the table up."""
    found = Figures()
    for call in every_call(day):
        if call.kind == Kind.STRANGER:
            continue  # another company's
        becomes = BECOMES[call.kind]
        _stays(found, call, becomes)
        for agent, counted in ((call.agent, becomes.agent), (call.other, becomes.other)):
            found.agents[agent].update(counted)
        direction = "out" if call.kind in OUT_KINDS else "in"
        lines = [found.directions[direction]]
        lines += [found.numbers[call.dialled]] if direction == "in" else []
        lines += [found.dispositions[call.said]] if call.said else []
        for line in lines:
            line.update(("calls", becomes.outcome))
        if call.key:
            found.scores[call.agent].append(int(call.key))
    found.agents.pop("", None)
    return found


def _stays(found: Figures, call: Call, becomes: Becomes) -> None:
    if becomes.stay:
        one = found.queues[call.queue]
        one.update(("offered", becomes.stay))
        if becomes.stay == A:
            one["in_time"] += call.wait <= SERVICE_LEVEL_S
        if becomes.stay == B:
            one["abandoned_short"] += call.wait < SHORT_ABANDON_S
    if becomes.next_stay:
        # Whoever gets him next is free and rings at once.
        found.queues[call.next_queue].update(("offered", becomes.next_stay, "in_time"))


def total(rows: Iterable[Counter[str]]) -> Counter[str]:
    """Add rows up."""
    return sum(rows, Counter())


def of(counted: Counter[str], names: tuple[str, ...]) -> Counter[str]:
    """Return the expected counts of these names without those that are 0."""
    return Counter({name: counted[name] for name in names if counted[name]})


Joinings = Mapping[tuple[str, str], float]


def joinings(paths: Iterable[Path]) -> Joinings:
    """Return when each caller joined each queue, {(caller, queue): Unix seconds}, by CEL."""
    found = {}
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for row in csv.reader(lines):
                if len(row) > 12 and row[0] == "HuawuQueued":
                    queue, _, ms = str(json.loads(row[12])["extra"]).rpartition(":")
                    found[row[7], queue.removeprefix("day-")] = int(ms) / 1000
    return found


@dataclass
class Sums:
    """Seconds added up, of how many calls: a tolerance is by the call."""

    seconds: float = 0.0
    calls: int = 0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Add one call's."""
        self.seconds, self.calls = self.seconds + seconds, self.calls + 1
        self.longest = max(self.longest, seconds)


# The exchange learns some milliseconds later than a phone what the phone has done.
PER_CALL_S = 0.15


def is_near(
    said_ms: float | None, sums: Sums, what: str, *, per_call_s: float = PER_CALL_S
) -> None:
    """Insist that a sum of milliseconds is that of the phones' clocks, within the tolerance."""
    assert said_ms is not None, what
    off = said_ms / 1000 - sums.seconds
    limit = per_call_s * sums.calls
    assert abs(off) <= limit, f"{what}: {off:+.2f} s of {sums.seconds:.2f} s, {sums.calls} calls"


@dataclass
class Times:
    """The day's times: waits by queue (of answered; of all), the rest by agent, talk by number."""

    waits: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    every_wait: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    talks: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    holds: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    wrap_ups: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    handled: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    # The two sides' talk, by direction and number dialled: of a call out without the dialling.
    talks_of: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))


def times_of(played: Iterable[Played], joined: Joinings) -> Times:
    """Add up what the phones' clocks say."""
    found = Times()
    for one in played:
        for queue, wait, is_answered in _waits(one, joined):
            found.every_wait[queue].add(wait)
            if is_answered:
                found.waits[queue].add(wait)
        if one.call.kind == Kind.OUT:
            found.talks_of["out"].add(one.caller[OVER] - one.caller[UP])
        for agent, queue, talk, hold in _talks(one):
            found.talks[agent].add(talk)
            found.holds[agent].add(hold)
            wrap_up = WRAP_UP_S.get(queue, 0)
            found.wrap_ups[agent].add(wrap_up)
            found.handled[queue].add(talk + hold + wrap_up)
            if one.call.kind not in OUT_KINDS:
                found.talks_of["in"].add(talk)
                found.talks_of[one.call.dialled].add(talk)
    return found


def _waits(one: Played, joined: Joinings) -> Iterator[tuple[str, float, bool]]:
    """Yield (queue, seconds, whether an agent took him) of each stay."""
    call, stay = one.call, BECOMES[one.call.kind].stay if one.call.kind in BECOMES else ""
    if not stay:
        return
    since = joined[call.caller, call.queue]
    if stay == F:
        # By the table: the exchange sends him on, no phone has a part in it.
        limits = {Kind.OVERFLOWED: OVERFLOW_AFTER_S, Kind.CALL_BACK: 0.0}
        yield call.queue, limits.get(call.kind, LONGEST_WAIT_S), False
    else:
        until = one.phones[call.agent][ANSWERED] if stay == A else one.caller[OVER]
        yield call.queue, until - since, stay == A
    if call.next_queue:
        last = call.agent if call.kind == Kind.OVERFLOWED else call.other
        until = one.phones[last][ANSWERED]
        yield call.next_queue, until - joined[call.caller, call.next_queue], True


def _talks(one: Played) -> Iterator[tuple[str, str, float, float]]:
    """Yield (agent, queue, talk, hold) of each agent who talked."""
    call = one.call
    if call.kind in OUT_KINDS:
        # His state is `talking` as long as his phone is in use (docs/distributor.md).
        yield call.agent, "", one.caller[DOWN] - one.caller[BEGUN], 0.0
        return
    for agent, at in one.phones.items():
        if ANSWERED not in at:
            continue
        hold = at[UNHELD] - at[HELD] if HELD in at else 0.0
        is_next = agent == call.other or call.kind == Kind.OVERFLOWED
        queue = call.next_queue if is_next and call.next_queue else call.queue
        yield agent, queue, at[OVER] - at[ANSWERED] - hold, hold


def trunk_seconds(paths: Iterable[Path], played: Iterable[Played]) -> Sums:
    """Add up how long the trunk's channels of these calls were there, by CEL."""
    callers = {one.call.caller for one in played if one.call.kind != Kind.STRANGER}
    mine: set[str] = set()
    begun: dict[tuple[str, str], float] = {}
    ended: dict[tuple[str, str], float] = {}
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for row in csv.reader(lines):
                event, at, linkedid, uniqueid, channel, number = *row[:5], row[7]
                if number in callers:
                    mine.add(linkedid)
                if channel.startswith("PJSIP/trunk-carrier-"):
                    table = {"CHAN_START": begun, "HANGUP": ended}.get(event, {})
                    table[linkedid, uniqueid] = float(at)
    found = Sums()
    for key, since in begun.items():
        if key[0] in mine:
            found.add(ended[key] - since)
    return found
