"""What the board orders, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.acd.engine.call_backs import CallBackRing
from apps.acd.engine.decide import Offer
from apps.acd.engine.overflow import Overflow
from apps.acd.engine.saying import Say


@dataclass(frozen=True)
class Ring:
    """Order: ring these phones for the call on this channel."""

    offer: Offer
    channel: str
    phones: tuple[str, ...]


@dataclass(frozen=True)
class TimeOut:
    """Order: nobody came within the queue's limit; the caller goes on elsewhere."""

    call: str
    channel: str
    queue: str


Order = Ring | TimeOut | CallBackRing | Overflow | Say


@dataclass(frozen=True)
class Reason:
    """What was decided about a call: an offer, or, now and then, that nobody could be rung."""

    call: str
    linkedid: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """What has to be done, and why."""

    orders: tuple[Order, ...] = ()
    reasons: tuple[Reason, ...] = ()
