"""Who waits at which place and for how long, who goes on elsewhere, what is said meanwhile.

The board's other half: it chooses whom to ring, this looks after whoever is not rung. It sees the
floor and the callers at each step and keeps only what they do not tell: what each queue did lately,
which rules a call has used, what was said to it. No I/O, no clock.

A step comes with every event, so most callers are passed over until the time at which something
may be due for them (`wake_at`); places are counted only for whom they are needed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from apps.acd.engine import overflow
from apps.acd.engine.estimate import AT_ONCE, Staff, expected_wait_s
from apps.acd.engine.fact_fields import Value
from apps.acd.engine.floor import READY, Agent, Waiting
from apps.acd.engine.overflow import Overflow, Situation, first_due
from apps.acd.engine.pace import Paces
from apps.acd.engine.rows import AgentRow, Joined, QueueRow
from apps.acd.engine.saying import Say, Spoken, first_at, words_for
from apps.acd.engine.ways import Ways


class Caller(Protocol):
    """One caller as the board has him; `wait.joined_at` is his place, `joined.joined_at` not."""

    joined: Joined
    wait: Waiting
    offered_at: datetime | None


@dataclass
class _Life:
    """What is remembered of one caller of one queue."""

    queue: str
    is_joining: bool
    used: frozenset[int]
    spoken: Spoken
    # When something may be due though nothing happens, None never; of which rules that was said.
    wake_at: datetime | None = None
    ways: Ways | None = None
    say_at: datetime | None = None
    # He was not rung at once, so his answer tells how fast the queue is.
    has_waited: bool = False
    # The rule that sent him on last.
    sent_by: int | None = None


@dataclass
class _Floor:
    """One step's view; what is seldom asked for is computed when it is."""

    now: datetime
    callers: Mapping[str, list[Caller]]
    agents: Iterable[Agent]
    rung: Collection[str]
    call_backs: tuple[Waiting, ...]
    _sorted: dict[str, list[Caller]] = field(default_factory=dict)

    def in_order(self, queue: str) -> list[Caller]:
        """Return the queue's callers by their places, those who are being offered too."""
        if queue not in self._sorted:
            found = self.callers.get(queue, ())
            self._sorted[queue] = sorted(found, key=lambda one: one.wait.place)
        return self._sorted[queue]

    def place(self, caller: Caller) -> int:
        """Return the caller's place; 1 is next."""
        return self.in_order(caller.wait.queue).index(caller) + 1

    @cached_property
    def idle(self) -> Mapping[str, int]:
        """Return how many agents each queue has that could be rung now."""
        found: dict[str, int] = {}
        for agent in self.agents:
            if agent.state == READY and agent.id not in self.rung:
                for queue in agent.queues:
                    found[queue] = found.get(queue, 0) + 1
        return found


Orders = tuple[Overflow | Say, ...]
NO_WAYS = Ways()


