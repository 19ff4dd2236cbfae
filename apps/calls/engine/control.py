"""Call operations: what an agent's part of a call is now, and what he may do with it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.calls.engine.state import CallState, LegState

# The dialplan's words for steps (`huawu-control-step`).
HELD, HOLDING, CONSULTING, JOINING = "held", "holding", "consulting", "joining"
TRANSFERRING, BACK, PARKED, ROOM, RELEASED = "transferring", "back", "parked", "room", "released"
# His place in a conference, kept while his browser phone is away.
REJOINING = "rejoining"
WAITS = frozenset({HELD, PARKED})
CONDUCTS = frozenset({HOLDING, CONSULTING})
# The customer is on his way to somebody: whatever an agent hangs up now ends nothing.
ON_THE_WAY = frozenset({TRANSFERRING, PARKED, BACK})
# Steps in which a talk belongs; all others are over when the channel talks with somebody.
LASTING_STEPS = frozenset({CONSULTING, ROOM})

PLAIN, CONFERENCE = "plain", "conference"

OPERATIONS: dict[str, tuple[str, ...]] = {
    PLAIN: ("hold", "transfer", "consult", "park"),
    HELD: ("unhold", "transfer", "consult", "park"),
    CONSULTING: ("swap", "complete", "cancel", "conference"),
    CONFERENCE: ("consult", "drop", "leave"),
    TRANSFERRING: ("take-back",),
}
"""What may be done in which mode; `control_of` takes away what makes no sense just now."""

GUEST: dict[str, tuple[str, ...]] = {CONFERENCE: ("leave",)}
"""What a colleague may do while another agent conducts the call."""


@dataclass(frozen=True)
class Party:
    """Somebody else in the call. `kind` is customer, agent or external.

    `state` is ringing, talking, held, or gone: the customer hung up, the consultation goes on.
    """

    uniqueid: str
    kind: str
    endpoint: str
    number: str
    state: str


@dataclass(frozen=True)
class Control:
    """An agent's part. `me` is '' when his own leg has ended (transferring, parked).

    `consulted` is whom he asked, `is_aside` whether he talks (or rings) there and not with the
    customer; `is_room` whether the customer talks with others without him.
    """

    mode: str
    me: str
    customer: str
    parties: tuple[Party, ...]
    operations: tuple[str, ...] = ()
    consulted: str = ""
    is_aside: bool = False
    is_room: bool = False
    asked_kind: str = ""
    asked: str = ""


def _people(state: CallState) -> list[LegState]:
    """Return the legs of somebody: the way to an agent's outside phone is nobody's."""
    return [leg for leg in state.legs.values() if not leg.is_way]


def customer_leg(state: CallState, mine: Collection[str] = ()) -> LegState | None:
    """Return the leg of whom the call is about; in a colleague's call the other one."""
    first = state.legs.get(state.linkedid)
    if state.direction == "in":
        return first
    others = [leg for leg in _people(state) if leg is not first]
    for leg in others:
        if leg.kind == "external":
            return leg
    if first is not None and mine and first.endpoint not in mine:
        return first
    return next((leg for leg in others if leg.endpoint not in mine), None)


def control_of(state: CallState, endpoints: Collection[str], user: str = "") -> Control | None:
    """Return the part of the agent with these endpoints (and phone user), None without one."""
    customer = customer_leg(state, endpoints)
    if customer is None or customer.answered_at is None:
        return None
    mine = [
        leg
        for leg in state.legs.values()
        if leg.is_live and leg.answered_at is not None and leg.endpoint in endpoints
    ]
    if not customer.is_live:
        return _without_customer(state, customer, mine)
    if not mine:
        return _sent(state, customer, endpoints, user)
    me = mine[-1]
    rest = [leg for leg in _people(state) if leg.is_live and leg not in (me, customer)]
    if any(_is_rejoining(leg) for leg in mine):
        # The old channel and the new phone are one person.
        rest = [leg for leg in rest if leg.endpoint not in endpoints]
    mode = _mode(state, me, customer, rest)
    conductor = state.legs.get(state.conductor)
    is_guest = conductor is not None and conductor is not me and conductor.is_live
    consulted = _consulted(state, me, customer, rest) if mode == CONSULTING else None
    is_room = mode == CONFERENCE or (customer.bridge != "" and customer.bridge != me.bridge)
    # Asked and put on hold meanwhile, he is not with the customer, who is not his to give away.
    is_apart = not (me.bridge and me.bridge == customer.bridge)
    is_limited = is_guest and (mode != PLAIN or is_apart)
    allowed = GUEST.get(mode, ()) if is_limited else OPERATIONS[mode]
    if _is_rejoining(me):
        allowed = ()
    if mode == CONSULTING and (consulted is None or consulted.answered_at is None or is_room):
        allowed = tuple(one for one in allowed if one != "swap")
    if mode == CONSULTING and (consulted is None or consulted.answered_at is None):
        allowed = tuple(one for one in allowed if one != "conference")
    return Control(
        mode=mode,
        me=me.uniqueid,
        customer=customer.uniqueid,
        parties=_parties(state, customer, rest),
        operations=allowed,
        consulted=consulted.uniqueid if consulted else "",
        is_aside=mode == CONSULTING and not (me.bridge and me.bridge == customer.bridge),
        is_room=is_room,
        asked_kind=me.step.kind if me.step else "",
        asked=me.step.to if me.step else "",
    )


