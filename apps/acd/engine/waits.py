"""Who waits at which place and for how long, who goes on elsewhere, what is said meanwhile.

The board's other half: it chooses whom to ring, this looks after whoever is not rung. It sees the
floor and the callers at each step and keeps only what they do not tell: what each queue did lately,
which rules a call has used, what was said to it. No I/O, no clock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.acd.engine import overflow
from apps.acd.engine.estimate import AT_ONCE, Staff, expected_wait_s
from apps.acd.engine.fact_fields import Value
from apps.acd.engine.floor import READY, Agent, Waiting
from apps.acd.engine.overflow import Overflow, Situation, first_due
from apps.acd.engine.pace import Paces
from apps.acd.engine.saying import Say, Says, Spoken, first_at, words_for


@dataclass(frozen=True)
class Ways:
    """What a queue does with who waits in it: its rules and what it says."""

    rules: tuple[overflow.Rule, ...] = ()
    says: Says = field(default_factory=Says)


@dataclass(frozen=True)
class Caller:
    """One caller as the board has him; `wait.joined_at` is his place, `joined_at` this queue's."""

    channel: str
    linkedid: str
    joined_at: datetime
    language: str
    is_offered: bool
    wait: Waiting


@dataclass
class _Life:
    """What is remembered of one caller of one queue."""

    queue: str
    is_joining: bool
    used: frozenset[int]
    spoken: Spoken
    say_at: datetime | None = None
    # He was not rung at once, so his answer tells how fast the queue is.
    has_waited: bool = False
    # The rule that sent him on last.
    sent_by: int | None = None


@dataclass(frozen=True)
class QueueNow:
    """A queue now; `waiting` in the order of their places, offered ones too."""

    waiting: tuple[Caller, ...] = ()
    staff: Staff = field(default_factory=lambda: Staff(0))
    signed_in: int = 0
    call_backs: tuple[Waiting, ...] = ()


Orders = tuple[Overflow | Say, ...]


