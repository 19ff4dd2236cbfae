"""Manager events to the board: who waits, whose phone does what, who has gone."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from panoramisk.message import Message

from apps.acd.engine.board import Board
from apps.acd.engine.call_backs import PREFIX
from apps.acd.engine.overflow import used_read
from apps.acd.engine.rows import Joined
from apps.acd.engine.saying import spoken_read
from apps.calls.engine.control import BACK, HOLDING, JOINING, TRANSFERRING
from apps.calls.engine.facts import Fact, endpoint_of
from apps.core.phones import is_outside
from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.call_back_keeper import CallBackKeeper, missed_fact
from apps.telephony.ami.events import OFFER_CONTEXTS, UP, Fields, joined_time, text
from apps.telephony.call_needs import LONGEST, needs_read

logger = logging.getLogger(__name__)

WAIT_CONTEXT = "huawu-wait"
CONTROL_CONTEXT = "huawu-control"
# "Press 1 to be called back", while he waits.
ASKED_CONTEXT = "huawu-call-back-offer"
# A browser phone that vanished in a talk.
REJOIN_EVENTS = frozenset({"HuawuPhoneLost", "HuawuRejoined", "HuawuNotRejoined"})


class FloorEvents:
    """Tells one node's board; only the distributor's thread calls it."""

    def __init__(
        self, node: str, board: Board, keeper: CallBackKeeper, put_fact: Callable[[Fact], None]
    ) -> None:
        self._node = node
        self._board = board
        self._keeper = keeper
        self._put_fact = put_fact
        # Callers who are put through: of which queue and call they are.
        self._given: dict[str, tuple[str, str]] = {}

        # Of outside phones Asterisk knows no state: their channels tell, and whether each is
        # answered.
        self._outside: dict[str, dict[str, bool]] = {}

    @staticmethod
    def is_wanted(message: Message) -> bool:
        """Say whether the board is told of this event."""
        return message.event in EVENTS or (
            message.event in CALL_BACK_EVENTS
            and (
                str(message.Uniqueid or "").startswith(PREFIX)
                or is_outside(endpoint_of(str(message.Channel or "")))
            )
        )

    def tell(self, message: Message, at: datetime) -> None:
        """Tell the board of a wanted event that happened at this time."""
        handle = EVENTS.get(message.event) or CALL_BACK_EVENTS[message.event]
        handle(self, message, at)

    def device(self, device: str, state: str, now: datetime) -> None:
        """Take a device's state, as Asterisk names both."""
        kind, _, endpoint = device.partition("/")
        if kind == "PJSIP":
            self._board.device(endpoint, state, now)

    def outside_phones(self, endpoints: Iterable[str], now: datetime) -> None:
        """Take which outside phones agents are signed in at: idle, as far as was heard."""
        for endpoint in endpoints:
            if endpoint not in self._outside:
                self._outside[endpoint] = {}
                self._board.device(endpoint, "NOT_INUSE", now)

    def _outside_is(
        self, endpoint: str, channel: str, now: datetime, *, is_answered: bool | None
    ) -> None:
        """Take a channel of an outside phone: rings, talks (True), or is gone (None)."""
        channels = self._outside.setdefault(endpoint, {})
        before = _state_of(channels)
        if is_answered is None:
            channels.pop(channel, None)
        else:
            channels[channel] = is_answered or channels.get(channel, False)
        state = _state_of(channels)
        if state != before:
            self._board.device(endpoint, state, now)

    def _outside_seen(self, channels: Sequence[LiveChannel], now: datetime) -> None:
        """Take what outside phones do; what is not there has ended unheard."""
        there = {
            (endpoint_of(one.channel), one.uniqueid): one.is_answered
            for one in channels
            if is_outside(endpoint_of(one.channel))
        }
        for endpoint, known in list(self._outside.items()):
            for channel in [one for one in known if (endpoint, one) not in there]:
                self._outside_is(endpoint, channel, now, is_answered=None)
        for (endpoint, channel), is_answered in there.items():
            self._outside_is(endpoint, channel, now, is_answered=is_answered)

    def placed(self, channels: Sequence[LiveChannel], now: datetime) -> None:
        """Take where callers are: what became of some may not have been heard (the link was lost).

        Else who talks or leaves a message would be believed to wait, and be fetched out of it.
        """
        self._outside_seen(channels, now)
        here = self._board.here
        for channel in channels:
            call = channel.uniqueid
            if call not in here:
                continue
            with_him = [
                endpoint_of(one.channel)
                for one in channels
                if one.bridge == channel.bridge != "" and one is not channel
            ]
            if with_him:
                self._board.answered(call, with_him[0], now)
            elif channel.context in OFFER_CONTEXTS:
                self._board.begun(call)
            elif channel.context == WAIT_CONTEXT:
                self._board.waits_again(call)
            elif channel.context and channel.context != ASKED_CONTEXT:
                self._board.left(call, now)

    def _on_device(self, message: Message, now: datetime) -> None:
        self.device(text(message, "Device", 80), text(message, "State", 20), now)

    def _on_user_event(self, message: Message, now: datetime) -> None:
        name = str(message.UserEvent or "")
        # Asked to be called back: nobody is rung for him until he says that he waits again.
        if name in ("HuawuQueueLeft", "HuawuCallBackAsked"):
            self._board.left(text(message, "Uniqueid", 150), now)
        if name in REJOIN_EVENTS:
            self._on_rejoin(name, message, now)
        if name == "HuawuControl":
            self._on_control(message)
        if name not in ("HuawuWaiting", "HuawuOfferMissed"):
            return
        joined = joined_from(message)
        if joined is None:
            logger.error("not a caller who waits: %.300r", message)
        elif name == "HuawuWaiting":
            self._board.joined(joined)
        else:
            self._board.missed(joined, now)

    def _on_rejoin(self, name: str, message: Message, now: datetime) -> None:
        endpoint = text(message, "Endpoint", 80)
        if name == "HuawuPhoneLost":
            call, linkedid = text(message, "Uniqueid", 150), text(message, "Linkedid", 150)
            self._board.phone_lost(call, linkedid, endpoint)
        elif name == "HuawuRejoined":
            self._board.rejoined(endpoint)
        else:
            self._board.not_rejoined(endpoint, now)

    def _on_control(self, message: Message) -> None:
        """A step of a call operation: an agent holds his customer, or no more; who has him then."""
        call, step = text(message, "Uniqueid", 150), text(message, "Step", 20)
        self._board.hold(call, endpoint_of(text(message, "Channel")), is_on=step == HOLDING)
        queue = text(message, "Queue", 80)
        self._given.pop(call, None)
        if step == JOINING and queue:
            phone = endpoint_of(text(message, "Peer"))
            self._board.given(call, phone, queue, text(message, "Linkedid", 150))
        elif step in (TRANSFERRING, BACK) and queue:
            self._given[call] = (queue, text(message, "Linkedid", 150))

    def _on_dial(self, message: Message, now: datetime) -> None:
        call = text(message, "Uniqueid", 150)
        phone = endpoint_of(text(message, "DestChannel"))
        is_begin, is_answered = message.event == "DialBegin", message.DialStatus == "ANSWER"
        self._board.rings(
            text(message, "DestUniqueid", 150),
            phone,
            is_on=is_begin,
            is_answered=is_answered,
            now=now,
        )
        if call.startswith(PREFIX) and is_answered:
            self._board.call_back_answered(call, now)
        given = self._given.pop(call, None) if is_answered else None
        if given is not None and message.Context == CONTROL_CONTEXT:
            self._board.given(call, phone, *given)
        if message.Context not in OFFER_CONTEXTS:
            return
        if is_begin:
            self._board.begun(call)
        elif is_answered:
            self._board.answered(call, phone, now)

    def _on_hold(self, message: Message, now: datetime) -> None:
        endpoint = endpoint_of(text(message, "Channel"))
        is_on = message.event == "Hold"
        self._board.hold(text(message, "Uniqueid", 150), endpoint, is_on=is_on)

    def _on_gone(self, message: Message, now: datetime) -> None:
        # Hung up; or app_queue has him, since we were silent.
        call = text(message, "Uniqueid", 150)
        self._given.pop(call, None)
        endpoint = endpoint_of(text(message, "Channel"))
        if is_outside(endpoint) and message.event == "Hangup":
            self._outside_is(endpoint, call, now, is_answered=None)
        out = self._board.call_backs.by_channel(call)
        if out is not None and not out.is_agent_there:
            phone = endpoint_of(text(message, "Channel"))
            self._put_fact(missed_fact(self._node, call, out.queue, phone, now))
        self._board.left(call, now)

    def _on_call_back(self, message: Message, now: datetime) -> None:
        """An agent's channel of a call-back is there, or he has answered."""
        call = text(message, "Uniqueid", 150)
        endpoint = endpoint_of(text(message, "Channel"))
        if is_outside(endpoint):
            self._outside_is(endpoint, call, now, is_answered=message.ChannelState == UP)
        if not call.startswith(PREFIX):
            return
        if message.event == "Newchannel":
            self._board.call_backs.begun(call)
            self._keeper.begun(call)
        elif message.ChannelState == UP:
            self._board.call_backs.agent_there(call)