def _without_customer(
    state: CallState, customer: LegState, mine: Collection[LegState]
) -> Control | None:
    """The customer hung up in a consultation: who talks talks on, there is nobody to give away."""
    conductor = state.legs.get(state.conductor)
    step = conductor.step if conductor is not None and conductor.is_live else None
    if conductor is None or step is None or step.name != CONSULTING:
        return None
    for me in mine:
        rest = [leg for leg in _people(state) if leg.is_live and leg not in (me, customer)]
        if not rest:
            continue
        consulted = _consulted(state, me, customer, rest)
        return Control(
            mode=CONSULTING,
            me=me.uniqueid,
            customer=customer.uniqueid,
            parties=_parties(state, customer, rest),
            operations=("cancel",) if me is conductor else (),
            consulted=consulted.uniqueid if consulted else "",
            is_aside=True,
            asked_kind=step.kind,
            asked=step.to,
        )
    return None


def sent_by(state: CallState, user: str) -> bool:
    """Say whether this phone user's agent has sent the customer on, and nobody has him yet."""
    customer = customer_leg(state)
    step = customer.step if customer is not None and customer.is_live else None
    return bool(user) and step is not None and step.by == user and step.name in _SENT


# Parked is as being put through, but that nobody is rung.
_SENT = {TRANSFERRING: OPERATIONS[TRANSFERRING], PARKED: ("take-back", "unpark")}


def _sent(
    state: CallState, customer: LegState, endpoints: Collection[str], user: str
) -> Control | None:
    if not sent_by(state, user) or customer.step is None:
        return None
    rest = [leg for leg in _people(state) if leg.is_live and leg is not customer]
    if any(leg.endpoint in endpoints for leg in rest):
        return None
    return Control(
        mode=TRANSFERRING,
        me="",
        customer=customer.uniqueid,
        parties=_parties(state, customer, rest),
        operations=_SENT[customer.step.name],
        asked_kind=customer.step.kind,
        asked=customer.step.to,
    )


def _is_rejoining(leg: LegState) -> bool:
    return leg.step is not None and leg.step.name == REJOINING


def _mode(state: CallState, me: LegState, customer: LegState, rest: list[LegState]) -> str:
    if _is_rejoining(me):
        return CONFERENCE
    if customer.uniqueid in state.waiting:
        is_asking = me.step is not None and me.step.name == CONSULTING
        return CONSULTING if is_asking or rest else HELD
    if me.bridge and me.bridge == customer.bridge:
        if any(leg.bridge == me.bridge or _is_rejoining(leg) for leg in rest):
            return CONFERENCE
        return CONSULTING if any(leg.uniqueid in state.waiting for leg in rest) else PLAIN
    if me.step is not None and me.step.name == CONSULTING:
        return CONSULTING
    return PLAIN


def _consulted(
    state: CallState, me: LegState, customer: LegState, rest: list[LegState]
) -> LegState | None:
    """Return whom he asked: with whom he talks, who waits for him, or who rings."""
    found = [leg for leg in rest if leg.bridge == "" or leg.bridge != customer.bridge]
    answered = [leg for leg in found if leg.answered_at is not None]
    return next(iter(reversed(answered or found)), None)


def _parties(state: CallState, customer: LegState, rest: list[LegState]) -> tuple[Party, ...]:
    found = {customer.uniqueid: _party(state, customer, "customer")}
    seen: set[str] = set()
    for leg in sorted(rest, key=lambda one: one.answered_at is None):
        # A colleague's desk phone and browser ring at once: he is one.
        user = leg.endpoint.removesuffix("-web")
        if leg.kind == "agent" and user in seen:
            continue
        seen.add(user if leg.kind == "agent" else leg.uniqueid)
        found[leg.uniqueid] = _party(state, leg, leg.kind)
    return tuple(found.values())


def _party(state: CallState, leg: LegState, kind: str) -> Party:
    status = "held" if leg.uniqueid in state.waiting else "talking"
    if leg.answered_at is None:
        status = "ringing"
    if kind == "customer" and leg.step is not None and leg.step.name == TRANSFERRING:
        status = "held"
    if not leg.is_live:
        status = "gone"
    return Party(
        uniqueid=leg.uniqueid,
        kind="external" if kind == "caller" else kind,
        endpoint=leg.endpoint if leg.kind == "agent" else "",
        number=leg.number,
        state=status,
    )
