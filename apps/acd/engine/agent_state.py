"""What an agent is doing: one of nine states, from what Asterisk says of his phones and his wish.

`derive` is the whole machine: it has no memory, so that no state outlives what it came from. Every
state has an exit by an event or a timer (`EXITS`). What leads where is `TRANSITIONS`; a change that
is not in it (events were lost) is believed all the same, since Asterisk knows better, but told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

SIGNED_OUT, READY, PAUSED, RINGING = "signed_out", "ready", "paused", "ringing"
TALKING, HELD, WRAP_UP = "talking", "held", "wrap_up"
RESTING, UNREACHABLE = "resting", "unreachable"

STATES = (
    SIGNED_OUT,
    READY,
    PAUSED,
    RINGING,
    TALKING,
    HELD,
    WRAP_UP,
    RESTING,
    UNREACHABLE,
)

EXITS: dict[str, str] = {
    SIGNED_OUT: "sign-in",
    READY: "an offer, a phone's state, a wish",
    PAUSED: "the wish ready, a phone's state",
    RINGING: "answer, miss or hang-up; 3 s unless Asterisk begins; ringing time and 30 s",
    TALKING: "the phone is idle again, the call is over, or Asterisk is asked anew",
    HELD: "the call is taken back or over, or Asterisk is asked anew",
    WRAP_UP: "its time, or the agent's wish",
    RESTING: "its time",
    UNREACHABLE: "the phone registers",
}
"""What ends each state; nothing is waited for that cannot come."""

_WISHES = frozenset({READY, PAUSED, UNREACHABLE, SIGNED_OUT})
_PHONE = frozenset({RINGING, TALKING, HELD})
TRANSITIONS: dict[str, frozenset[str]] = {
    SIGNED_OUT: _WISHES | _PHONE | {WRAP_UP},
    READY: _WISHES | _PHONE | {RESTING},
    PAUSED: _WISHES | _PHONE | {RESTING},
    RINGING: _WISHES | _PHONE | {WRAP_UP, RESTING},
    TALKING: _WISHES | _PHONE | {WRAP_UP, RESTING},
    HELD: _WISHES | _PHONE | {WRAP_UP, RESTING},
    WRAP_UP: _WISHES | _PHONE | {RESTING},
    RESTING: _WISHES | _PHONE,
    UNREACHABLE: _WISHES | _PHONE | {WRAP_UP, RESTING},
}
"""Which state may follow which. Wrap-up comes of a talk only; while he wraps up a phone may ring,
or be gone for a moment."""

# Asterisk 22's device states (DeviceStateChange), by what they mean for who might be rung.
# ONHOLD says that the other side holds him; that he holds somebody, only the events Hold and Unhold
# do (tests/telephony/test_agent_states.py).
GONE = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN", ""})
IN_TALK = frozenset({"INUSE", "BUSY", "RINGINUSE", "ONHOLD"})


@dataclass(frozen=True)
class Signs:
    """What is known of a signed-in agent.

    `device` is the busiest state of his phones, `phone` that of the one at which he signed in.
    `is_rung`: he is dialled and has not talked since; with `device_state_busy_at=1`, which our
    phones have, a phone that rings is BUSY as one that talks. `call` and `queue` are those of the
    talk or wrap-up, `offer` and `offer_queue` of what rings.
    """

    device: str = ""
    phone: str = ""
    is_paused: bool = False
    reason: str = ""
    pause_until: datetime | None = None
    has_call: bool = False
    is_held: bool = False
    is_rung: bool = False
    queue: str = ""
    call: str = ""
    is_offered: bool = False
    offer: str = ""
    offer_queue: str = ""
    wrap_up_until: datetime | None = None
    rests_until: datetime | None = None


@dataclass(frozen=True)
class Live:
    """A state; `until` when it ends by itself, `reason` of a pause, the call that it is about."""

    state: str
    until: datetime | None = None
    reason: str = ""
    queue: str = ""
    call: str = ""


def derive(signs: Signs, now: datetime) -> Live:
    """Return the state. What his phone does comes before what he wishes."""
    is_rung = signs.device == "BUSY" and signs.is_rung
    if (signs.device in IN_TALK and not is_rung) or signs.has_call:
        state = HELD if signs.is_held else TALKING
        return Live(state, queue=signs.queue, call=signs.call)
    if signs.is_offered or is_rung or signs.device == "RINGING":
        return Live(RINGING, queue=signs.offer_queue, call=signs.offer)
    if signs.is_paused:
        return Live(PAUSED, until=signs.pause_until, reason=signs.reason)
    if signs.phone in GONE:
        return Live(UNREACHABLE)
    if signs.wrap_up_until is not None and now < signs.wrap_up_until:
        return Live(WRAP_UP, until=signs.wrap_up_until, queue=signs.queue, call=signs.call)
    if signs.rests_until is not None and now < signs.rests_until:
        return Live(RESTING, until=signs.rests_until)
    return Live(READY)


def busiest(states: Iterable[str]) -> str:
    """Return the busiest of the states of one person's phones, of idle ones the first."""
    found = list(states)
    for state in ("INUSE", "BUSY", "RINGINUSE", "ONHOLD", "RINGING"):
        if state in found:
            return state
    return found[0] if found else ""


def is_allowed(before: str, after: str) -> bool:
    """Say whether the table knows this change."""
    return after in TRANSITIONS[before]
