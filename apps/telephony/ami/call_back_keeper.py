"""One node's call-backs between the board and the database: due ones in, tries out.

A thread of its own, since the distributor's never touches the database. For each order of the board
it claims the row, which one node gets, and rings the agent's phone (Originate) with a uniqueid
chosen before, so that the try's call is known before it exists. What became of it the ledger tells
(`acd.call_back_tries`); here only what was never begun is freed.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.db import close_old_connections, connection

from apps.acd.call_back_tries import (
    Claim,
    call_back_claim,
    call_back_lost,
    call_backs_due,
    call_backs_expire,
    call_backs_heal,
    call_backs_out,
    call_backs_untold,
)
from apps.acd.engine.call_backs import BEGIN_S, CallBackRing, DueCallBack, row_id
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import ACD, Fact
from apps.core.phones import channel_like
from apps.telephony import dialplan_variables as hw
from apps.telephony.ami.actions import AmiActions
from apps.telephony.ami.connection import AmiError

logger = logging.getLogger(__name__)

CONTEXT = "huawu-call-back"
READ_S, HEAL_S = 2.0, 10.0
# How long the customer's phone rings.
CUSTOMER_RING_S = 45
# Before the board gives an order up (`engine.call_backs.BEGIN_S`).
MAKE_WITHIN_S = BEGIN_S - 3.0
MAX_ORDERS = 1_000
MOST_UNTOLD = 1_000


class CallBackKeeper:
    """Threads meet in a bounded queue; `make`, `begun` and `look` never block."""

    def __init__(
        self,
        node: str,
        actions: AmiActions,
        *,
        put_fact: Callable[[Fact], None],
        on_due: Callable[[list[DueCallBack]], None],
        on_refused: Callable[[str], None],
    ) -> None:
        self._node = node
        self._actions = actions
        self._put_fact = put_fact
        self._on_due = on_due
        self._on_refused = on_refused
        self._orders: queue.Queue[tuple[CallBackRing, Fact, float] | None] = queue.Queue(MAX_ORDERS)
        # What the ledger is told of a try once its first channel is there: a fact before it would
        # be a call that never ends when Asterisk does not begin it.
        self._untold: dict[str, list[Fact]] = {}
        self._stopping = threading.Event()
        self._is_new_link = threading.Event()
        self._last_fault = ""
        self._next_heal = 0.0
        self._thread = threading.Thread(target=self._run, name="acd-call-backs", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; tries that are out go on in Asterisk."""
        self._stopping.set()
        self._look()
        if self._thread.is_alive():
            self._thread.join(5)

    def make(self, order: CallBackRing, routed: Fact) -> None:
        """Take an order of the board; `routed` keeps why it is this agent."""
        try:
            self._orders.put_nowait((order, routed, time.monotonic() + MAKE_WITHIN_S))
        except queue.Full:
            self._on_refused(order.offer.call)

    def begun(self, channel: str) -> None:
        """Tell the ledger of a try whose first channel is there."""
        for fact in self._untold.pop(channel, ()):
            self._put_fact(fact)

    def link_up(self) -> None:
        """Tell the ledger again of tries that are out: it may not have heard."""
        self._is_new_link.set()
        self._look()

    def _look(self) -> None:
        try:
            self._orders.put_nowait(None)
        except queue.Full:
            return

    def _run(self) -> None:
        next_reading = 0.0
        while not self._stopping.is_set():
            try:
                item = self._orders.get(timeout=max(0.01, next_reading - time.monotonic()))
            except queue.Empty:
                item = None
            if item is not None:
                self._guarded(partial(self._make, *item), item[0].offer.call)
            if time.monotonic() >= next_reading:
                next_reading = time.monotonic() + READ_S
                self._guarded(self._read)
        connection.close()

    def _guarded(self, do: Callable[[], None], call: str = "") -> None:
        """Outlive a dead database or link; the same fault again and again is told once."""
        close_old_connections()
        try:
            do()
        except AmiError as error:
            logger.warning("call-backs: %s", error, extra={"node": self._node})
        except Exception as error:
            if self._last_fault != str(error):
                logger.exception("call-backs", extra={"node": self._node})
            self._last_fault = str(error)
            connection.close()
        else:
            self._last_fault = ""
            return
        if call:
            # Whether Asterisk has it is not known: the row is out until it is looked for.
            self._on_refused(call)

    def _read(self) -> None:
        if self._is_new_link.is_set():
            alive = {channel.uniqueid for channel in self._actions.live_channels()}
            for linkedid, claimed_at, claim in call_backs_out(self._node):
                if linkedid in alive:
                    self._put_fact(call_back_fact(self._node, linkedid, claim, claimed_at))
            self._is_new_link.clear()
        call_backs_expire()
        self._on_due(call_backs_due())
        if time.monotonic() >= self._next_heal:
            self._next_heal = time.monotonic() + HEAL_S
            for linkedid, claimed_at, claim in call_backs_untold(self._node):
                self._put_fact(call_back_fact(self._node, linkedid, claim, claimed_at))
            call_backs_heal(node=self._node, live=self._alive)

    def _alive(self) -> set[str]:
        return {channel.uniqueid for channel in self._actions.live_channels()}

    def _make(self, order: CallBackRing, routed: Fact, until: float) -> None:
        now = datetime.now(UTC)
        claim = call_back_claim(
            pk=row_id(order.offer.call),
            node=self._node,
            linkedid=order.channel,
            agent=order.agent,
            now=now,
        )
        if claim is not None and time.monotonic() >= until:
            # The board believes no more in it: its agent may have another call by now.
            call_back_lost(node=self._node, linkedid=order.channel, now=now)
            claim = None
        if claim is None:
            self._on_refused(order.offer.call)
            return
        self._untold[order.channel] = [
            call_back_fact(self._node, order.channel, claim, now),
            routed,
            _agent_fact(self._node, kinds.OFFERED, order.channel, claim.queue, order.phone, now),
        ]
        while len(self._untold) > MOST_UNTOLD:
            del self._untold[next(iter(self._untold))]
        self._actions.originate_call_back(
            phone=order.phone,
            channel_id=order.channel,
            context=CONTEXT,
            ring_s=order.ring_s,
            shown=claim.number,
            variables={
                f"__{hw.TENANT}": claim.tenant_slug,
                hw.QUEUE: claim.queue,
                hw.DIAL: claim.target,
                hw.DIAL_CALLER_ID: claim.caller_id,
                hw.DIAL_TIMEOUT_S: str(CUSTOMER_RING_S),
            },
        )


