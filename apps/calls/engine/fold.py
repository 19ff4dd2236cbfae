"""Fold the facts of one call into its state. Pure; the order of arrival does not matter.

Facts are sorted by time, then key, and each key counts once. Tests replay recorded sessions in any
permutation, with duplicates, and get the same state.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.engine.legs import (
    hangup_requested,
    leg_answered,
    leg_ended,
    leg_ringing,
    leg_started,
    unheld,
)
from apps.calls.engine.queueing import connected, not_answered, offered, queue_left, queued
from apps.calls.engine.recorded import (
    recording_began,
    recording_ended,
    recording_paused,
    recording_resumed,
)
from apps.calls.engine.state import CallState
from apps.calls.engine.summary import summarise
from apps.calls.engine.talks import (
    bridged,
    control_step,
    declined,
    held,
    transfer_note,
    unbridged,
)


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


def _voicemail(state: CallState, fact: Fact) -> None:
    state.voicemail_path = str(fact.data.get("path", "")) or state.voicemail_path


def _survey_started(state: CallState, fact: Fact) -> None:
    state.is_in_survey = True


def _survey_ended(state: CallState, fact: Fact) -> None:
    state.is_in_survey = False


def _gap(state: CallState, fact: Fact) -> None:
    state.is_incomplete = True


APPLY: dict[str, Callable[[CallState, Fact], None]] = {
    kinds.LEG_STARTED: leg_started,
    kinds.LEG_RINGING: leg_ringing,
    kinds.LEG_ANSWERED: leg_answered,
    kinds.LEG_ENDED: leg_ended,
    kinds.HANGUP_REQUESTED: hangup_requested,
    kinds.ENTERED: _entered,
    kinds.NODE: _node,
    kinds.DECIDED: _decided,
    kinds.FALLBACK: _fallback,
    kinds.CALL_BACK: _call_back,
    kinds.QUEUED: queued,
    kinds.QUEUE_LEFT: queue_left,
    kinds.OFFERED: offered,
    kinds.NOT_ANSWERED: not_answered,
    kinds.CONNECTED: connected,
    kinds.BRIDGED: bridged,
    kinds.UNBRIDGED: unbridged,
    kinds.HELD: held,
    kinds.UNHELD: unheld,
    kinds.CONTROL: control_step,
    kinds.TRANSFER_NOTE: transfer_note,
    kinds.DECLINED: declined,
    kinds.RECORDING_STARTED: recording_began,
    kinds.RECORDING_STOPPED: recording_ended,
    kinds.RECORDING_PAUSED: recording_paused,
    kinds.RECORDING_RESUMED: recording_resumed,
    kinds.VOICEMAIL_LEFT: _voicemail,
    kinds.SURVEY_STARTED: _survey_started,
    kinds.SURVEY_ENDED: _survey_ended,
    kinds.GAP: _gap,
}