class Waits:
    """The state; every method may come twice."""

    def __init__(self) -> None:
        self.paces = Paces()
        self.next_at: datetime | None = None
        self._ways: dict[str, Ways] = {}
        self._signed_in: dict[str, int] = {}
        self._serving: dict[str, int] = {}
        self._lives: dict[str, _Life] = {}

    # --- What is told ---

    def rows(self, agents: Iterable[AgentRow], queues: Iterable[QueueRow]) -> None:
        """Take the queues' ways, and who is signed in; who is paused serves nobody."""
        self._ways = {queue.id: queue.ways for queue in queues}
        self._signed_in, self._serving = {}, {}
        for agent in agents:
            for queue in agent.queues:
                self._signed_in[queue] = self._signed_in.get(queue, 0) + 1
                self._serving[queue] = self._serving.get(queue, 0) + (not agent.is_paused)

    def joined(self, joined: Joined) -> None:
        """Take a caller who waits."""
        life = self._lives.get(joined.call)
        if life is None or life.queue != joined.queue:
            used = joined.used | (life.used if life is not None else frozenset())
            is_new = joined.is_new
            self._lives[joined.call] = _Life(
                joined.queue, is_new, used, joined.spoken, has_waited=not is_new
            )

    def answered(self, caller: Caller, now: datetime) -> None:
        """Note that an agent has the caller."""
        life = self._lives.pop(caller.wait.id, None)
        has_waited = life is not None and life.has_waited
        self.paces.answered(caller.wait.queue, _waited_s(caller, now), has_waited, now)

    def gone(self, caller: Caller, now: datetime) -> None:
        """Note that the caller hung up waiting."""
        self._lives.pop(caller.wait.id, None)
        self.paces.gave_up(caller.wait.queue, _waited_s(caller, now), now)

    def moved(self, call: str) -> None:
        """Note that the caller waits here no more; his channel keeps what his call has used."""
        self._lives.pop(call, None)

    def not_sent(self, call: str) -> None:
        """Note that the order to send the caller on failed: its rule is not used."""
        life = self._lives.get(call)
        if life is not None and life.sent_by is not None:
            life.used -= {life.sent_by}
            life.sent_by = life.ways = None

    # --- What follows ---

    def step(
        self,
        callers: Iterable[Caller],
        agents: Iterable[Agent],
        rung: Collection[str],
        now: datetime,
        call_backs: Iterable[Waiting] = (),
    ) -> Orders:
        """Return who goes on elsewhere and what is said to whom, after everybody was rung.

        `rung` are agents who have been offered a call since `agents` was looked at. `call_backs`
        that may be made have their places among the callers, and take agents as they do.
        """
        by_queue: dict[str, list[Caller]] = {name: [] for name in self._ways}
        for caller in callers:
            by_queue.setdefault(caller.wait.queue, []).append(caller)
        floor = _Floor(now, by_queue, agents, rung, tuple(call_backs))
        orders: list[Overflow | Say] = []
        wakes: list[datetime] = []
        for queue, found in by_queue.items():
            ways = self._ways.get(queue, NO_WAYS)
            is_hot = self._is_hot(queue, ways)
            is_busy = False
            for caller in found:
                life = self._lives.get(caller.wait.id)
                if life is None or caller.offered_at is not None:
                    continue
                is_busy = True
                if is_hot or life.ways is not ways or (life.wake_at and now >= life.wake_at):
                    order = self._look(caller, life, ways, floor)
                    if order is not None:
                        orders.append(order)
                elif not life.has_waited:
                    life.has_waited = now - caller.joined.joined_at >= AT_ONCE
                if life.wake_at is not None:
                    wakes.append(life.wake_at)
            self.paces.busy(queue, is_busy, self._serving.get(queue, 0), now)
        self.next_at = min(wakes, default=None)
        return tuple(orders)

    def _is_hot(self, queue: str, ways: Ways) -> bool:
        """Say whether a rule may be true at any moment of everybody who waits."""
        return any(
            rule.when == overflow.CONDITION
            or (rule.when == overflow.NOBODY and not self._signed_in.get(queue))
            for rule in ways.rules
        )

    def _look(
        self, caller: Caller, life: _Life, ways: Ways, floor: _Floor
    ) -> Overflow | Say | None:
        joined_at, now = caller.joined.joined_at, floor.now
        life.has_waited = life.has_waited or now - joined_at >= AT_ONCE
        order: Overflow | Say | None = self._overflow(caller, life, ways, floor)
        life.is_joining = False
        if order is None and ways.says.is_on:
            order = self._say(caller, life, ways, floor)
        life.ways = ways
        times = [overflow.next_at(ways.rules, life.used, joined_at, now)]
        if ways.says.is_on:
            times.append(life.say_at or first_at(ways.says, joined_at))
        life.wake_at = min((at for at in times if at is not None), default=None)
        return order

    def _overflow(self, caller: Caller, life: _Life, ways: Ways, floor: _Floor) -> Overflow | None:
        if not ways.rules:
            return None
        queue, place = caller.wait.queue, floor.place(caller) if life.is_joining else 0
        expected = None
        if life.is_joining and overflow.needs_estimate(ways.rules):
            expected = self._expected(caller, floor)
        situation = Situation(
            now=floor.now,
            joined_at=caller.joined.joined_at,
            is_joining=life.is_joining,
            before_him=place - 1,
            signed_in=self._signed_in.get(queue, 0),
            expected_s=expected,
            facts=_Facts(self, queue.rpartition("-")[0], caller, floor),
        )
        due = first_due(ways.rules, life.used, situation)
        if due is None:
            return None
        life.used |= {due.rule.id}
        life.sent_by = due.rule.id
        return Overflow(
            call=caller.wait.id,
            channel=caller.joined.channel,
            linkedid=caller.joined.linkedid,
            queue=queue,
            due=due,
            used=tuple(sorted(life.used)),
            waited_s=_waited_s(caller, floor.now),
        )

    def _say(self, caller: Caller, life: _Life, ways: Ways, floor: _Floor) -> Say | None:
        says, now, wait = ways.says, floor.now, caller.wait
        if now < (life.say_at or first_at(says, caller.joined.joined_at)):
            return None
        life.say_at = now + timedelta(seconds=says.every_s)
        wait_s = self._expected(caller, floor) if says.wait else None
        words, life.spoken = words_for(says, floor.place(caller), wait_s, life.spoken)
        if words is None:
            return None
        joined = caller.joined
        return Say(wait.id, joined.channel, wait.queue, joined.language, words, life.spoken)

    def _expected(self, caller: Caller, floor: _Floor) -> float | None:
        """Return the caller's expected wait, None unknown.

        Who rings has an agent already; whoever is idle did not want or may not take him.
        """
        queue = caller.wait.queue
        place = floor.place(caller)
        before = floor.in_order(queue)[: place - 1]
        place -= sum(one.offered_at is not None for one in before)
        place += sum(
            one.queue == queue and one.place < caller.wait.place for one in floor.call_backs
        )
        return self.expected_s(queue, place, floor.now)

    def expected_s(self, queue: str, place: int, now: datetime, *, idle: int = 0) -> float | None:
        """Return the expected wait of the caller at this place, None unknown."""
        staff = Staff(self._serving.get(queue, 0), idle)
        return expected_wait_s(place, self.paces.pace(queue, now), staff)

    def signed_in(self, queue: str) -> int:
        """Return how many agents are signed in to the queue, paused ones too."""
        return self._signed_in.get(queue, 0)


def _waited_s(caller: Caller, now: datetime) -> float:
    return max(timedelta(), now - caller.joined.joined_at).total_seconds()


@dataclass(frozen=True)
class _Facts:
    """What a condition may know of a waiting caller here: his wait, and the company's queues."""

    waits: Waits
    company: str
    caller: Caller
    floor: _Floor

    def get(self, name: str) -> Value | None:
        """Return the fact, None for unknown."""
        now = self.floor.now
        if name == "waited_s":
            return _waited_s(self.caller, now)
        first, _, rest = name.partition(".")
        number, _, what = rest.partition(".")
        queue = f"{self.company}-{number}"
        callers = self.floor.callers.get(queue)
        if first != "queues" or callers is None:
            return None
        idle = self.floor.idle.get(queue, 0)
        if what == "expected_wait_s":
            # Of the next one who comes.
            place = sum(one.offered_at is None for one in callers) + 1
            return self.waits.expected_s(queue, place, now, idle=idle)
        if what == "longest_wait_s":
            return max((_waited_s(one, now) for one in callers), default=0)
        counts = {
            "waiting": len(callers),
            "idle": idle,
            "signed_in": self.waits.signed_in(queue),
        }
        return counts.get(what)
