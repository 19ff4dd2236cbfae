"""Write the ledger: facts in, calls and legs projected from them, cards to the agents concerned."""

import json
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Agent
from apps.calls import resolve
from apps.calls.card_items import CardItem, card_items
from apps.calls.cards import (
    call_card,
    card_for,
    control_card,
    customer_load,
    leg_status,
    past_calls_remembered,
    transfer_card,
)
from apps.calls.choices import LegKind
from apps.calls.engine.control import sent_by
from apps.calls.engine.facts import Fact, is_apart
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState, LegState
from apps.calls.engine.summary import ms
from apps.calls.engine.visits import Visit
from apps.calls.models import Call, CallFact, Leg, QueueVisit
from apps.calls.projection import call_fill
from apps.calls.rows import fact_of, fact_row
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import all_tenants, tenant_scope
from apps.core.times_changed import Stretch, times_changed

logger = logging.getLogger(__name__)

CallKey = tuple[str, str]
M = TypeVar("M", Call, Leg, QueueVisit)
FOREIGN = frozenset({"tenant", "agent", "customer", "queue_department"})
LEG_FIELDS = [
    "tenant",
    "channel",
    "kind",
    "agent",
    "started_at",
    "offered_at",
    "answered_at",
    "ended_at",
    "cause",
    "result",
]
VISIT_FIELDS = [
    "tenant",
    "queue_name",
    "queue_number",
    "joined_at",
    "left_at",
    "how",
    "reason",
    "wait_ms",
    "agent",
]
MAX_REMEMBERED = 5_000


