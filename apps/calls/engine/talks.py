"""Who talks, holds and waits in a call, and its operations' steps. Pure; a part of the fold."""

from apps.calls.engine.control import (
    CONDUCTS,
    CONSULTING,
    LASTING_STEPS,
    ON_THE_WAY,
    REJOINING,
    ROOM,
    TRANSFERRING,
    WAITS,
    customer_leg,
)
from apps.calls.engine.facts import Fact
from apps.calls.engine.legs import TRUNK_PREFIX, fetched, leg_named, leg_of, span_closed
from apps.calls.engine.queueing import agent_answered
from apps.calls.engine.state import CallState, LegState, Step


def bridged(state: CallState, fact: Fact) -> None:
    """Note that the channel talks, and what follows when somebody is there."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    if leg.bridge:
        return
    leg.bridge, leg.bridged_at = str(fact.data.get("bridge", "")) or "?", fact.at
    fetched(state, leg, fact.at)
    if leg.step is not None and leg.step.name not in LASTING_STEPS:
        leg.step = None
    together = [
        other for other in state.legs.values() if other.bridge == leg.bridge and other is not leg
    ]
    if any(one.is_way for one in (leg, *together)):
        # The agent's channel is elsewhere, in the talk; here is the way to his outside phone.
        for one in (leg, *together):
            one.is_way = True
        return
    if together and not _is_without_customer(state):
        state.hangup_by = ""
    for other in together:
        for one in (leg, other):
            if (
                state.direction == "in"
                and one.kind == "external"
                and one.endpoint.startswith(TRUNK_PREFIX)
            ):
                # A flow rang a number outside: answered, though by no agent.
                one.result = one.result or "connected"
                state.answered_at = state.answered_at or fact.at
                continue
            if one.kind == "agent" and (one.uniqueid != state.linkedid or state.direction != "in"):
                one.result = one.result or "connected"
                if not (_is_aside(state, leg.bridge) or _is_anothers(state, one)):
                    agent_answered(state, one, fact.at)


def _is_aside(state: CallState, bridge: str) -> bool:
    """Say whether this is a talk of agents while the customer is elsewhere (a consultation)."""
    customer = customer_leg(state)
    return bool(state.conductor) and customer is not None and customer.bridge != bridge


def _is_anothers(state: CallState, leg: LegState) -> bool:
    """Say whether the call's agent is in this talk too: in a conference it stays his."""
    return leg.endpoint != state.agent_endpoint and any(
        other.bridge == leg.bridge or (other.step is not None and other.step.name == ROOM)
        for other in state.legs.values()
        if other.kind == "agent" and other.is_live and other.endpoint == state.agent_endpoint
    )


def _is_without_customer(state: CallState) -> bool:
    """Say whether the customer is gone and agents talk on: who ended the call is known."""
    customer = customer_leg(state)
    return bool(state.conductor) and customer is not None and not customer.is_live


def unbridged(state: CallState, fact: Fact) -> None:
    """Note that its talk is over."""
    span_closed(leg_of(state, fact), fact.at)


def held(state: CallState, fact: Fact) -> None:
    """Note that a phone holds its other side."""
    state.holding.setdefault(fact.uniqueid, fact.at)


def control_step(state: CallState, fact: Fact) -> None:
    """A step of a call operation."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    name = str(fact.data.get("step", ""))
    leg.step = Step(
        name=name,
        at=fact.at,
        by=str(fact.data.get("by", "")),
        kind=str(fact.data.get("kind", "")),
        to=str(fact.data.get("to", "")),
    )
    if name in CONDUCTS or (name == ROOM and _is_seat_of(state.legs.get(state.conductor), leg)):
        state.conductor = leg.uniqueid
    if name in (CONSULTING, TRANSFERRING):
        state.handed_by = leg.step.by
        state.handed_declined, state.is_handed_to_queue = None, leg.step.kind == "queue"
    if name in ON_THE_WAY:
        # Somebody left, the call goes on: who ends it is not known yet.
        state.hangup_by = ""
    if name in WAITS:
        state.waiting.setdefault(leg.uniqueid, fact.at)
        return
    fetched(state, leg, fact.at)


def _is_seat_of(before: LegState | None, leg: LegState) -> bool:
    """Say whether this phone takes the place that was kept for it in a conference."""
    return (
        before is not None
        and before is not leg
        and before.endpoint == leg.endpoint
        and before.step is not None
        and before.step.name == REJOINING
    )


def transfer_note(state: CallState, fact: Fact) -> None:
    """Keep what an agent wrote for whom he gives the call to, or asks about it."""
    state.handed_notes[str(fact.data.get("by", ""))] = str(fact.data.get("text", ""))


def declined(state: CallState, fact: Fact) -> None:
    """Keep who declined what was meant for him, and why; of a queue's offer the giver is not told.

    Before anybody gave the call away it is a queue's, or one that somebody dialled.
    """
    if state.handed_by and not state.is_handed_to_queue:
        state.handed_declined = str(fact.data.get("by", "")), str(fact.data.get("reason", ""))
