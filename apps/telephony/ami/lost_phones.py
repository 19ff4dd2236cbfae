"""A browser phone that vanished in a talk: keep whoever talked with it, until it is there again.

A reload, a crash, a closed lid or a second page say no goodbye: Asterisk only notices that the
phone's contact is gone, and would leave the other in silence until the RTP time-out. Stateless:
what to do is read from Asterisk's channels, so that a start of ours in the middle finds the same.
The dialplan (`huawu-rejoin`) does the waiting and the ringing, so our death meanwhile drops nobody.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from panoramisk.message import Message
from prometheus_client import Counter

from apps.calls.engine.facts import endpoint_of
from apps.telephony import dialplan_variables as hw
from apps.telephony.ami.actions import AmiActions, LiveChannel
from apps.telephony.ami.connection import AmiError
from apps.telephony.ami.events import text

logger = logging.getLogger(__name__)

REJOIN_CONTEXT, SEAT = "huawu-rejoin", "seat"
CONTROL_CONTEXT, ROOM = "huawu-control", "room"
# A socket that closed; a page that answers no more (a machine that sleeps keeps its socket).
GONE = frozenset({"Removed", "Unreachable"})
WEB_SUFFIX = "-web"
# A page sends 50 packets a second, muted ones too: none in this time means that it is gone.
SILENT_S = 0.2
# After the link was lost nobody says which phones went meanwhile: look for longer, so that a
# network that stutters is not taken for it.
SILENT_AFTER_GAP_S = 1.0
MAX_WAITING = 1_000
# A busy machine hands on packets of a page that is gone, and a phone that has just answered is in
# no bridge yet: the same channels are looked at again.
LOOKS, LOOK_AGAIN_S = 3, 1.5

KEPT = Counter("huawu_phones_lost", "Talks whose browser phone vanished; the other was kept")


@dataclass(frozen=True)
class LostPhone:
    """A phone that is gone, and who talked with it; without one it was alone, or `is_in_room`."""

    phone: LiveChannel
    other: LiveChannel | None = None
    is_in_room: bool = False

    @property
    def endpoint(self) -> str:
        """Return whose phone it is."""
        return endpoint_of(self.phone.channel)


def lost_candidates(channels: list[LiveChannel], endpoint: str = "") -> list[LostPhone]:
    """Return the browser phones (of one endpoint, '' for all) that are in a call.

    Who holds his caller, or asks a colleague who still rings, is alone. In a conference the others
    talk on; alone in a bridge there is nobody to keep.
    """
    found = []
    for phone in channels:
        name = endpoint_of(phone.channel)
        if not name.endswith(WEB_SUFFIX) or (endpoint and name != endpoint):
            continue
        is_controlled = phone.context == CONTROL_CONTEXT
        if phone.is_answered and not phone.bridge and is_controlled:
            found.append(LostPhone(phone))
        others = [one for one in channels if one.bridge == phone.bridge and one is not phone]
        if phone.bridge and len(others) == 1:
            found.append(LostPhone(phone, others[0]))
        elif phone.bridge and others and is_controlled and phone.exten == ROOM:
            found.append(LostPhone(phone, is_in_room=True))
    return found


@dataclass(frozen=True)
class Look:
    """Whom to look at: a phone ('' for all); later only its channels of the first look."""

    endpoint: str
    number: int = 1
    channels: frozenset[str] = frozenset()


class LostPhones:
    """One node's; `hear` and `link_up` never block."""

    def __init__(
        self,
        node: str,
        actions: AmiActions,
        *,
        wait_s: int,
        on_lost: Callable[[LiveChannel, str], None],
    ) -> None:
        self._node = node
        self._actions = actions
        self._wait_s = wait_s
        self._on_lost = on_lost
        self._inbox: queue.Queue[Look | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._run, name="lost-phones", daemon=True)

    def start(self) -> None:
        """Start the thread; 0 seconds of waiting switch all of it off."""
        if self._wait_s:
            self._thread.start()

    def stop(self) -> None:
        """End the thread; who waits in the dialplan waits on."""
        if self._thread.is_alive():
            self._put(None)
            self._thread.join(5)

    def hear(self, message: Message) -> None:
        """Take one event from the link's thread."""
        if message.event == "ContactStatus" and message.ContactStatus in GONE:
            endpoint = text(message, "EndpointName", 80) or text(message, "AOR", 80)
            if endpoint.endswith(WEB_SUFFIX):
                self._put(Look(endpoint))

    def link_up(self) -> None:
        """Take the link's log-in: phones may have gone unheard."""
        self._put(Look(""))

    def _put(self, look: Look | None) -> None:
        if not self._wait_s:
            return
        try:
            self._inbox.put_nowait(look)
        except queue.Full:
            logger.error("phones' losses full, one dropped", extra={"node": self._node})

    def _run(self) -> None:
        while (look := self._inbox.get()) is not None:
            try:
                self.look(look)
            except AmiError as error:
                logger.warning("lost phones not looked at: %s", error, extra={"node": self._node})
            except Exception:  # the thread must outlive any one event
                logger.exception("lost phones", extra={"node": self._node})

    def look(self, look: Look) -> int:
        """Keep those whose phone is gone; return how many. Blocks for the time of silence."""
        live = self._actions.live_channels()
        of_phone = {one.channel for one in live if endpoint_of(one.channel) == look.endpoint}
        left = of_phone & look.channels if look.channels else of_phone
        found = [
            lost
            for lost in lost_candidates(live, look.endpoint)
            if look.number == 1 or lost.phone.channel in left
        ]
        before = {lost: self._heard(lost) for lost in found}
        if found:
            time.sleep(SILENT_S if look.endpoint else SILENT_AFTER_GAP_S)
        kept = 0
        for lost, packets in before.items():
            # A phone whose socket was renewed loses its old contact and talks on.
            if packets and packets == self._heard(lost):
                self._let_go(lost, live)
                kept += 1
                left.discard(lost.phone.channel)
        if look.endpoint and left and look.number < LOOKS:
            again = Look(look.endpoint, look.number + 1, frozenset(left))
            timer = threading.Timer(LOOK_AGAIN_S, self._put, (again,))
            timer.daemon = True
            timer.start()
        return kept

    def _heard(self, lost: LostPhone) -> str:
        """Return how many packets came from the phone so far, '' when it is not known."""
        return self._actions.variable(lost.phone.channel, "CHANNEL(rtcp,rxcount)")

    def _let_go(self, lost: LostPhone, live: list[LiveChannel]) -> None:
        """Do what there is to do for whom this phone had."""
        if lost.is_in_room:
            self._send(lost, lost.phone, exten=SEAT)
            logger.info("phone %s is gone from a conference", lost.endpoint, extra=self._ids(lost))
            return
        if lost.other is not None:
            self._keep(lost, lost.other)
        else:
            home = self._actions.variable(lost.phone.channel, hw.HOME)
            held = [one for one in live if one.channel == home and not one.bridge]
            if held:
                self._keep(lost, held[0], is_held=True)
        # Nobody answers its goodbye any more; its device must be free to be rung.
        self._actions.hangup(lost.phone.channel)

    def _keep(self, lost: LostPhone, other: LiveChannel, *, is_held: bool = False) -> None:
        # First the distributor: a phone that turns idle must not begin the agent's wrap-up.
        # Not in a consultation: there nobody waits for him, the first line of huawu-rejoin goes on.
        if not self._actions.variable(other.channel, hw.CONSULTER):
            self._on_lost(other, lost.endpoint)
        self._actions.set_variable(other.channel, hw.REJOIN_HELD, "1" if is_held else "")
        self._send(lost, other, exten="s")
        KEPT.inc()
        logger.info(
            "phone %s is gone, its caller waits for it", lost.endpoint, extra=self._ids(lost)
        )

    def _send(self, lost: LostPhone, whom: LiveChannel, *, exten: str) -> None:
        """Let a channel wait for the phone (`huawu-rejoin`)."""
        self._actions.set_variable(whom.channel, hw.REJOIN, lost.endpoint)
        self._actions.set_variable(whom.channel, hw.REJOIN_S, str(self._wait_s))
        self._actions.redirect(whom.channel, context=REJOIN_CONTEXT, exten=exten)

    def _ids(self, lost: LostPhone) -> dict[str, str]:
        return {"node": self._node, "linkedid": lost.phone.linkedid}
