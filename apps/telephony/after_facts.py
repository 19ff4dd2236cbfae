"""What follows facts outside the ledger: recordings become rows, messages are announced.

Called after the commit of a batch, in the fact writer's thread. Each step is harmless twice.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC

from apps.acd.call_back_tries import call_backs_served, call_backs_told
from apps.acd.misses import miss_noted
from apps.acd.selectors import queue_by_asterisk_name
from apps.acd.voicemail_news import voicemail_announce
from apps.calls import resolve
from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact, endpoint_of
from apps.calls.models import Call
from apps.calls.selectors import calls_with_facts
from apps.core.tenancy import all_tenants
from apps.missed.services import missed_told
from apps.recordings.services import Begun, recordings_started
from apps.recordings.tasks import recording_ingest_paths
from apps.supervision.services import supervision_told
from apps.surveys.engine.told import SURVEY_KINDS
from apps.surveys.services import survey_result_update
from apps.voicemail.services import voicemail_left

DECIDING = frozenset({kinds.CONNECTED, kinds.BRIDGED, kinds.LEG_ENDED})

logger = logging.getLogger(__name__)


def after_facts(facts: Sequence[Fact], calls: Sequence[Call]) -> None:
    """Do what each fact asks for. `calls` are the facts' calls as they are now."""
    by_key = {(call.node, call.linkedid): call for call in calls}
    with all_tenants("facts of every company"):
        recordings_started(_begun(facts, by_key))
        for fact in facts:
            call = by_key.get((fact.node, fact.linkedid))
            if fact.kind == kinds.VOICEMAIL_LEFT:
                _voicemail_left(fact, call)
            elif fact.kind == kinds.NOT_ANSWERED:
                _missed(fact)
        if complete := _complete(facts, by_key):
            recording_ingest_paths.delay(complete)
        for call in _surveyed(facts, by_key):
            survey_result_update(call)
        call_backs_told(calls)
        supervision_told(facts)
        missed_told(_decided(facts, by_key))
        if any(fact.kind == kinds.CONNECTED for fact in facts):
            call_backs_served(calls)


def _decided(facts: Sequence[Fact], by_key: dict[tuple[str, str], Call]) -> list[Call]:
    """Return the calls of which it may be known now whether somebody was answered."""
    keys = {(fact.node, fact.linkedid) for fact in facts if fact.kind in DECIDING}
    return [by_key[key] for key in sorted(keys) if key in by_key]


def _surveyed(facts: Sequence[Fact], by_key: dict[tuple[str, str], Call]) -> list[Call]:
    """Return the calls whose survey to look at: told of now, or over now. 0 or 1 query.

    At its end once more: what a process that died had not handled is handled then.
    """
    found, over = {}, {}
    for fact in facts:
        call = by_key.get((fact.node, fact.linkedid))
        is_end = fact.kind == kinds.LEG_ENDED and fact.uniqueid == fact.linkedid
        if call is not None and fact.kind in SURVEY_KINDS:
            found[call.pk] = call
        elif call is not None and is_end and call.answered_at:
            over[call.pk] = call
    if over:
        asked = calls_with_facts(over.values(), SURVEY_KINDS)
        found.update({pk: call for pk, call in over.items() if pk in asked})
    return [found[pk] for pk in sorted(found)]


def _begun(facts: Sequence[Fact], by_key: dict[tuple[str, str], Call]) -> Iterator[Begun]:
    for fact in facts:
        call = by_key.get((fact.node, fact.linkedid))
        if fact.kind != kinds.RECORDING_STARTED or call is None or call.tenant_id is None:
            continue
        agent = resolve.agents.get(endpoint_of(str(fact.data.get("channel", ""))))
        path = str(fact.data.get("path", ""))
        yield Begun(call, fact.uniqueid, agent or call.agent, path, fact.at)


def _complete(facts: Sequence[Fact], by_key: dict[tuple[str, str], Call]) -> list[str]:
    return [
        str(fact.data.get("path", ""))
        for fact in facts
        if fact.kind == kinds.RECORDING_STOPPED and (fact.node, fact.linkedid) in by_key
    ]


def _missed(fact: Fact) -> None:
    agent = resolve.agents.get(endpoint_of(str(fact.data.get("channel", ""))))
    queue = queue_by_asterisk_name(str(fact.data.get("queue", "")))
    if agent is not None and queue is not None and agent.tenant_id == queue.tenant_id:
        miss_noted(agent=agent, queue=queue)


def _voicemail_left(fact: Fact, call: Call | None) -> None:
    message = voicemail_left(
        linkedid=fact.linkedid,
        box=str(fact.data.get("box", "")),
        path=str(fact.data.get("path", "")),
        duration_ms=int(str(fact.data.get("duration_ms") or 0)),
        at=fact.at.astimezone(UTC),
        caller=str(fact.data.get("caller", "")),
        call=call,
    )
    if message is not None:
        voicemail_announce(message)