class SentCards:
    """Remember the last card sent for (call, user), so that nobody is told the same twice."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[int, int], str] = OrderedDict()

    def is_news(self, call_id: int, user_id: int, text: str) -> bool:
        """Say whether this differs from what was sent last."""
        return self._sent.get((call_id, user_id)) != text

    def remember(self, call_id: int, user_id: int, text: str) -> None:
        """Remember what was sent; only after the commit, else a retry would send nothing."""
        self._sent[call_id, user_id] = text
        self._sent.move_to_end((call_id, user_id))
        while len(self._sent) > MAX_REMEMBERED:
            self._sent.popitem(last=False)


_sent_cards = SentCards()


def facts_apply(facts: Sequence[Fact]) -> list[Call]:
    """Add facts to the ledger and bring their calls up to date; return those calls.

    One transaction. The calls' rows are locked in (node, linkedid) order before their facts are
    read, so two writers (FastAGI, AMI) of one call project all facts of both. Facts known already
    are ignored, and so are those of channels that are of no call. About 11 queries a batch,
    whatever its size, and 2 for each card sent.
    """
    facts = [fact for fact in facts if not is_apart(fact.linkedid)]
    if not facts:
        return []
    with all_tenants("facts come before their company is known"), transaction.atomic():
        calls = _calls_lock(facts)
        CallFact.objects.bulk_create(
            [fact_row(fact, calls[fact.node, fact.linkedid]) for fact in facts],
            ignore_conflicts=True,
        )
        by_call = _facts_of(calls)
        states = {key: fold(by_call.get(key, [])) for key in calls}
        _calls_write(calls, states)
        _legs_write(calls, states)
        _visits_write(calls, states)
        times_changed(_stretches(calls, by_call))
        publish_on_commit(_cards(calls, states))
        for key, call in calls.items():
            # Asked while he waits, so that the card of the offer does not have to.
            if states[key].is_in_queue:
                past_calls_remembered(call)
    return list(calls.values())


def _stretches(calls: dict[CallKey, Call], facts: dict[CallKey, list[Fact]]) -> list[Stretch]:
    """Return when each call was, by all that was ever told of it: also what a correction moved."""
    return [
        (call.tenant_id, min(times), max(times))
        for key, call in calls.items()
        if call.tenant_id is not None
        for times in [[fact.at for fact in facts.get(key, [])]]
        if times
    ]


CALL_FIELDS = [
    "tenant",
    "direction",
    "status",
    "outcome",
    "caller",
    "caller_lookup",
    "caller_name",
    "caller_region",
    "caller_carrier",
    "dialled",
    "dialled_lookup",
    "customer",
    "queue_name",
    "queue_number",
    "queue_department",
    "agent",
    "path",
    "started_at",
    "picked_up_at",
    "queued_at",
    "answered_at",
    "ended_at",
    "wait_ms",
    "talk_ms",
    "hold_ms",
    "hangup_by",
    "hangup_cause",
    "is_incomplete",
    "is_call_back",
]


def _calls_write(calls: dict[CallKey, Call], states: dict[CallKey, CallState]) -> None:
    changed = []
    for key, call in calls.items():
        was_nobodys, before = call.tenant_id is None, _values(call, CALL_FIELDS)
        call_fill(call, states[key])
        if _values(call, CALL_FIELDS) != before:
            changed.append(call)
        if was_nobodys and call.tenant_id is not None:
            CallFact.objects.filter(_any_of([key]), tenant=None).update(tenant_id=call.tenant_id)
    _upsert(Call, changed, CALL_FIELDS)


def _values(row: Call | Leg | QueueVisit, fields: Sequence[str]) -> list[object]:
    return [getattr(row, f"{name}_id" if name in FOREIGN else name) for name in fields]


def _upsert(model: type[M], rows: Sequence[M], fields: list[str]) -> None:
    # bulk_update's CASE expressions took two thirds of a batch's time (measured: 27 ms a fact).
    if rows:
        model._default_manager.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*fields, "updated_at"],
        )


def _calls_lock(facts: Sequence[Fact]) -> dict[CallKey, Call]:
    first: dict[CallKey, datetime] = {}
    for fact in facts:
        key = (fact.node, fact.linkedid)
        first[key] = min(fact.at, first.get(key, fact.at))
    known = _calls_select(first)
    missing = sorted(set(first) - set(known))
    if missing:
        Call.objects.bulk_create(
            [
                Call(node=node, linkedid=linkedid, started_at=first[node, linkedid])
                for node, linkedid in missing
            ],
            ignore_conflicts=True,
        )
        known = _calls_select(first)
    return known


def _calls_select(keys: Iterable[CallKey]) -> dict[CallKey, Call]:
    rows = Call.objects.select_for_update().filter(_any_of(keys)).order_by("node", "linkedid")
    return {(call.node, call.linkedid): call for call in rows}


def _any_of(keys: Iterable[CallKey]) -> Q:
    by_node: dict[str, list[str]] = {}
    for node, linkedid in keys:
        by_node.setdefault(node, []).append(linkedid)
    wanted = Q(pk__in=[])
    for node, linkedids in by_node.items():
        wanted |= Q(node=node, linkedid__in=linkedids)
    return wanted


def _facts_of(keys: Iterable[CallKey]) -> dict[CallKey, list[Fact]]:
    found: dict[CallKey, list[Fact]] = {}
    for row in CallFact.objects.filter(_any_of(keys)):
        found.setdefault((row.node, row.linkedid), []).append(fact_of(row))
    return found


def _legs_write(calls: dict[CallKey, Call], states: dict[CallKey, CallState]) -> None:
    known = {
        (leg.call_id, leg.uniqueid): leg
        for leg in Leg.objects.filter(call__in=[call.pk for call in calls.values()])
    }
    new, changed = [], []
    for key, call in calls.items():
        for state in states[key].legs.values():
            row = known.get((call.pk, state.uniqueid))
            if row is None:
                row = Leg(call=call, uniqueid=state.uniqueid)
                _leg_fill(row, state, call)
                new.append(row)
                continue
            before = _values(row, LEG_FIELDS)
            _leg_fill(row, state, call)
            if _values(row, LEG_FIELDS) != before:
                changed.append(row)
    if new:
        Leg.objects.bulk_create(new)
    _upsert(Leg, changed, LEG_FIELDS)


def _leg_fill(row: Leg, state: LegState, call: Call) -> None:
    agent = resolve.agents.get(state.endpoint) if state.kind == LegKind.AGENT else None
    row.tenant_id = call.tenant_id
    row.channel = state.channel
    row.kind = state.kind
    row.agent = agent
    row.started_at = state.started_at
    row.offered_at = state.offered_at
    row.answered_at = state.answered_at
    row.ended_at = state.ended_at
    row.cause = state.cause
    row.result = state.result


def _visits_write(calls: dict[CallKey, Call], states: dict[CallKey, CallState]) -> None:
    waited = {key: call for key, call in calls.items() if states[key].visits}
    if not waited:
        return
    known = {
        (visit.call_id, visit.number): visit
        for visit in QueueVisit.objects.filter(call__in=[call.pk for call in waited.values()])
    }
    new, changed, kept = [], [], set()
    for key, call in waited.items():
        for number, state in enumerate(states[key].visits):
            kept.add((call.pk, number))
            row = known.get((call.pk, number))
            if row is None:
                row = QueueVisit(call=call, number=number)
                _visit_fill(row, state, call)
                new.append(row)
                continue
            before = _values(row, VISIT_FIELDS)
            _visit_fill(row, state, call)
            if _values(row, VISIT_FIELDS) != before:
                changed.append(row)
    if new:
        QueueVisit.objects.bulk_create(new)
    _upsert(QueueVisit, changed, VISIT_FIELDS)
    # A correction may show that two joinings were one.
    if gone := [row.pk for place, row in known.items() if place not in kept]:
        QueueVisit.objects.filter(pk__in=gone).delete()


def _visit_fill(row: QueueVisit, state: Visit, call: Call) -> None:
    queue = resolve.queues.get(state.queue)
    row.tenant_id = call.tenant_id
    row.queue_name = state.queue[:80]
    row.queue_number = queue.number if queue else state.queue.partition("-")[2][:10]
    row.joined_at = state.joined_at
    row.left_at = state.left_at
    row.how = state.how
    row.reason = state.reason[:20]
    row.wait_ms = ms(state.joined_at, state.left_at) if state.left_at else None
    row.agent = resolve.agents.get(state.agent_endpoint)


def _cards(calls: dict[CallKey, Call], states: dict[CallKey, CallState]) -> list[StreamEvent]:
    events = []
    for key, call in calls.items():
        latest: dict[int, tuple[Agent, str, str]] = {}
        for leg in states[key].legs.values():
            agent = resolve.agents.get(leg.endpoint) if leg.kind == LegKind.AGENT else None
            # Rung twice (his first leg ended, a second rings): the later leg is what he sees.
            if agent is not None and agent.tenant_id == call.tenant_id:
                latest[agent.user_id] = (agent, leg_status(states[key], leg), leg.uniqueid)
        for user_id, (agent, status, uniqueid) in latest.items():
            control = control_card(call, states[key], agent)
            if status == "ended" and sent_by(states[key], agent.sip_username):
                # He has sent the customer on and may still take him back.
                status = "held"
            transfer = transfer_card(call, states[key], agent)
            text = json.dumps([status, uniqueid, control, transfer, _shown(call)], default=str)
            if not _sent_cards.is_news(call.pk, user_id, text):
                continue
            transaction.on_commit(
                partial(_sent_cards.remember, call.pk, user_id, text), robust=True
            )
            customer_load(call)
            shown = call_card(
                call,
                status=status,
                uniqueid=uniqueid,
                control=control,
                transfer=transfer,
                open_items=_items(agent, call),
            )
            card = card_for(agent, shown)
            events.append(
                StreamEvent(
                    stream=user_stream(user_id),
                    kind="call.changed",
                    tenant_id=call.tenant_id,
                    data=dict(card),
                )
            )
    return events


def _items(agent: Agent, call: Call) -> list[CardItem]:
    if call.tenant_id is None:
        return []
    with tenant_scope(call.tenant_id):
        return card_items(agent.user, call)


def _shown(call: Call) -> list[object]:
    return [
        call.customer_id,
        call.agent_id,
        call.queue_name,
        call.path,
        call.answered_at,
        call.ended_at,
        call.outcome,
    ]
