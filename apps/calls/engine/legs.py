"""A call's channels: they start, ring, answer and end. Pure; a part of the fold."""

from datetime import datetime

from apps.calls.engine.control import CONSULTING, ON_THE_WAY, TRANSFERRING, customer_leg
from apps.calls.engine.facts import Fact, endpoint_of
from apps.calls.engine.state import CallState, LegState
from apps.calls.engine.summary import party
from apps.core.phones import is_way_outside

FROM_AGENT = "huawu-from-agent"
TRUNK_PREFIX = "trunk-"


def leg_of(state: CallState, fact: Fact) -> LegState:
    """Return the leg of this fact's channel, a new one when it is the first."""
    leg = state.legs.get(fact.uniqueid)
    if leg is None:
        leg = state.legs[fact.uniqueid] = LegState(uniqueid=fact.uniqueid)
        if fact.uniqueid == state.linkedid:
            leg.kind = "caller"
    return leg


def leg_named(state: CallState, leg: LegState, channel: str) -> None:
    """Take a channel's name: whose phone it is."""
    leg.channel = leg.channel or channel
    leg.endpoint = leg.endpoint or endpoint_of(channel)
    leg.is_way = leg.is_way or is_way_outside(leg.channel)
    if leg.endpoint and not leg.endpoint.startswith(TRUNK_PREFIX):
        leg.kind = "agent"
    elif leg.uniqueid == state.linkedid:
        leg.kind = "caller"


def leg_started(state: CallState, fact: Fact) -> None:
    """Note a new channel; of the first what Asterisk knows of the caller."""
    leg = leg_of(state, fact)
    leg.started_at = leg.started_at or fact.at
    leg.is_way = leg.is_way or bool(fact.data.get("way"))
    leg_named(state, leg, str(fact.data.get("channel", "")))
    if fact.uniqueid != fact.linkedid:
        leg.number = leg.number or _asked_for(state)
        return
    state.started_at = state.started_at or fact.at
    state.caller = state.caller or str(fact.data.get("caller", ""))
    state.caller_name = state.caller_name or str(fact.data.get("caller_name", ""))
    exten = str(fact.data.get("exten", ""))
    if exten not in ("", "s"):
        state.dialled = state.dialled or exten
    if fact.data.get("context") == FROM_AGENT and not state.is_call_back:
        state.direction = "internal"


def leg_ringing(state: CallState, fact: Fact) -> None:
    """Note that the channel's phone rings."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    leg.ringing_at = leg.ringing_at or fact.at


def leg_answered(state: CallState, fact: Fact) -> None:
    """Note that the channel is up."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    leg.answered_at = leg.answered_at or fact.at
    if fact.uniqueid == fact.linkedid:
        state.picked_up_at = state.picked_up_at or fact.at


def leg_ended(state: CallState, fact: Fact) -> None:
    """Note that the channel is gone, and whatever lasted on it."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    span_closed(leg, fact.at)
    leg.ended_at = leg.ended_at or fact.at
    _left_to_others(state, leg)
    cause = fact.data.get("cause")
    leg.cause = int(cause) if cause not in (None, "") else leg.cause
    unheld(state, fact)
    fetched(state, leg, fact.at)
    if fact.uniqueid == fact.linkedid:
        state.hangup_cause = leg.cause
    if not state.visits or state.visits[-1].uniqueid == fact.uniqueid:
        state.is_in_queue = False
    leg.hangup_source = leg.hangup_source or str(fact.data.get("hangup_source", ""))


def hangup_requested(state: CallState, fact: Fact) -> None:
    """Note who ended the call."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    # An agent who declines an offer, or a busy line, does not end the call; nor does who leaves a
    # talk that goes on with others (see talks.bridged). A person's request says more than our own.
    took_part = leg.bridge or leg.talk_spans or leg.uniqueid == state.linkedid
    if _is_on_the_way(state, leg):
        return
    by = "system" if fact.data.get("is_soft") else "agent" if leg.is_way else party(leg)
    if took_part and (not state.hangup_by or (state.hangup_by == "system" != by)):
        state.hangup_by = by


def _is_on_the_way(state: CallState, leg: LegState) -> bool:
    """Say whether the customer waits for somebody else: this leg's hang-up ends nothing."""
    customer = customer_leg(state)
    if customer is None or customer is leg or not customer.is_live:
        return False
    step = customer.step
    return state.is_in_queue or (step is not None and step.name in ON_THE_WAY)


def _left_to_others(state: CallState, leg: LegState) -> None:
    """Its agent has left a conference: the call is whose who talks with the customer still."""
    customer = customer_leg(state)
    if leg.kind != "agent" or leg.endpoint != state.agent_endpoint or customer is None:
        return
    with_him = [
        other
        for other in state.legs.values()
        if other.kind == "agent" and other is not customer and other.bridge == customer.bridge != ""
    ]
    # Not there yet: his phone, loaded anew, that takes the place.
    his = [
        other
        for other in state.legs.values()
        if other.endpoint == leg.endpoint and other.is_live and other.answered_at is not None
    ]
    if with_him and not his:
        state.agent_endpoint = with_him[-1].endpoint


def _asked_for(state: CallState) -> str:
    """Return the number for which a new leg is rung by a consultation or transfer, '' for none."""
    asked = [
        leg.step
        for leg in state.legs.values()
        if leg.step is not None and leg.is_live and leg.step.name in (CONSULTING, TRANSFERRING)
    ]
    return max(asked, key=lambda step: step.at).to if asked else ""


def span_closed(leg: LegState, at: datetime) -> None:
    """End the channel's talk, if it talks."""
    if leg.bridge and leg.bridged_at is not None:
        leg.talk_spans.append((leg.bridged_at, at))
    leg.bridge, leg.bridged_at = "", None


def unheld(state: CallState, fact: Fact) -> None:
    """Note that the phone holds nobody any more."""
    since = state.holding.pop(fact.uniqueid, None)
    if since is not None:
        state.hold_spans.append((since, fact.at))


def fetched(state: CallState, leg: LegState, at: datetime) -> None:
    """He is not alone with music any more. The customer's time there was hold."""
    since = state.waiting.pop(leg.uniqueid, None)
    if since is not None and leg is customer_leg(state):
        state.hold_spans.append((since, at))
