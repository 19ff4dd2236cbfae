"""Fold the facts of one call into its state. Pure; the order of arrival does not matter.

Facts are sorted by time, then key, and each key counts once. Tests replay recorded sessions in any
permutation, with duplicates, and get the same state.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from apps.calls.engine import facts as kinds
from apps.calls.engine.control import (
    CONDUCTS,
    CONSULTING,
    LASTING_STEPS,
    TRANSFERRING,
    WAITS,
    customer_leg,
)
from apps.calls.engine.facts import Fact, endpoint_of
from apps.calls.engine.recorded import (
    recording_began,
    recording_ended,
    recording_paused,
    recording_resumed,
)
from apps.calls.engine.state import CallState, LegState, Step
from apps.calls.engine.summary import ms, party, summarise
from apps.calls.engine.visits import MOVED, Visit
from apps.core.phones import is_way_outside

FROM_AGENT = "huawu-from-agent"
# The word with which the dialplan says that he ordered a call-back while he waited.
CALLED_BACK = "call_back"
TRUNK_PREFIX = "trunk-"


def fold(found: Iterable[Fact]) -> CallState:
    """Return the call that these facts (all of one node and linkedid) tell of."""
    state = CallState()
    for fact in sorted(_once(found), key=lambda item: (item.at, item.key)):
        if not state.linkedid:
            state.node, state.linkedid = fact.node, fact.linkedid
        apply = APPLY.get(fact.kind)
        if apply is not None:
            apply(state, fact)
    summarise(state)
    return state


def _once(found: Iterable[Fact]) -> list[Fact]:
    """Return one fact for each key: of two tellers the earlier, filled up with what the other knew.

    The order (time, source, data) does not depend on who came first.
    """
    by_key: dict[str, Fact] = {}
    for fact in sorted(found, key=lambda item: (item.at, item.source, item.to_json())):
        known = by_key.get(fact.key)
        if known is None:
            by_key[fact.key] = fact
            continue
        missing = {
            name: value
            for name, value in fact.data.items()
            if value not in ("", None) and known.data.get(name) in ("", None)
        }
        if missing:
            by_key[fact.key] = replace(known, data={**known.data, **missing})
    return _corrected(by_key)


def _corrected(by_key: dict[str, Fact]) -> list[Fact]:
    """Return the facts without those that another corrects: its time, the other's details."""
    replaced = {fact.corrects for fact in by_key.values()}
    found = []
    for fact in by_key.values():
        wrong = by_key.get(fact.corrects)
        if fact.key in replaced:
            continue
        if wrong is not None:
            details = {name: value for name, value in wrong.data.items() if value not in ("", None)}
            fact = replace(fact, data={**fact.data, **details})
        found.append(fact)
    return found


def _leg(state: CallState, fact: Fact) -> LegState:
    leg = state.legs.get(fact.uniqueid)
    if leg is None:
        leg = state.legs[fact.uniqueid] = LegState(uniqueid=fact.uniqueid)
        if fact.uniqueid == state.linkedid:
            leg.kind = "caller"
    return leg


def _name(state: CallState, leg: LegState, channel: str) -> None:
    leg.channel = leg.channel or channel
    leg.endpoint = leg.endpoint or endpoint_of(channel)
    leg.is_way = leg.is_way or is_way_outside(leg.channel)
    if leg.endpoint and not leg.endpoint.startswith(TRUNK_PREFIX):
        leg.kind = "agent"
    elif leg.uniqueid == state.linkedid:
        leg.kind = "caller"


