"""Who is rung when a colleague is called. Pure; loops of forwards end with who was called first."""

from collections.abc import Callable
from dataclasses import dataclass

PHONES, NUMBER, DISTURBED = "phones", "number", "do_not_disturb"
MOST_HOPS = 5


@dataclass(frozen=True)
class PhoneSettings:
    """What an agent wants of his phone; '' is no forward.

    `offline` is his mobile while he is signed out of his queues. Do-not-disturb comes before
    forwards: who wants no call wants none elsewhere either.
    """

    number: str
    always: str = ""
    offline: str = ""
    is_undisturbed: bool = False
    is_signed_in: bool = True


@dataclass(frozen=True)
class Target:
    """Whom to ring: an agent's phones, or a number outside at the cost of agent `payer`."""

    kind: str
    number: str
    payer: str = ""
    hops: int = 0


def whom_to_ring(called: str, settings_of: Callable[[str], PhoneSettings | None]) -> Target:
    """Return whom a call to agent `called` rings. `settings_of` is asked at most `MOST_HOPS` times.

    A forward to a colleague follows his own forwards; to a number that is no colleague's it leads
    outside. A loop, or a chain that is too long, rings who was called first.
    """
    at, payer, seen = called, called, set[str]()
    for hops in range(MOST_HOPS):
        settings = settings_of(at)
        if settings is None:
            return Target(NUMBER, at, payer, hops)
        if at in seen:
            break
        seen.add(at)
        if settings.is_undisturbed:
            return Target(DISTURBED, at, hops=hops)
        onward = settings.always or ("" if settings.is_signed_in else settings.offline)
        if not onward:
            return Target(PHONES, at, hops=hops)
        at, payer = onward, at
    return Target(PHONES, called)