def call_back_fact(node: str, linkedid: str, claim: Claim, at: datetime) -> Fact:
    """Return the fact that says what a try is."""
    return Fact(
        node=node,
        linkedid=linkedid,
        key=f"{linkedid}:call_back",
        kind=kinds.CALL_BACK,
        at=at,
        source=ACD,
        uniqueid=linkedid,
        data={
            "call_back": claim.pk,
            "tenant": claim.tenant_slug,
            "queue": claim.queue,
            "number": claim.number,
            "attempt": claim.attempt,
            "ordered_in": claim.order_linkedid,
            "joined_at": claim.joined_at.isoformat(),
        },
    )


def missed_fact(node: str, linkedid: str, queue_name: str, phone: str, at: datetime) -> Fact:
    """Return the fact that the agent did not answer."""
    return _agent_fact(node, kinds.NOT_ANSWERED, linkedid, queue_name, phone, at)


def _agent_fact(
    node: str, kind: str, linkedid: str, queue_name: str, phone: str, at: datetime
) -> Fact:
    return Fact(
        node=node,
        linkedid=linkedid,
        key=f"{linkedid}:{kind}",
        kind=kind,
        at=at,
        source=ACD,
        uniqueid=linkedid,
        data={"queue": queue_name, "endpoint": phone, "channel": channel_like(phone)},
    )