def _leg_started(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    leg.started_at = leg.started_at or fact.at
    leg.is_way = leg.is_way or bool(fact.data.get("way"))
    _name(state, leg, str(fact.data.get("channel", "")))
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


def _leg_ringing(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    leg.ringing_at = leg.ringing_at or fact.at


def _leg_answered(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    leg.answered_at = leg.answered_at or fact.at
    if fact.uniqueid == fact.linkedid:
        state.picked_up_at = state.picked_up_at or fact.at


def _leg_ended(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    _close_span(leg, fact.at)
    leg.ended_at = leg.ended_at or fact.at
    cause = fact.data.get("cause")
    leg.cause = int(cause) if cause not in (None, "") else leg.cause
    _unheld(state, fact)
    _fetched(state, leg, fact.at)
    if fact.uniqueid == fact.linkedid:
        state.hangup_cause = leg.cause
    if not state.visits or state.visits[-1].uniqueid == fact.uniqueid:
        state.is_in_queue = False
    leg.hangup_source = leg.hangup_source or str(fact.data.get("hangup_source", ""))


def _hangup_requested(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    # An agent who declines an offer, or a busy line, does not end the call; nor does who leaves a
    # talk that goes on with others (see _bridged). A person's request says more than our own.
    took_part = leg.bridge or leg.talk_spans or leg.uniqueid == state.linkedid
    by = "system" if fact.data.get("is_soft") else "agent" if leg.is_way else party(leg)
    if took_part and (not state.hangup_by or (state.hangup_by == "system" != by)):
        state.hangup_by = by


def _entered(state: CallState, fact: Fact) -> None:
    state.tenant_slug = str(fact.data.get("tenant", "")) or state.tenant_slug
    state.dialled = str(fact.data.get("did", "")) or state.dialled
    state.direction = str(fact.data.get("direction", "")) or state.direction


def _node(state: CallState, fact: Fact) -> None:
    state.path.append(
        {"node": str(fact.data.get("node", "")), "keys": str(fact.data.get("keys", ""))}
    )


def _decided(state: CallState, fact: Fact) -> None:
    state.decided = str(fact.data.get("next", ""))
    state.decided_target = str(fact.data.get("target", ""))
    state.direction = str(fact.data.get("direction", "")) or state.direction


def _call_back(state: CallState, fact: Fact) -> None:
    """A try of a call-back: the queue's, but no visit; its agent is rung, then the customer."""
    state.is_call_back = True
    state.direction = "out"
    state.tenant_slug = str(fact.data.get("tenant", "")) or state.tenant_slug
    state.dialled = str(fact.data.get("number", "")) or state.dialled
    state.queue = str(fact.data.get("queue", "")) or state.queue


def _fallback(state: CallState, fact: Fact) -> None:
    state.decided = "queue" if fact.data.get("queue") else "apology"


def _queued(state: CallState, fact: Fact) -> None:
    queue = str(fact.data.get("queue", ""))
    if state.is_in_queue and state.queue == queue:
        return  # AMI and CEL tell of one joining at slightly different times
    last = state.visits[-1] if state.visits else None
    if last is None or not (fact.data.get("back") and last.come_back(queue)):
        if last is not None:
            last.leave(fact.at, MOVED)
        last = Visit(queue, fact.at, uniqueid=fact.uniqueid)
        state.visits.append(last)
    state.is_in_queue = True
    state.queue = queue
    state.queued_at = last.joined_at
    state.wait_ms = None


def _queue_left(state: CallState, fact: Fact) -> None:
    if fact.data.get("reason") == CALLED_BACK:
        state.has_ordered_call_back = True
    here, before = state.visits[-1:], state.visits[-2:-1]
    left = str(fact.data.get("queue", ""))
    if before and before[0].queue == left != here[0].queue:
        # Joining has whole milliseconds: he may seem to have joined before he left (overflow).
        before[0].leave(fact.at, str(fact.data.get("reason", "")))
        return
    if state.visits:
        state.visits[-1].leave(fact.at, str(fact.data.get("reason", "")))
    if state.is_in_queue and state.queued_at is not None and state.wait_ms is None:
        state.wait_ms = ms(state.queued_at, fact.at)
    state.is_in_queue = False


def _offered(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    leg.kind = "agent"
    leg.endpoint = leg.endpoint or str(fact.data.get("endpoint", ""))
    leg.offered_at = leg.offered_at or fact.at


def _not_answered(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    leg.kind = "agent"
    if leg.result != "connected":
        leg.result = "not_answered"


def _connected(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    leg.kind = "agent"
    leg.endpoint = leg.endpoint or str(fact.data.get("endpoint", ""))
    leg.result = "connected"
    # He answered when his phone did; what is announced before the talk is no more waiting.
    leg.answered_at = leg.answered_at or fact.at
    _agent_answered(state, leg, leg.answered_at)


def _agent_answered(state: CallState, leg: LegState, at: datetime) -> None:
    state.agent_endpoint = leg.endpoint
    if state.answered_at is None:
        state.answered_at = at
    if state.visits:
        state.visits[-1].answer(at, leg.endpoint)
    if state.is_in_queue and state.queued_at is not None:
        state.wait_ms = ms(state.queued_at, at)
    state.is_in_queue = False


def _bridged(state: CallState, fact: Fact) -> None:
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    if leg.bridge:
        return
    leg.bridge, leg.bridged_at = str(fact.data.get("bridge", "")) or "?", fact.at
    _fetched(state, leg, fact.at)
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
    if together:
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
                if not _is_aside(state, leg.bridge):
                    _agent_answered(state, one, fact.at)


def _is_aside(state: CallState, bridge: str) -> bool:
    """Say whether this is a talk of agents while the customer is elsewhere (a consultation)."""
    customer = customer_leg(state)
    return bool(state.conductor) and customer is not None and customer.bridge != bridge


def _unbridged(state: CallState, fact: Fact) -> None:
    _close_span(_leg(state, fact), fact.at)


def _close_span(leg: LegState, at: datetime) -> None:
    if leg.bridge and leg.bridged_at is not None:
        leg.talk_spans.append((leg.bridged_at, at))
    leg.bridge, leg.bridged_at = "", None


def _held(state: CallState, fact: Fact) -> None:
    state.holding.setdefault(fact.uniqueid, fact.at)


def _unheld(state: CallState, fact: Fact) -> None:
    since = state.holding.pop(fact.uniqueid, None)
    if since is not None:
        state.hold_spans.append((since, fact.at))


def _control(state: CallState, fact: Fact) -> None:
    """A step of a call operation."""
    leg = _leg(state, fact)
    _name(state, leg, str(fact.data.get("channel", "")))
    name = str(fact.data.get("step", ""))
    leg.step = Step(
        name=name,
        at=fact.at,
        by=str(fact.data.get("by", "")),
        kind=str(fact.data.get("kind", "")),
        to=str(fact.data.get("to", "")),
    )
    if name in CONDUCTS:
        state.conductor = leg.uniqueid
    if name in (CONSULTING, TRANSFERRING):
        state.handed_by = leg.step.by
    if name in WAITS:
        state.waiting.setdefault(leg.uniqueid, fact.at)
        return
    _fetched(state, leg, fact.at)


def _fetched(state: CallState, leg: LegState, at: datetime) -> None:
    """He is not alone with music any more. The customer's time there was hold."""
    since = state.waiting.pop(leg.uniqueid, None)
    if since is not None and leg is customer_leg(state):
        state.hold_spans.append((since, at))


def _asked_for(state: CallState) -> str:
    """Return the number for which a new leg is rung by a consultation or transfer, '' for none."""
    asked = [
        leg.step
        for leg in state.legs.values()
        if leg.step is not None and leg.is_live and leg.step.name in (CONSULTING, TRANSFERRING)
    ]
    return max(asked, key=lambda step: step.at).to if asked else ""


def _voicemail(state: CallState, fact: Fact) -> None:
    state.voicemail_path = str(fact.data.get("path", "")) or state.voicemail_path


def _survey_started(state: CallState, fact: Fact) -> None:
    state.is_in_survey = True


def _survey_ended(state: CallState, fact: Fact) -> None:
    state.is_in_survey = False


def _gap(state: CallState, fact: Fact) -> None:
    state.is_incomplete = True


APPLY: dict[str, Callable[[CallState, Fact], None]] = {
    kinds.LEG_STARTED: _leg_started,
    kinds.LEG_RINGING: _leg_ringing,
    kinds.LEG_ANSWERED: _leg_answered,
    kinds.LEG_ENDED: _leg_ended,
    kinds.HANGUP_REQUESTED: _hangup_requested,
    kinds.ENTERED: _entered,
    kinds.NODE: _node,
    kinds.DECIDED: _decided,
    kinds.FALLBACK: _fallback,
    kinds.CALL_BACK: _call_back,
    kinds.QUEUED: _queued,
    kinds.QUEUE_LEFT: _queue_left,
    kinds.OFFERED: _offered,
    kinds.NOT_ANSWERED: _not_answered,
    kinds.CONNECTED: _connected,
    kinds.BRIDGED: _bridged,
    kinds.UNBRIDGED: _unbridged,
    kinds.HELD: _held,
    kinds.UNHELD: _unheld,
    kinds.CONTROL: _control,
    kinds.RECORDING_STARTED: recording_began,
    kinds.RECORDING_STOPPED: recording_ended,
    kinds.RECORDING_PAUSED: recording_paused,
    kinds.RECORDING_RESUMED: recording_resumed,
    kinds.VOICEMAIL_LEFT: _voicemail,
    kinds.SURVEY_STARTED: _survey_started,
    kinds.SURVEY_ENDED: _survey_ended,
    kinds.GAP: _gap,
}
