"""Who gets which call on one node: manager events in, offers out. The rules are in apps.acd.engine.

Two threads. The distributor's own never touches the database: a dead one must not stop calls. The
other reads agents and queues and hands them over. Both meet the link in one bounded queue; when it
is full everything is asked anew, since a lost event may be a lost caller.

Every two seconds it says that it is there (global `HW_ACD_AT`). Whoever waits is told of by the
dialplan once for each start (`HW_ACD`), so that a restart loses nobody; in its absence app_queue
serves (docs/distributor.md).
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import close_old_connections, connection
from panoramisk.message import Message

from apps.acd.engine.board import Board
from apps.acd.engine.call_backs import CallBackRing, DueCallBack
from apps.acd.engine.orders import Order, Ring, TimeOut
from apps.acd.engine.overflow import Overflow
from apps.acd.engine.rows import QueueRow
from apps.acd.engine.saying import Say, spoken_text
from apps.acd.floor_rows import FloorRows, Shift, floor_rows, shifts
from apps.acd.span_writer import SpanWriter
from apps.calls.engine.facts import Fact, endpoint_of
from apps.core.phones import interface_of, is_outside
from apps.telephony import dialplan_variables as hw
from apps.telephony.ami.acd_facts import overflowed_fact, routed_fact
from apps.telephony.ami.actions import AmiActions
from apps.telephony.ami.agent_history import AgentHistory, HistoryRows, history_rows
from apps.telephony.ami.call_back_keeper import CallBackKeeper
from apps.telephony.ami.connection import AmiError, AmiRefusedError, new_epoch
from apps.telephony.ami.events import OFFER_CONTEXT, event_at
from apps.telephony.ami.floor_events import WAIT_CONTEXT, FloorEvents
from apps.telephony.ami.pick_up import PickUp, is_answered
from apps.telephony.ami.spoken import sounds_for

logger = logging.getLogger(__name__)

OVER_CONTEXT = "huawu-wait-over"
OVERFLOW_CONTEXT = "huawu-overflow"
# The dialplan believes in us for 8 s, callers who wait already for 15.
HEARTBEAT_S = 2.0
PICK_UP_S = 3.0
ROWS_S = 2.0
# Callers look once a second whether a new distributor is there. Before all have said that they
# wait, the first to speak would be served before who came earlier.
SETTLE_S = 1.5
MAX_EVENTS = 20_000
# So often all is asked anew though no loss was noticed: no phone's state is believed for ever.
LOOK_S, LOOK_AGAIN_S = 60.0, 10.0


@dataclass(frozen=True)
class _Up:
    epoch: str


@dataclass(frozen=True)
class _Rows:
    rows: FloorRows
    shifts: tuple[Shift, ...]
    history: HistoryRows


class _Down:
    pass


@dataclass(frozen=True)
class _PhoneLost:
    call: str
    linkedid: str
    endpoint: str


@dataclass(frozen=True)
class _CallBacks:
    """Which call-backs may be made now; or that one is not to be made."""

    due: tuple[DueCallBack, ...] = ()
    refused: str = ""


Item = Message | _Up | _Down | _Rows | _CallBacks | _PhoneLost | PickUp


class Distributor:
    """One node's; `hear`, `link_up` and `link_down` never block."""

    def __init__(
        self,
        node: str,
        actions: AmiActions,
        put_fact: Callable[[Fact], None],
        spans: SpanWriter,
    ) -> None:
        self._node = node
        self._put_fact = put_fact
        self._actions = actions
        self._board = Board()
        self._history = AgentHistory(self._board, spans)
        self._inbox: queue.Queue[Item] = queue.Queue(MAX_EVENTS)
        self._stopping = threading.Event()
        self._rows_wanted = threading.Event()
        self._is_overrun = False
        self._epoch = ""
        self._is_announced = False
        self._has_rows = False
        self._queues: tuple[QueueRow, ...] = ()
        self._own_prompts: Mapping[str, Mapping[str, str]] = {}
        self._next_beat = 0.0
        self._next_look = 0.0
        self._settled_at = 0.0
        self._call_backs = CallBackKeeper(
            node,
            actions,
            put_fact=put_fact,
            on_due=lambda rows: self._put(_CallBacks(tuple(rows))),
            on_refused=lambda call: self._put(_CallBacks(refused=call)),
        )
        self._events = FloorEvents(node, self._board, self._call_backs, put_fact)
        self._thread = threading.Thread(target=self._run, name="acd", daemon=True)
        self._reader = threading.Thread(target=self._read_rows, name="acd-rows", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._thread.start()
        self._reader.start()
        self._call_backs.start()

    def stop(self) -> None:
        """End both threads; callers wait on, and app_queue takes them in a few seconds."""
        self._stopping.set()
        self._rows_wanted.set()
        self._call_backs.stop()
        for thread in (self._thread, self._reader):
            if thread.is_alive():
                thread.join(5)

    def hear(self, message: Message) -> None:
        """Take one event from the link's thread."""
        if message.event == "Reload" or FloorEvents.is_wanted(message):
            self._put(message)

    def link_up(self, epoch: str) -> None:
        """Take the link's log-in: everything is asked anew."""
        self._put(_Up(epoch))

    def link_down(self) -> None:
        """Take the link's loss."""
        self._put(_Down())

    def phone_lost(self, call: str, linkedid: str, endpoint: str) -> None:
        """Take that a phone vanished in a talk, before its device says that it is idle."""
        self._put(_PhoneLost(call, linkedid, endpoint))

    def pick_up(self, call: str, agent: str) -> None:
        """Ring this agent (SIP user) for a call that rings at others.

        From another thread. Raises AmiRefusedError when the call rings no more.
        """
        wish = PickUp(call, agent)
        self._put(wish)
        if not wish.wait(PICK_UP_S):
            raise AmiRefusedError(f"{call} does not ring any more")

    def nudge(self) -> None:
        """Read agents and queues now."""
        self._rows_wanted.set()

    def _put(self, item: Item) -> None:
        try:
            self._inbox.put_nowait(item)
        except queue.Full:
            self._is_overrun = True

    # --- The reader ---

    def _read_rows(self) -> None:
        is_first, last_fault = True, ""
        while not self._stopping.is_set():
            close_old_connections()
            try:
                history = history_rows(self._node, is_first=is_first)
                self._put(_Rows(floor_rows(), tuple(shifts()) if is_first else (), history))
            except Exception as error:  # a dead database: what was read last stays true longest
                if last_fault != str(error):
                    logger.exception("agents not read", extra={"node": self._node})
                last_fault = str(error)
                connection.close()
            else:
                is_first, last_fault = False, ""
            self._rows_wanted.wait(ROWS_S)
            self._rows_wanted.clear()
        connection.close()

    # --- The distributor ---

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
            except AmiError as error:
                logger.warning("not distributed: %s", error, extra={"node": self._node})
                self._stopping.wait(0.2)
            except Exception:  # the thread must outlive any one event
                logger.exception("distributor fault", extra={"node": self._node})
                self._stopping.wait(0.2)
        self._history.blind(datetime.now(UTC))

    def _turn(self) -> None:
        """Take what has come, then order what follows."""
        try:
            item = self._inbox.get(timeout=self._rest_s())
        except queue.Empty:
            pass
        else:
            self._apply(item)
            while not self._inbox.empty():
                self._apply(self._inbox.get_nowait())
        if self._is_overrun:
            self._is_overrun = False
            logger.error("events lost, all is asked anew", extra={"node": self._node})
            self._put(_Up(new_epoch()))
            return
        if not self._epoch or not self._has_rows:
            return
        if not self._is_announced:
            self._announce()
        if time.monotonic() >= self._next_beat:
            self._beat()
        if time.monotonic() >= self._next_look and self._inbox.empty():
            self._look(datetime.now(UTC))
        if time.monotonic() < self._settled_at:
            return
        now = datetime.now(UTC)
        found = self._board.step(now)
        self._history.after(now)
        routed = {reason.call: routed_fact(self._node, reason, now) for reason in found.reasons}
        for order in found.orders:
            if isinstance(order, CallBackRing):
                self._call_backs.make(order, routed.pop(order.offer.call))
        for fact in routed.values():
            self._put_fact(fact)
        for at, order in enumerate(found.orders):
            try:
                self._carry_out(order)
            except AmiRefusedError as error:
                # His channel has just gone; the others' have not.
                logger.warning("not distributed: %s", error, extra={"node": self._node})
                self._failed((order,))
            except AmiError:
                # By the time that the link is there again the others may be elsewhere.
                self._failed(found.orders[at:])
                raise

    def _failed(self, orders: Iterable[Order]) -> None:
        for order in orders:
            if isinstance(order, Ring):
                self._board.failed(order.offer.call)
            elif isinstance(order, TimeOut | Overflow):
                self._board.failed(order.call)

    def _rest_s(self) -> float:
        if time.monotonic() < self._settled_at:
            return self._settled_at - time.monotonic() + 0.01
        beat_s = self._next_beat - time.monotonic() if self._is_announced else HEARTBEAT_S
        now = datetime.now(UTC)
        soon = self._board.next_at(now)
        board_s = (soon - now).total_seconds() if soon else HEARTBEAT_S
        return min(max(min(beat_s, board_s), 0.01), HEARTBEAT_S)

    def _announce(self) -> None:
        """Ask what Asterisk has, say that we are there, and take back who waits in app_queue."""
        self._look(datetime.now(UTC))
        # Who was in between (the agent's number is being said) is somewhere by then.
        self._next_look = time.monotonic() + LOOK_AGAIN_S
        self._history.sighted(datetime.now(UTC))
        self._beat()
        for waiting in self._actions.waiting():
            self._actions.redirect(waiting.channel, context=WAIT_CONTEXT, exten="back")
        self._is_announced = True
        self._settled_at = time.monotonic() + SETTLE_S
        logger.info("distributing", extra={"node": self._node})

    def _look(self, now: datetime) -> None:
        """Take every phone's state and the calls that there are."""
        self._next_look = time.monotonic() + LOOK_S
        channels = self._actions.live_channels()
        self._board.ringing(
            {one.uniqueid: endpoint_of(one.channel) for one in channels if one.is_ringing}
        )
        for device, state in self._actions.device_states():
            self._events.device(device, state, now)
        self._events.placed(channels, now)
        self._board.alive({channel.uniqueid for channel in channels}, now)
        self._history.after(now)

    def _beat(self) -> None:
        # Both each time: a reload of the dialplan clears globals (clearglobalvars).
        self._next_beat = time.monotonic() + HEARTBEAT_S
        self._actions.set_global(hw.ACD, self._epoch)
        self._actions.set_global(hw.ACD_AT, str(int(time.time())))
        self._history.beat(datetime.now(UTC))

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, CallBackRing):
            return  # made by the keeper
        if isinstance(order, TimeOut):
            self._actions.redirect(order.channel, context=OVER_CONTEXT, exten="s")
            return
        if isinstance(order, Say):
            own = self._own_prompts.get(order.queue.rpartition("-")[0], {})
            sounds = sounds_for(order.words, order.language, own)
            self._actions.set_variable(order.channel, hw.SPOKEN, spoken_text(order.spoken))
            self._actions.set_variable(order.channel, hw.SAY, sounds)
            return
        if isinstance(order, Overflow):
            self._overflow(order)
            return
        phones = "&".join(interface_of(phone) for phone in order.phones)
        self._actions.set_variable(order.channel, hw.OFFER, phones)
        self._actions.redirect(order.channel, context=OFFER_CONTEXT, exten=order.offer.queue)

    def _overflow(self, order: Overflow) -> None:
        self._actions.set_variable(order.channel, hw.OVERFLOW, order.text)
        self._actions.redirect(order.channel, context=OVERFLOW_CONTEXT, exten="s")
        self._put_fact(overflowed_fact(self._node, order, datetime.now(UTC)))

    def _apply(self, item: Item) -> None:
        if isinstance(item, _Up):
            self._epoch, self._is_announced = item.epoch, False
            self._history.blind(datetime.now(UTC))
            self._call_backs.link_up()
        elif isinstance(item, _Down):
            self._epoch, self._is_announced = "", False
            self._history.blind(datetime.now(UTC))
        elif isinstance(item, _Rows):
            now = datetime.now(UTC)
            self._board.rows(item.rows.agents, item.rows.queues, now)
            phones = [row.phone for row in item.rows.agents]
            self._events.outside_phones([one for one in phones if is_outside(one)], now)
            self._history.rows(item.rows.agents, item.history, now)
            self._own_prompts = item.rows.own_prompts
            self._has_rows = True
            if item.rows.queues != self._queues:
                self._queues = item.rows.queues
                logger.info("%d queues read", len(self._queues), extra={"node": self._node})
            for shift in item.shifts:
                self._board.past(shift.agent, idle_since=shift.idle_since, taken=shift.taken)
        elif isinstance(item, _PhoneLost):
            self._board.phone_lost(item.call, item.linkedid, item.endpoint)
        elif isinstance(item, PickUp):
            self._picked(item)
        elif isinstance(item, _CallBacks):
            if item.refused:
                self._board.call_backs.refused(item.refused)
            else:
                self._board.call_backs.due(item.due)
        else:
            self._event(item)

    def _picked(self, wish: PickUp) -> None:
        now = datetime.now(UTC)
        try:
            if wish.is_given_up or is_answered(wish.call, self._actions.live_channels()):
                return
            order = self._board.picked(wish.call, wish.agent, now)
            if order is None:
                return
            try:
                self._carry_out(order)
            except AmiError:
                self._failed((order,))
                raise
            wish.is_refused = False
            self._history.after(now)
        finally:
            wish.done.set()

    def _event(self, message: Message) -> None:
        now = datetime.now(UTC)
        at = min(event_at(message, now), now)
        if message.event == "Reload":
            # A dialplan with clearglobalvars has just forgotten us.
            self._next_beat = 0.0
            return
        self._events.tell(message, at)
        self._history.after(at)
