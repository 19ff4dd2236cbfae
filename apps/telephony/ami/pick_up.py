"""Somebody picks up a call that rings at others: his wish, and whether it comes too late."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.calls.engine.facts import endpoint_of
from apps.telephony.ami.actions import LiveChannel

TRUNK_PREFIX = "trunk-"


@dataclass
class PickUp:
    """`done` is set when it is ordered, `is_refused` says how; nobody waits for it later."""

    call: str
    agent: str
    done: threading.Event = field(default_factory=threading.Event)
    is_refused: bool = True
    is_given_up: bool = False

    def wait(self, seconds: float) -> bool:
        """Say whether it was ordered within this time; what comes later orders nothing."""
        self.is_given_up = not self.done.wait(seconds)
        return not (self.is_given_up or self.is_refused)


def is_answered(call: str, channels: Iterable[LiveChannel]) -> bool:
    """Say whether somebody has answered the caller already, or the caller is gone.

    Its event may be on its way still, and a Redirect would take the caller out of the talk.
    """
    found = list(channels)
    caller = next((one for one in found if one.uniqueid == call), None)
    if caller is None or caller.bridge:
        return True
    return any(
        one.is_answered and _is_agents(endpoint_of(one.channel))
        for one in found
        if one is not caller and one.linkedid == caller.linkedid
    )


def _is_agents(endpoint: str) -> bool:
    return bool(endpoint) and not endpoint.startswith(TRUNK_PREFIX)
