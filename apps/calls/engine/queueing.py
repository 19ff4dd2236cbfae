"""A call's waits for an agent, and who took the offers. Pure; a part of the fold."""

from datetime import datetime

from apps.calls.engine.facts import Fact
from apps.calls.engine.legs import leg_named, leg_of
from apps.calls.engine.state import CallState, LegState
from apps.calls.engine.summary import ms
from apps.calls.engine.visits import MOVED, Visit

# The word with which the dialplan says that he ordered a call-back while he waited.
CALLED_BACK = "call_back"


def queued(state: CallState, fact: Fact) -> None:
    """Note that he waits in a queue: a visit, or the one that goes on."""
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
    state.hangup_by = ""
    state.queue = queue
    state.queued_at = last.joined_at
    state.wait_ms = None


def queue_left(state: CallState, fact: Fact) -> None:
    """Note that he has left the queue, and why."""
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


def offered(state: CallState, fact: Fact) -> None:
    """Note that an agent's phone is rung for him."""
    leg = leg_of(state, fact)
    leg_named(state, leg, str(fact.data.get("channel", "")))
    leg.kind = "agent"
    leg.endpoint = leg.endpoint or str(fact.data.get("endpoint", ""))
    leg.offered_at = leg.offered_at or fact.at


def not_answered(state: CallState, fact: Fact) -> None:
    """Note that the agent did not take the offer."""
    leg = leg_of(state, fact)
    leg.kind = "agent"
    if leg.result != "connected":
        leg.result = "not_answered"


def connected(state: CallState, fact: Fact) -> None:
    """Note that the agent took the offer."""
    leg = leg_of(state, fact)
    leg.kind = "agent"
    leg.endpoint = leg.endpoint or str(fact.data.get("endpoint", ""))
    leg.result = "connected"
    # He answered when his phone did; what is announced before the talk is no more waiting.
    leg.answered_at = leg.answered_at or fact.at
    agent_answered(state, leg, leg.answered_at)


def agent_answered(state: CallState, leg: LegState, at: datetime) -> None:
    """Note that this agent serves the call."""
    state.agent_endpoint = leg.endpoint
    if state.answered_at is None:
        state.answered_at = at
    if state.visits:
        state.visits[-1].answer(at, leg.endpoint)
    if state.is_in_queue and state.queued_at is not None:
        state.wait_ms = ms(state.queued_at, at)
    state.is_in_queue = False
