"""What one node's distributor knows now, and what it orders. One thread, no I/O, no clock.

Callers come and go, phones change their state, agents' wishes are read anew; `step` answers with
what has to be done. It holds of every order of events: a caller is waiting, offered or gone, never
two of them; an agent is part of one offer at most; whoever was offered comes back or is answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.acd.engine.agent_state import IN_TALK, Live
from apps.acd.engine.call_backs import CallBackRing, CallBacks, try_id
from apps.acd.engine.decide import Offer, decide
from apps.acd.engine.floor import Agent, Floor, Queue, Waiting
from apps.acd.engine.orders import Order, Reason, Ring, Step, TimeOut
from apps.acd.engine.overflow import Overflow
from apps.acd.engine.record import make_record
from apps.acd.engine.rows import AgentRow, Joined, QueueRow
from apps.acd.engine.team import Team
from apps.acd.engine.waits import Waits

# An offer that Asterisk does not begin within this time was lost on its way.
BEGIN_S = 3.0
# How long past its ringing time (an announcement may follow) we believe in an offer.
OVERDUE_S = 30.0
# How often a caller's reasons for waiting are told while nobody is rung.
AGAIN = timedelta(seconds=30)


@dataclass
class _Held:
    """A caller and the agents that ring for him, if any."""

    joined: Joined
    wait: Waiting
    agents: tuple[str, ...] = ()
    offered_at: datetime | None = None
    has_begun: bool = False
    # When it was told last why nobody was rung.
    passed_at: datetime | None = None


class Board(Team):
    """The state; every method is idempotent and takes events in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._last_order: dict[str, int] = {}
        self._calls: dict[str, _Held] = {}
        # Sent on elsewhere, until it is heard that they are there.
        self._sent: dict[str, tuple[_Held, datetime]] = {}
        self.call_backs = CallBacks()
        self._reserved: frozenset[str] = frozenset()
        self.waits = Waits()

    # --- What the database says ---

    def rows(
        self, agents: Iterable[AgentRow], queues: Iterable[QueueRow], now: datetime | None = None
    ) -> None:
        """Take the agents who are signed in and the queues; who is missing is signed out."""
        super().rows(agents, queues, now)
        self.waits.rows(self._agents.values(), self._queues.values())
        for held in self._calls.values():
            held.wait = self._with_wishes(held.wait, held.joined)

    def _handled(self, queue: str, seconds: float) -> None:
        self.waits.paces.handled(queue, seconds)

    # --- What Asterisk says ---

    def joined(self, joined: Joined) -> None:
        """Note that a caller waits: he came, came back from an offer, or was found again."""
        held = self._calls.get(joined.call)
        self._sent.pop(joined.call, None)
        self.waits.joined(joined)
        wait = Waiting(
            id=joined.call,
            queue=joined.queue,
            joined_at=joined.place,
            priority=joined.priority,
        )
        wait = self._with_wishes(wait, joined)
        if held is not None and held.joined.queue == joined.queue:
            wait = replace(wait, missed=held.wait.missed, attempt=held.wait.attempt)
            if held.offered_at is not None:
                # Heard late: he said so before he was offered.
                held.joined, held.wait = joined, wait
                return
        self._touch(*self.offered(joined.call))
        self._calls[joined.call] = _Held(joined, wait)

    def begun(self, call: str) -> None:
        """Note that Asterisk rings the agents of a call's offer."""
        held = self._calls.get(call)
        if held is not None and held.offered_at is not None:
            held.has_begun = True

    def answered(self, call: str, endpoint: str, now: datetime) -> None:
        """Note that a phone took the call: its caller waits no more."""
        self._sent.pop(call, None)
        held = self._calls.pop(call, None)
        agent = self._by_phone.get(endpoint, "")
        seen = self._seen.get(agent)
        if held is not None:
            self.waits.answered(held, now)
        self._touch(agent, *(held.agents if held else ()))
        if held is None or seen is None:
            return
        is_in_talk = self._device(agent) in IN_TALK
        seen.took(held.wait.queue, call, held.joined.linkedid, is_in_talk=is_in_talk)
        seen.answered_at = now

    def missed(self, joined: Joined, now: datetime) -> None:
        """Note that nobody took the offer and the caller waits again."""
        held = self._calls.get(joined.call)
        if held is None:
            self.joined(joined)
            return
        if held.offered_at is None:
            return
        self._rest(held.agents, held.wait.queue, now)
        held.joined = joined
        held.wait = replace(held.wait, missed=held.wait.missed | set(held.agents))
        self._waits_again(held)

    def picked(self, call: str, agent: str, now: datetime) -> Ring | None:
        """Offer a call that rings at others to who picks it up; None when it rings no more."""
        held, row = self._calls.get(call), self._agents.get(agent)
        if held is None or held.offered_at is None or row is None or self._offer_of(agent):
            return None
        self._touch(*held.agents, agent)
        held.agents, held.offered_at, held.has_begun = (agent,), now, False
        offer = Offer(call, held.wait.queue, (agent,), 0, "")
        return Ring(offer, held.joined.channel, (row.phone,))

    def failed(self, call: str) -> None:
        """Note that an order could not be given: he waits as before."""
        if call in self._sent:
            self._calls.setdefault(call, self._sent.pop(call)[0])
            self.waits.not_sent(call)
            return
        held = self._calls.get(call)
        if held is not None and held.offered_at is not None:
            self._waits_again(held)

    def waits_again(self, call: str) -> None:
        """Note that he was seen waiting: an offer that had begun is over, nobody said how."""
        held = self._calls.get(call)
        if held is not None and held.has_begun:
            self._waits_again(held)

    def call_back_answered(self, channel: str, now: datetime) -> None:
        """Note that the customer of a call-back has answered: now it is its agent's talk."""
        out = self.call_backs.customer_there(channel)
        seen = self._seen.get(out.agent) if out else None
        if out is None or seen is None:
            return
        self._touch(out.agent)
        is_in_talk = self._device(out.agent) in IN_TALK
        seen.took(out.queue, channel, channel, is_in_talk=is_in_talk)

    def left(self, call: str, now: datetime) -> None:
        """Note that the caller waits no more, or that his call is over."""
        self._sent.pop(call, None)
        self._touch(*self.offered(call))
        held = self._calls.pop(call, None)
        if held is not None:
            self.waits.gone(held, now)
        else:
            self.waits.moved(call)
        out = self.call_backs.over(call)
        if out is not None and not out.is_agent_there:
            self._rest((out.agent,), out.queue, now)
        for agent, seen in self._seen.items():
            if call in seen.held:
                seen.hold(call, is_on=False)
                self._touch(agent)
            if seen.call == call:
                self._touch(agent)
                # Until his own phone is idle too he still talks; then the wrap-up begins anew.
                self._talk_over(seen, now, is_idle=self._device(agent) not in IN_TALK)

    def alive(self, calls: Iterable[str], now: datetime) -> None:
        """Take which calls Asterisk has: all others are over, whatever was not heard."""
        alive = set(calls)
        known = set(self._calls) | set(self._sent)
        known |= {seen.call for seen in self._seen.values() if seen.call}
        known |= self.call_backs.found(alive)
        for call in known - alive:
            self.left(call, now)

    # --- What follows ---

    def step(self, now: datetime) -> Step:
        """Return what to do now; what is ordered is taken for done until something else is told."""
        orders: list[Order] = []
        self._take_back(now)
        for channel in self.call_backs.overdue(now):
            self.left(channel, now)
        for call, held in list(self._calls.items()):
            if held.offered_at is not None:
                self._believe(held, now)
            elif held.joined.limit_at is not None and now >= held.joined.limit_at:
                self._send(call, now)
                orders.append(TimeOut(call, held.joined.channel, held.wait.queue))
        is_served = all(held.offered_at is not None for held in self._calls.values())
        if is_served and not self.call_backs.waiting:
            # Most events come while nobody waits: the whole floor need not be looked at.
            self.waits.step(self._calls.values(), (), (), now)
            return Step(tuple(orders))
        floor = self.floor(now)
        offers = decide(floor, now)
        reasons = self._reasons(floor, offers, now)
        for offer in offers:
            if offer.call in self.call_backs:
                orders.append(self._send_call_back(offer, now))
                continue
            held = self._calls[offer.call]
            held.agents, held.offered_at, held.has_begun = offer.agents, now, False
            self._touch(*offer.agents)
            held.wait = replace(held.wait, attempt=held.wait.attempt + 1)
            last = self._agents[offer.agents[-1]]
            self._last_order[offer.queue] = last.queues[offer.queue].order
            phones = tuple(self._agents[agent].phone for agent in offer.agents)
            orders.append(Ring(offer, held.joined.channel, phones))
        rung = {agent for offer in offers for agent in offer.agents}
        due = self.call_backs.waiting
        for order in self.waits.step(self._calls.values(), floor.agents.values(), rung, now, due):
            if isinstance(order, Overflow):
                self._send(order.call, now)
            orders.append(order)
        return Step(tuple(orders), reasons)

    def _send_call_back(self, offer: Offer, now: datetime) -> CallBackRing:
        row, queue = self._agents[offer.agents[0]], self._queues[offer.queue]
        self._last_order[offer.queue] = row.queues[offer.queue].order
        return self.call_backs.send(offer, phone=row.phone, ring_s=queue.ring_s, now=now)

    def _send(self, call: str, now: datetime) -> None:
        """Take a caller for gone elsewhere; he is told of there, or he waits here again."""
        self._touch(*self.offered(call))
        self._sent[call] = (self._calls.pop(call), now)

    def _take_back(self, now: datetime) -> None:
        """Let those wait again of whom nothing was heard where they were sent."""
        for call, (held, sent_at) in list(self._sent.items()):
            if (now - sent_at).total_seconds() >= BEGIN_S:
                del self._sent[call]
                self._calls.setdefault(call, held)

    def _reasons(
        self, floor: Floor, offers: tuple[Offer, ...], now: datetime
    ) -> tuple[Reason, ...]:
        offered = {offer.call for offer in offers}
        found = []
        for wait in floor.waiting:
            if wait.is_call_back:
                # Why it waits nobody asks for hours; why it is made now belongs to its try.
                if wait.id in offered:
                    record = make_record(floor, wait, now, offers)
                    found.append(Reason(wait.id, try_id(wait.id, now), record))
                continue
            held = self._calls[wait.id]
            is_due = held.passed_at is None or now - held.passed_at >= AGAIN
            if wait.queue not in floor.queues or not (is_due or wait.id in offered):
                continue
            held.passed_at = now
            record = make_record(floor, wait, now, offers)
            found.append(Reason(wait.id, held.joined.linkedid, record))
        return tuple(found)

    def next_at(self, now: datetime) -> datetime | None:
        """Return when `step` may answer otherwise though nothing happens, None for never."""
        times: list[datetime | None] = [*self.call_backs.times()]
        for seen in self._seen.values():
            times += [seen.wrap_up_until, seen.rests_until]
        for held in self._calls.values():
            times += [held.joined.limit_at, held.wait.wanted_until, self._believed_until(held)]
            times += [
                held.wait.joined_at + timedelta(seconds=after_s)
                for need in held.wait.needs
                for after_s, _ in need.steps
            ]
        times.append(self.waits.next_at)
        times += [at + timedelta(seconds=BEGIN_S) for _, at in self._sent.values()]
        return min((time for time in times if time is not None and time > now), default=None)

    def floor(self, now: datetime) -> Floor:
        """Return the floor as a decision sees it; only who waits unoffered is waiting."""
        return Floor(
            agents=self._agents_of_floor(now),
            queues={
                row.id: Queue(row.id, row.strategy, self._last_order.get(row.id, -1))
                for row in self._queues.values()
            },
            waiting=(
                *(held.wait for held in self._calls.values() if held.offered_at is None),
                *(self._with_needs(wait) for wait in self.call_backs.waiting),
            ),
        )

    def _agents_of_floor(self, now: datetime) -> dict[str, Agent]:
        """Return the agents; of 1,000 an event touches one, so the others are kept."""
        reserved = self._reserved_now()
        kept = self._on_floor
        stale = [
            row
            for row in self._agents.values()
            if (one := kept.get(row.id)) is None or (one.until is not None and one.until <= now)
        ]
        if stale:
            ringing = {agent for held in self._calls.values() for agent in held.agents} | reserved
            for row in stale:
                kept[row.id] = self._agent(row, row.id in ringing, now)
        return dict(kept)

    @property
    def calls(self) -> frozenset[str]:
        """Return the callers who wait or are offered."""
        return frozenset(self._calls)

    @property
    def here(self) -> frozenset[str]:
        """Return the callers, and who was sent on and is not heard of yet."""
        return frozenset((*self._calls, *self._sent))

    def offered(self, call: str) -> tuple[str, ...]:
        """Return the agents who ring for the call."""
        held = self._calls.get(call)
        return held.agents if held else ()

    def queue_of(self, call: str) -> str:
        """Return the queue in which the caller is, '' when he is in none."""
        held = self._calls.get(call)
        return held.wait.queue if held else ""

    def touched(self) -> dict[str, datetime | None]:
        """Return, once, whose state may be another; with the time when it is known."""
        self._reserved_now()
        found, self._touched = self._touched, {}
        return found

    def live(self, agent: str, now: datetime) -> Live | None:
        """Return an agent's state and what it is about, None when he is signed out."""
        row, seen = self._agents.get(agent), self._seen.get(agent)
        if row is None or seen is None:
            return None
        return self._live(row, seen, self._offer_of(agent), now)

    def _offer_of(self, agent: str) -> tuple[str, str] | None:
        for held in self._calls.values():
            if agent in held.agents:
                return held.wait.queue, held.joined.linkedid
        out = self.call_backs.by_agent(agent)
        return (out.queue, out.channel) if out else None

    def _reserved_now(self) -> frozenset[str]:
        """Return whom call-backs reserve; who was or is no more has been touched."""
        reserved = self.call_backs.reserved
        self._touch(*(reserved ^ self._reserved))
        self._reserved = reserved
        return reserved

    def _with_wishes(self, wait: Waiting, joined: Joined) -> Waiting:
        """Return the wait with what the queue and the call ask for, by the rows of now."""
        row = self._queues.get(joined.queue)
        wanted = self._wanted(joined) if joined.wanted else ""
        return replace(
            wait,
            needs=(*(row.needs if row else ()), *joined.needs),
            wanted=wanted,
            wanted_until=joined.joined_at + timedelta(seconds=joined.wanted_s) if wanted else None,
        )

    def _with_needs(self, wait: Waiting) -> Waiting:
        row = self._queues.get(wait.queue)
        return replace(wait, needs=(*(row.needs if row else ()), *wait.needs))

    def _waits_again(self, held: _Held) -> None:
        self._touch(*held.agents)
        held.agents, held.offered_at, held.has_begun = (), None, False

    def _believed_until(self, held: _Held) -> datetime | None:
        if held.offered_at is None:
            return None
        queue = self._queues.get(held.wait.queue)
        ring_s = queue.ring_s if queue else 60
        limit_s = ring_s + OVERDUE_S if held.has_begun else BEGIN_S
        return held.offered_at + timedelta(seconds=limit_s)

    def _believe(self, held: _Held, now: datetime) -> None:
        until = self._believed_until(held)
        if until is not None and now >= until:
            self._rest(held.agents, held.wait.queue, now)
            self._waits_again(held)
