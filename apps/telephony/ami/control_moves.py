"""A call operation as moves of channels in the dialplan (`huawu-control`). Pure.

Variables are set first, then channels are moved: whatever dies in between, the dialplan's next step
is one that makes sense (docs/call-control.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apps.calls.engine.control_order import ControlOrder, Destination
from apps.core.phones import interface_of
from apps.telephony import dialplan_variables as hw

CONTEXT = "huawu-control"
RING_S = "30"
AGENT = "agent"


@dataclass(frozen=True)
class SetVariable:
    """Set one variable of one channel."""

    channel: str
    name: str
    value: str


@dataclass(frozen=True)
class Send:
    """Send one channel to an extension of `huawu-control`, or two at once."""

    channel: str
    exten: str
    other: str = ""
    other_exten: str = ""


@dataclass(frozen=True)
class HangUp:
    """End one channel."""

    channel: str


Move = SetVariable | Send | HangUp


class MissingPartyError(Exception):
    """Somebody whom the operation needs is not there any more."""


class _Moves:
    """Collects the moves of one order."""

    def __init__(self, order: ControlOrder, names: Mapping[str, str]) -> None:
        self.order = order
        self._names = names
        self.found: list[Move] = []

    def name(self, uniqueid: str) -> str:
        if not uniqueid or uniqueid not in self._names:
            raise MissingPartyError(uniqueid)
        return self._names[uniqueid]

    def has(self, uniqueid: str) -> bool:
        return uniqueid in self._names

    @property
    def agent(self) -> str:
        return self.name(self.order.agent)

    @property
    def customer(self) -> str:
        return self.name(self.order.customer)

    @property
    def consulted(self) -> str:
        return self.name(self.order.consulted)

    def set(self, channel: str, **values: str) -> None:
        self.found += [
            SetVariable(channel, getattr(hw, name), value) for name, value in values.items()
        ]

    def send(self, channel: str, exten: str, other: str = "", other_exten: str = "") -> None:
        self.found.append(Send(channel, exten, other, other_exten))

    def customer_set(self) -> None:
        """Say what becomes of the customer when he is left alone."""
        order = self.order
        back = "&".join(interface_of(phone) for phone in order.back)
        self.set(
            self.customer,
            BY=order.by,
            BACK=back,
            HOME="",
            CONSULTER="",
            RELEASED="",
            ROLE="customer",
            ROOM="",
        )

    def agent_set(self, **values: str) -> None:
        """Say what becomes of the agent when his next talk is over."""
        base = {
            "BY": self.order.by,
            "HOME": self.customer,
            "CONSULTER": "",
            "RELEASED": "",
            "ROLE": AGENT,
        }
        self.set(self.agent, **{**base, "TO": "", "TO_KIND": "", **values})

    def destination_set(self, channel: str, to: Destination) -> None:
        dial = "&".join(interface_of(phone) for phone in to.phones)
        if to.trunk:
            dial = f"PJSIP/{to.number}@{to.trunk}"
        self.set(
            channel,
            DIAL=dial,
            DIAL_TIMEOUT_S=RING_S,
            DIAL_WHOM=AGENT if to.phones else "",
            DIAL_CALLER_ID=to.shown,
            DIAL_LIMIT_S=str(to.limit_s) if to.limit_s else "",
            TO=to.number,
            TO_KIND=to.kind,
        )


def _hold(moves: _Moves) -> None:
    moves.customer_set()
    moves.set(moves.customer, PEER=moves.agent)
    moves.agent_set(PEER=moves.customer, ROOM="")
    moves.send(moves.customer, "held", moves.agent, "holding")


def _unhold(moves: _Moves) -> None:
    moves.agent_set(PEER=moves.customer, PEER_AFTER="ended", ROOM="")
    moves.send(moves.agent, "join")


def _transfer(moves: _Moves) -> None:
    to = moves.order.destination
    assert to is not None  # noqa: S101 - the service saw to it
    moves.customer_set()
    moves.destination_set(moves.customer, to)
    moves.set(moves.agent, BY=moves.order.by, RELEASED="1", ROOM="")
    if to.queue:
        moves.set(moves.customer, QUEUE=to.queue, QUEUE_WAIT_S=str(to.queue_wait_s))
    moves.send(moves.customer, "to-queue" if to.queue else "transfer", moves.agent, "released")


def _consult(moves: _Moves) -> None:
    to, order = moves.order.destination, moves.order
    assert to is not None  # noqa: S101 - the service saw to it
    if not order.is_room:
        moves.customer_set()
        moves.set(moves.customer, PEER=moves.agent)
    moves.agent_set(ROOM=order.room if order.is_room else "")
    moves.destination_set(moves.agent, to)
    if order.is_room:
        moves.send(moves.agent, "consult")
    else:
        moves.send(moves.customer, "held", moves.agent, "consult")


def _swap(moves: _Moves) -> None:
    if moves.order.is_aside:
        moves.set(moves.consulted, PEER=moves.agent, HOME=moves.customer, CONSULTER=moves.agent)
        moves.agent_set(PEER=moves.customer, PEER_AFTER="ended", ROOM="")
        moves.send(moves.consulted, "held", moves.agent, "join")
        return
    moves.customer_set()
    moves.set(moves.customer, PEER=moves.agent)
    moves.agent_set(PEER=moves.consulted, PEER_AFTER="left", ROOM="")
    moves.send(moves.customer, "held", moves.agent, "join")


def _complete(moves: _Moves) -> None:
    order = moves.order
    if order.is_room:
        moves.set(moves.consulted, ROOM=order.room, ROLE="", BY=order.by)
        moves.set(moves.agent, RELEASED="1")
        moves.send(moves.consulted, "room", moves.agent, "released")
        return
    moves.customer_set()
    moves.set(
        moves.customer,
        PEER=moves.consulted,
        PEER_AFTER="released",
        RECORD="1" if order.is_outside else "",
    )
    moves.set(moves.agent, BY=order.by, RELEASED="1", ROOM="")
    moves.send(moves.customer, "join")


def _cancel(moves: _Moves) -> None:
    order = moves.order
    if order.is_room:
        moves.agent_set(ROOM=order.room)
        moves.send(moves.agent, "return")
    elif order.is_aside and moves.has(order.customer):
        moves.agent_set(PEER=moves.customer, PEER_AFTER="ended", ROOM="")
        moves.send(moves.agent, "join")
    # He may have gone by himself meanwhile. Without the customer his end ends the agent's part too.
    if moves.has(order.consulted):
        moves.found.append(HangUp(moves.consulted))


def _conference(moves: _Moves) -> None:
    order = moves.order
    if not order.is_room:
        moves.customer_set()
        moves.set(moves.customer, ROOM=order.room)
    moves.agent_set(ROOM=order.room)
    moves.set(moves.consulted, ROOM=order.room, ROLE="", BY=order.by)
    # With whom the agent talks moves at once with him: left alone in their bridge that one goes on
    # where its end leads, and a customer would be hung up.
    if order.is_room or order.is_aside:
        moves.send(moves.agent, "room", moves.consulted, "room")
        if not order.is_room:
            moves.send(moves.customer, "room")
        return
    moves.send(moves.agent, "room", moves.customer, "room")
    moves.send(moves.consulted, "room")


def _drop(moves: _Moves) -> None:
    moves.found.append(HangUp(moves.name(moves.order.party)))


def _leave(moves: _Moves) -> None:
    moves.set(moves.agent, BY=moves.order.by)
    moves.send(moves.agent, "released")


def _back(moves: _Moves) -> None:
    moves.customer_set()
    moves.send(moves.customer, "fetched" if moves.order.is_queued else "back")


def _park(moves: _Moves) -> None:
    moves.customer_set()
    moves.set(moves.agent, BY=moves.order.by, RELEASED="1", ROOM="")
    moves.send(moves.customer, "parked", moves.agent, "released")


_MAKE: dict[str, Callable[[_Moves], None]] = {
    "hold": _hold,
    "unhold": _unhold,
    "transfer": _transfer,
    "consult": _consult,
    "swap": _swap,
    "complete": _complete,
    "cancel": _cancel,
    "conference": _conference,
    "drop": _drop,
    "leave": _leave,
    "take-back": _back,
    "park": _park,
    "unpark": _back,
}


def control_moves(order: ControlOrder, names: Mapping[str, str]) -> list[Move]:
    """Return the moves; `names` gives the live channel of each uniqueid.

    Raises MissingPartyError when somebody has hung up meanwhile.
    """
    moves = _Moves(order, names)
    _MAKE[order.operation](moves)
    return moves.found
