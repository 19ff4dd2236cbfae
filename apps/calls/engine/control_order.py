"""What is ordered of the phone system in a call operation: plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Destination:
    """Whom a call is put through to: phones that ring at once, a number outside, or a queue.

    `phones` are PJSIP endpoints; `trunk` and `number` go outside, `shown` is the caller's number
    there, `limit_s` ends the talk with it (0: never); `queue` is Asterisk's name of it. `kind` and
    `number` are what the page shows.
    """

    kind: str
    number: str
    phones: tuple[str, ...] = ()
    trunk: str = ""
    shown: str = ""
    queue: str = ""
    queue_wait_s: int = 0
    limit_s: int = 0


@dataclass(frozen=True)
class ControlOrder:
    """One call operation. Channels are uniqueids, '' for who is not there.

    `by` is the agent's phone user, `back` the phones at which he gets the customer back, `party`
    whom to drop. `is_aside`: the agent talks with who is consulted, not with the customer;
    `is_room`: the customer talks with others meanwhile; `is_outside`: who is consulted is no agent;
    `is_queued`: the customer was sent to a queue.
    """

    operation: str
    agent: str
    customer: str
    by: str
    back: tuple[str, ...]
    room: str
    consulted: str = ""
    party: str = ""
    is_aside: bool = False
    is_room: bool = False
    is_outside: bool = False
    is_queued: bool = False
    destination: Destination | None = None
