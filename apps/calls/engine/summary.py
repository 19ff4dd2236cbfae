"""Close a folded call: status, outcome and durations. Source of the words: docs/glossary.md."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from apps.calls.engine.control import customer_leg
from apps.calls.engine.state import CallState, LegState

Span = tuple[datetime, datetime]

CALL_REJECTED = 21
# Asterisk ends the rung leg first, then the caller's.
GIVEN_UP_WITHIN = timedelta(seconds=1)


def summarise(state: CallState) -> None:
    """Fill what follows from the legs: ended_at, status, outcome, talk_ms, hold_ms, wait_ms."""
    legs = list(state.legs.values())
    if state.started_at is None:
        state.started_at = min((leg.started_at for leg in legs if leg.started_at), default=None)
    if legs and not any(leg.is_live for leg in legs):
        state.ended_at = max(leg.ended_at for leg in legs if leg.ended_at is not None)
    _direction(state)
    _calls_of_agents(state)
    _waited(state)
    caller = state.caller_leg
    for visit in state.visits:
        waited = state.legs.get(visit.uniqueid, caller)
        visit.close(waited.ended_at if waited else state.ended_at)
    state.status = _status(state)
    if state.ended_at is None:
        return
    state.hangup_by = state.hangup_by or _hangup_by(state)
    state.outcome = _outcome(state)
    _durations(state)


def party(leg: LegState) -> str:
    """Return who is at the far end of a leg: agent, caller, or callee (whom an agent called)."""
    return "callee" if leg.kind == "external" else leg.kind


def _hangup_by(state: CallState) -> str:
    # Nobody asked over AMI: CEL names the channel that began the hang-up.
    first = state.caller_leg
    source = first.hangup_source if first else ""
    for leg in state.legs.values():
        if source and leg.channel == source:
            return party(leg)
    return "system"


def _direction(state: CallState) -> None:
    # Without a decision (the AGI was dead) the legs tell: an agent's call over a trunk goes out.
    if state.direction == "internal" and any(
        leg.endpoint.startswith("trunk-") and not leg.is_way for leg in state.legs.values()
    ):
        state.direction = "out"


def _calls_of_agents(state: CallState) -> None:
    """An agent's own call: he is its agent; it is answered when somebody else's leg is.

    Of his call to a queue the one who served it is the agent, as of any other caller's.
    """
    first = state.caller_leg
    if state.direction == "in" or first is None:
        return
    served = [leg for leg in state.legs.values() if leg is not first and leg.result == "connected"]
    if state.queued_at is not None and served:
        state.agent_endpoint = max(served, key=_answered_at).endpoint
    else:
        state.agent_endpoint = first.endpoint or state.agent_endpoint
    others = [
        leg
        for leg in state.legs.values()
        if leg is not first and leg.answered_at and not leg.is_way
    ]
    if others and state.queued_at is None:
        state.answered_at = min(leg.answered_at for leg in others if leg.answered_at)


def _answered_at(leg: LegState) -> datetime:
    return leg.answered_at or datetime.min.replace(tzinfo=UTC)


def _waited(state: CallState) -> None:
    if state.queued_at is not None and state.wait_ms is None and state.ended_at is not None:
        state.wait_ms = ms(state.queued_at, state.ended_at)


def _status(state: CallState) -> str:
    if state.ended_at is not None:
        return "ended"
    if state.holding or state.waiting:
        return "held"
    if any(leg.bridge and leg.kind == "agent" for leg in state.legs.values()):
        return "talking"
    is_made = state.is_call_back and state.answered_at is None
    if is_made or any(_rings(state, leg) for leg in state.legs.values()):
        return "ringing"
    if state.is_in_queue:
        return "queued"
    if state.is_in_survey:
        return "ivr"  # the agent has left; the caller answers questions by key
    if state.decided == "voicemail" or (state.queued_at and state.answered_at is None):
        return "voicemail"
    return "talking" if state.answered_at else "ivr"


def _rings(state: CallState, leg: LegState) -> bool:
    return leg.is_live and leg.answered_at is None and leg.uniqueid != state.linkedid


def _outcome(state: CallState) -> str:
    if state.answered_at is not None:
        return "answered"
    if state.voicemail_path:
        return "voicemail"
    if state.decided == "refuse" or (
        state.picked_up_at is None and state.hangup_cause == CALL_REJECTED
    ):
        return "refused"
    if state.has_ordered_call_back:
        return "self_service"  # he has ordered a call-back, which is a call of its own
    if state.queued_at is not None or _gave_up_ringing(state):
        return "abandoned"
    if state.direction != "in" or state.decided in ("apology", "dial"):
        return "failed"
    if state.picked_up_at is None and not state.path:
        return "failed"
    # In the menus, a mailbox that was left empty, the test tone: served without an agent.
    return "self_service"


def _gave_up_ringing(state: CallState) -> bool:
    """Say whether the caller hung up while whom a flow rang still rang: both legs end together.

    Who was told that nobody is there, and hangs up then, has given nothing up.
    """
    caller = state.caller_leg
    if state.direction != "in" or state.decided != "dial" or state.hangup_by != "caller":
        return False
    gone = caller.ended_at if caller else None
    rung = [leg.ended_at for leg in state.legs.values() if leg is not caller and leg.ended_at]
    return gone is not None and any(ended >= gone - GIVEN_UP_WITHIN for ended in rung)


def _durations(state: CallState) -> None:
    if state.answered_at is None:
        return
    for since in state.holding.values():
        state.hold_spans.append((since, state.ended_at or since))
    state.holding.clear()
    # A talk with somebody outside, whom the flow rang, counts where no agent took part.
    kinds = ("agent",) if state.agent_endpoint else ("agent", "external")
    until = _talked_until(state)
    talking = merged(
        (start, min(end, until) if until else end)
        for leg in state.legs.values()
        if leg.kind in kinds
        for start, end in leg.talk_spans
        if until is None or start < until
    )
    held = merged(state.hold_spans)
    state.hold_ms = sum(ms(*span) for span in held)
    whole = sum(ms(*span) for span in talking)
    overlap = sum(
        ms(max(a[0], b[0]), min(a[1], b[1]))
        for a in talking
        for b in held
        if max(a[0], b[0]) < min(a[1], b[1])
    )
    state.talk_ms = whole - overlap


def _talked_until(state: CallState) -> datetime | None:
    """Return when the customer of a consultation hung up: what colleagues say then is no talk."""
    customer = customer_leg(state) if state.conductor else None
    return customer.ended_at if customer is not None else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, in order."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def ms(start: datetime, end: datetime) -> int:
    """Return the milliseconds between two times, never below 0."""
    return max(0, round((end - start).total_seconds() * 1000))
