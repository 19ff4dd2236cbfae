"""What happens to a call to an agent's number: the one rule for every way by which he is called.

Pure. A colleague's phone, a flow's node and a blind transfer ask `whom_to_ring`, and when nobody
answers `whom_next`. A queue's offer asks neither: queues ring whoever is signed in and ready.
"""

from collections.abc import Callable
from dataclasses import dataclass

PHONES, NUMBER, DISTURBED, BUSY = "phones", "number", "do_not_disturb", "busy"
MOST_HOPS = 5
# How long his phones ring before "no answer", where he has not said otherwise, seconds.
RING_S = 20

# Outcomes of ringing, as Dial says them. A phone that is not there answers as little as an
# unattended one.
DIAL_BUSY = "BUSY"
DIAL_SILENT = frozenset({"NOANSWER", "CHANUNAVAIL", "CONGESTION"})


@dataclass(frozen=True)
class PhoneSettings:
    """What an agent wants of his phone, and how he is now; '' is no forward.

    `offline` is his mobile while he is signed out of his queues, `is_talking` that one of his
    phones rings or talks. Do-not-disturb comes before forwards: who wants no call wants none
    elsewhere either. Without `has_call_waiting` a second call finds him busy.
    """

    number: str
    always: str = ""
    offline: str = ""
    busy: str = ""
    no_answer: str = ""
    no_answer_s: int = RING_S
    is_undisturbed: bool = False
    has_call_waiting: bool = False
    is_signed_in: bool = True
    is_talking: bool = False


@dataclass(frozen=True)
class Target:
    """Whom to ring: an agent's phones, or a number outside at the cost of agent `payer`.

    `DISTURBED` and `BUSY` ring nobody. `seen` are the agents through whom the call came, the one
    whose phones ring last; `ring_s` ends the ringing (None: as long as the caller's way allows);
    `goes_on`: who is rung has a forward for when he does not answer.
    """

    kind: str
    number: str
    payer: str = ""
    seen: tuple[str, ...] = ()
    ring_s: int | None = None
    goes_on: bool = False


SettingsOf = Callable[[str], PhoneSettings | None]


def whom_to_ring(called: str, settings_of: SettingsOf) -> Target:
    """Return whom a call to agent `called` rings. `settings_of` is asked at most `MOST_HOPS` times.

    A forward to a colleague follows his own forwards; to a number that is no colleague's it leads
    outside. A loop, or a chain that is too long, rings who was called first, if he is free.
    """
    found = _follow(called, called, settings_of, ())
    if found is not None:
        return found
    first = settings_of(called)
    is_busy = first is not None and first.is_talking and not first.has_call_waiting
    return Target(BUSY if is_busy else PHONES, called, seen=(called,))


def whom_next(seen: tuple[str, ...], status: str, settings_of: SettingsOf) -> Target | None:
    """Return who comes after the last of `seen`, whose phones ended with Dial's `status`.

    None: he has no forward for it, or the chain is too long or would go in a circle.
    """
    at = settings_of(seen[-1]) if seen else None
    if at is None or status not in DIAL_SILENT | {DIAL_BUSY}:
        return None
    onward = at.busy if status == DIAL_BUSY else at.no_answer
    return _follow(onward, at.number, settings_of, seen) if onward else None


def _follow(at: str, payer: str, settings_of: SettingsOf, seen: tuple[str, ...]) -> Target | None:
    """Go along the forwards; None in a circle or after too many of them."""
    while len(seen) < MOST_HOPS and at not in seen:
        settings = settings_of(at)
        if settings is None:
            return Target(NUMBER, at, payer, seen)
        seen = (*seen, at)
        if settings.is_undisturbed:
            return Target(DISTURBED, at, seen=seen)
        is_busy = settings.is_talking and not settings.has_call_waiting
        onward = settings.always or ("" if settings.is_signed_in else settings.offline)
        if not onward and is_busy:
            if not settings.busy:
                return Target(BUSY, at, seen=seen)
            onward = settings.busy
        if not onward:
            ring_s = settings.no_answer_s if settings.no_answer else None
            goes_on = bool(settings.no_answer or settings.busy)
            return Target(PHONES, at, seen=seen, ring_s=ring_s, goes_on=goes_on)
        at, payer = onward, at
    return None
