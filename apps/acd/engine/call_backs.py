"""The call-backs on the distributor's board: who is due, whose agent is reserved. No I/O.

A call-back waits with the callers, in its place. Offered, it is out: one agent is reserved for it
until the try is over, so there are never more out than there were free agents.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.acd.engine.decide import Offer
from apps.acd.engine.floor import Need, Waiting

PREFIX = "callback-"
# A try that Asterisk does not begin within this time (the database is asked before) is given up.
BEGIN_S = 10.0
# How long past its ringing time we believe that an agent's phone rings.
OVERDUE_S = 30.0
MOST_REMEMBERED = 2_000


def board_id(pk: int) -> str:
    """Return what a call-back is called on the board."""
    return f"{PREFIX}{pk}"


def row_id(board: str) -> int:
    """Return the row's id of a call-back on the board."""
    return int(board.removeprefix(PREFIX))


def try_id(board: str, now: datetime) -> str:
    """Return the uniqueid that a try's first channel, the agent's, will have."""
    return f"{board}-{int(now.timestamp() * 1000)}"


@dataclass(frozen=True)
class DueCallBack:
    """A call-back that may be made now, as the database has it."""

    id: str
    queue: str
    joined_at: datetime
    priority: int = 0
    needs: tuple[Need, ...] = ()
    attempt: int = 0


@dataclass(frozen=True)
class CallBackRing:
    """Order: ring this agent's phone for a call-back; its first channel shall be `channel`."""

    offer: Offer
    channel: str
    agent: str
    phone: str
    ring_s: int


@dataclass
class Out:
    """A call-back that is being made."""

    id: str
    queue: str
    channel: str
    agent: str
    since: datetime
    ring_s: int
    has_begun: bool = False
    is_agent_there: bool = False
    has_customer: bool = False

    @property
    def believed_until(self) -> datetime | None:
        """Return until when we wait for news, None once the agent has answered."""
        if self.is_agent_there:
            return None
        limit_s = self.ring_s + OVERDUE_S if self.has_begun else BEGIN_S
        return self.since + timedelta(seconds=limit_s)


class CallBacks:
    """Due and out. Every method takes news in any order and twice."""

    def __init__(self) -> None:
        self._due: dict[str, Waiting] = {}
        self._out: dict[str, Out] = {}
        self._missed: dict[str, frozenset[str]] = {}

    def __contains__(self, call: str) -> bool:
        return call in self._due

    def due(self, rows: Iterable[DueCallBack]) -> None:
        """Take which call-backs may be made now; who is missing is not due (any more)."""
        self._due = {
            row.id: Waiting(
                id=row.id,
                queue=row.queue,
                joined_at=row.joined_at,
                priority=row.priority,
                needs=row.needs,
                missed=self._missed.get(row.id, frozenset()),
                attempt=row.attempt,
                is_call_back=True,
            )
            for row in rows
        }

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Return those that are due and not out."""
        return tuple(wait for call, wait in self._due.items() if call not in self._out)

    @property
    def reserved(self) -> frozenset[str]:
        """Return the agents who are taken for one."""
        return frozenset(out.agent for out in self._out.values())

    def found(self, alive: Collection[str]) -> frozenset[str]:
        """Take which channels there are; return those that were there, now or before.

        A try that is not there yet may be on its way: its time ends it, not its absence.
        """
        for out in self._out.values():
            out.has_begun = out.has_begun or out.channel in alive
        return frozenset(out.channel for out in self._out.values() if out.has_begun)

    def times(self) -> list[datetime]:
        """Return when something is given up that nobody told of."""
        return [out.believed_until for out in self._out.values() if out.believed_until is not None]

    def send(self, offer: Offer, *, phone: str, ring_s: int, now: datetime) -> CallBackRing:
        """Take an offer for ordered: its agent is reserved."""
        agent = offer.agents[0]
        channel = try_id(offer.call, now)
        self._out[offer.call] = Out(offer.call, offer.queue, channel, agent, now, ring_s)
        return CallBackRing(offer, channel, agent, phone, ring_s)

    def refused(self, call: str) -> None:
        """Note that it was not made: another node has it, or it may not be made now."""
        self._out.pop(call, None)
        self._due.pop(call, None)

    def begun(self, channel: str) -> None:
        """Note that the agent's channel is there."""
        out = self.by_channel(channel)
        if out is not None:
            out.has_begun = True

    def agent_there(self, channel: str) -> None:
        """Note that the agent has answered: the customer is called."""
        out = self.by_channel(channel)
        if out is not None:
            out.has_begun = out.is_agent_there = True

    def customer_there(self, channel: str) -> Out | None:
        """Note that the customer has answered; return the try, None for one that is not ours."""
        out = self.by_channel(channel)
        if out is None or out.has_customer:
            return None
        out.has_begun = out.is_agent_there = out.has_customer = True
        return out

    def over(self, channel: str) -> Out | None:
        """Note that the agent's channel is gone; return the try. It is due again when read so."""
        out = self.by_channel(channel)
        if out is None:
            return None
        del self._out[out.id]
        self._due.pop(out.id, None)
        if out.has_customer:
            self._missed.pop(out.id, None)
        elif not out.is_agent_there:
            # Until it is due again who missed it is remembered; of many the oldest are forgotten.
            self._missed[out.id] = self._missed.pop(out.id, frozenset()) | {out.agent}
            while len(self._missed) > MOST_REMEMBERED:
                del self._missed[next(iter(self._missed))]
        return out

    def overdue(self, now: datetime) -> list[str]:
        """Return the channels of tries of which nothing was heard in time."""
        return [
            out.channel
            for out in self._out.values()
            if out.believed_until is not None and now >= out.believed_until
        ]

    def by_agent(self, agent: str) -> Out | None:
        """Return the try for which the agent is taken."""
        return next((out for out in self._out.values() if out.agent == agent), None)

    def by_channel(self, channel: str) -> Out | None:
        """Return the try with this first channel."""
        return next((out for out in self._out.values() if out.channel == channel), None)