def _state_of(channels: dict[str, bool]) -> str:
    if any(channels.values()):
        return "INUSE"
    return "RINGING" if channels else "NOT_INUSE"


EVENTS: dict[str, Callable[[FloorEvents, Message, datetime], None]] = {
    "DeviceStateChange": FloorEvents._on_device,
    "UserEvent": FloorEvents._on_user_event,
    "DialBegin": FloorEvents._on_dial,
    "DialEnd": FloorEvents._on_dial,
    "Hangup": FloorEvents._on_gone,
    "Hold": FloorEvents._on_hold,
    "Unhold": FloorEvents._on_hold,
    "QueueCallerJoin": FloorEvents._on_gone,
}
# Told of every channel, heard for those of call-backs only.
CALL_BACK_EVENTS: dict[str, Callable[[FloorEvents, Message, datetime], None]] = {
    "Newchannel": FloorEvents._on_call_back,
    "Newstate": FloorEvents._on_call_back,
}


def joined_from(message: Fields) -> Joined | None:
    """Return the caller that HuawuWaiting or HuawuOfferMissed tells of, None without sense."""
    call, channel = text(message, "Uniqueid", 150), text(message, "Channel")
    name, joined_at = text(message, "Queue", 80), joined_time(text(message, "Joined", 20))
    if not (call and channel and name and joined_at):
        return None
    wait_s, priority = text(message, "WaitS", 6), text(message, "Priority", 6)
    wanted_s = text(message, "WantedS", 6)
    return Joined(
        call=call,
        channel=channel,
        queue=name,
        joined_at=joined_at,
        priority=int(priority) if priority.removeprefix("-").isdecimal() else 0,
        limit_at=joined_at + timedelta(seconds=int(wait_s)) if wait_s.isdecimal() else None,
        linkedid=text(message, "Linkedid", 150),
        needs=needs_read(text(message, "Needs", LONGEST)),
        wanted=text(message, "Wanted", 20),
        wanted_s=int(wanted_s) if wanted_s.isdecimal() else 0,
        place_at=joined_time(text(message, "Place", 20)),
        is_new=text(message, "Why", 10) == "joined",
        used=used_read(text(message, "Used", 60)),
        spoken=spoken_read(text(message, "Spoken", 20)),
        language=text(message, "Language", 10) or "zh",
    )