@dataclass
class Waits:
    """The state; every method may come twice."""

    ways: Mapping[str, Ways] = field(default_factory=dict)
    paces: Paces = field(default_factory=Paces)
    _lives: dict[str, _Life] = field(default_factory=dict)

    def joined(
        self, call: str, queue: str, *, is_new: bool, used: frozenset[int], spoken: Spoken
    ) -> None:
        """Take a caller who waits; `is_new` unless he waited already when the board began."""
        life = self._lives.get(call)
        if life is None or life.queue != queue:
            carried = life.used | used if life is not None else used
            self._lives[call] = _Life(queue, is_new, carried, spoken, has_waited=not is_new)

    def answered(self, wait: Waiting, joined_at: datetime, now: datetime) -> None:
        """Note that an agent has the caller."""
        life = self._lives.pop(wait.id, None)
        has_waited = life is not None and life.has_waited
        waited_s = max(timedelta(), now - joined_at).total_seconds()
        self.paces.answered(wait.queue, waited_s, has_waited, now)

    def gone(self, wait: Waiting, joined_at: datetime, now: datetime) -> None:
        """Note that the caller hung up waiting."""
        self._lives.pop(wait.id, None)
        waited_s = max(timedelta(), now - joined_at).total_seconds()
        self.paces.gave_up(wait.queue, waited_s, now)

    def moved(self, call: str) -> None:
        """Note that the caller waits here no more; his channel keeps what his call has used."""
        self._lives.pop(call, None)

    def not_sent(self, call: str) -> None:
        """Note that the order to send the caller on failed: its rule is not used."""
        life = self._lives.get(call)
        if life is not None and life.sent_by is not None:
            life.used -= {life.sent_by}
            life.sent_by = None

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
        found = self._now(callers, agents, rung, call_backs)
        orders: list[Overflow | Say] = []
        for name, queue in found.items():
            is_busy = False
            for place, caller in enumerate(queue.waiting, start=1):
                if caller.is_offered:
                    continue
                is_busy = True
                order = self._of(name, place, caller, found, now)
                if order is not None:
                    orders.append(order)
            self.paces.busy(name, is_busy, queue.staff.serving, now)
        return tuple(orders)

    def next_at(self, callers: Iterable[Caller], now: datetime) -> datetime | None:
        """Return when `step` may answer otherwise though nothing happens."""
        times = []
        for caller in callers:
            life, ways = self._lives.get(caller.wait.id), self.ways.get(caller.wait.queue)
            if life is None or ways is None or caller.is_offered:
                continue
            times.append(overflow.next_at(ways.rules, life.used, caller.joined_at, now))
            if ways.says.is_on:
                times.append(life.say_at or first_at(ways.says, caller.joined_at))
        return min((at for at in times if at is not None and at > now), default=None)

    def expected_s(self, queue: str, place: int, staff: Staff, now: datetime) -> float | None:
        """Return the expected wait of the caller at this place, None unknown."""
        return expected_wait_s(place, self.paces.pace(queue, now), staff)

    def _of(
        self,
        name: str,
        place: int,
        caller: Caller,
        found: Mapping[str, QueueNow],
        now: datetime,
    ) -> Overflow | Say | None:
        life, ways = self._lives.get(caller.wait.id), self.ways.get(name, Ways())
        if life is None:
            return None
        if now - caller.joined_at >= AT_ONCE:
            life.has_waited = True
        is_joining, life.is_joining = life.is_joining, False
        if ways.rules:
            order = self._overflow(name, place, caller, life, is_joining, found, now)
            if order is not None:
                return order
        return self._say(ways.says, place, caller, life, found[name], now)

    def _overflow(
        self,
        name: str,
        place: int,
        caller: Caller,
        life: _Life,
        is_joining: bool,
        found: Mapping[str, QueueNow],
        now: datetime,
    ) -> Overflow | None:
        queue, rules = found[name], self.ways[name].rules
        expected = None
        if is_joining and overflow.needs_estimate(rules):
            expected = self._expected(queue, name, place, now)
        situation = Situation(
            now=now,
            joined_at=caller.joined_at,
            is_joining=is_joining,
            before_him=place - 1,
            signed_in=queue.signed_in,
            expected_s=expected,
            facts=_Facts(self, name.rpartition("-")[0], caller, found, now),
        )
        due = first_due(rules, life.used, situation)
        if due is None:
            return None
        life.used |= {due.rule.id}
        life.sent_by = due.rule.id
        return Overflow(
            call=caller.wait.id,
            channel=caller.channel,
            linkedid=caller.linkedid,
            queue=name,
            due=due,
            used=tuple(sorted(life.used)),
            waited_s=max(timedelta(), now - caller.joined_at).total_seconds(),
        )

    def _say(
        self,
        says: Says,
        place: int,
        caller: Caller,
        life: _Life,
        queue: QueueNow,
        now: datetime,
    ) -> Say | None:
        if not says.is_on or now < (life.say_at or first_at(says, caller.joined_at)):
            return None
        life.say_at = now + timedelta(seconds=says.every_s)
        wait_s = self._expected(queue, caller.wait.queue, place, now) if says.wait else None
        words, life.spoken = words_for(says, place, wait_s, life.spoken)
        if words is None:
            return None
        wait = caller.wait
        return Say(wait.id, caller.channel, wait.queue, caller.language, words, life.spoken)

    def _expected(self, queue: QueueNow, name: str, place: int, now: datetime) -> float | None:
        # Who rings has an agent already; and whoever is free now did not want or may not take him.
        rung = sum(one.is_offered for one in queue.waiting[: place - 1])
        him = queue.waiting[place - 1].wait
        before = sum(one.place < him.place for one in queue.call_backs)
        return self.expected_s(name, place - rung + before, Staff(queue.staff.serving), now)

    def _now(
        self,
        callers: Iterable[Caller],
        agents: Iterable[Agent],
        rung: Collection[str],
        call_backs: Iterable[Waiting],
    ) -> dict[str, QueueNow]:
        waiting: dict[str, list[Caller]] = {name: [] for name in self.ways}
        for caller in callers:
            waiting.setdefault(caller.wait.queue, []).append(caller)
        due = tuple(call_backs)
        signed_in: dict[str, int] = {}
        serving: dict[str, int] = {}
        idle: dict[str, int] = {}
        for agent in agents:
            is_idle = agent.state == READY and agent.id not in rung
            for name in agent.queues:
                signed_in[name] = signed_in.get(name, 0) + 1
                serving[name] = serving.get(name, 0) + (agent.state not in AWAY)
                idle[name] = idle.get(name, 0) + is_idle
        return {
            name: QueueNow(
                waiting=tuple(sorted(found, key=lambda one: one.wait.place)),
                staff=Staff(serving.get(name, 0), idle.get(name, 0)),
                signed_in=signed_in.get(name, 0),
                call_backs=tuple(one for one in due if one.queue == name),
            )
            for name, found in waiting.items()
        }


# They are signed in and yet take no calls.
AWAY = frozenset({"paused", "unreachable"})


@dataclass(frozen=True)
class _Facts:
    """What a condition may know of a waiting caller here: his wait, and the company's queues."""

    waits: Waits
    company: str
    caller: Caller
    queues: Mapping[str, QueueNow]
    now: datetime

    def get(self, name: str) -> Value | None:
        """Return the fact, None for unknown."""
        if name == "waited_s":
            return (self.now - self.caller.joined_at).total_seconds()
        first, _, rest = name.partition(".")
        number, _, what = rest.partition(".")
        queue = self.queues.get(f"{self.company}-{number}")
        if first != "queues" or queue is None:
            return None
        if what == "expected_wait_s":
            # Of the next one who comes.
            place = sum(not one.is_offered for one in queue.waiting) + 1
            full = f"{self.company}-{number}"
            return self.waits.expected_s(full, place, queue.staff, self.now)
        if what == "longest_wait_s":
            joined: Sequence[datetime] = [one.joined_at for one in queue.waiting]
            return (self.now - min(joined)).total_seconds() if joined else 0
        return {
            "waiting": len(queue.waiting),
            "idle": queue.staff.idle,
            "signed_in": queue.signed_in,
        }.get(what)
