"""Write what calls were folded to into their rows: a few queries for a batch, whatever its size.

The caller holds the calls' locks and `all_tenants`.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from apps.calls import resolve
from apps.calls.choices import LegKind
from apps.calls.engine.state import CallState, LegState
from apps.calls.engine.summary import ms
from apps.calls.engine.visits import Visit
from apps.calls.models import Call, Leg, QueueVisit
from apps.calls.projection import call_fill, customers_fill

CallKey = tuple[str, str]
Calls = Mapping[CallKey, Call]
States = Mapping[CallKey, CallState]
M = TypeVar("M", Call, Leg, QueueVisit)
FOREIGN = frozenset({"tenant", "agent", "customer", "queue_department"})
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


def calls_fill(calls: Calls, states: States) -> list[Call]:
    """Bring the calls in line with their states; return those that changed (not saved).

    2 queries at most for names and customers that are not known yet.
    """
    resolve.agents_load(
        leg.endpoint
        for state in states.values()
        for leg in state.legs.values()
        if leg.kind == LegKind.AGENT
    )
    before = {key: _values(call, CALL_FIELDS) for key, call in calls.items()}
    unknown = [call for key, call in calls.items() if call_fill(call, states[key])]
    customers_fill(unknown)
    return [call for key, call in calls.items() if _values(call, CALL_FIELDS) != before[key]]


def calls_write(changed: Sequence[Call]) -> None:
    """Save calls. 1 query."""
    _upsert(Call, changed, ["id"], CALL_FIELDS)


def _values(row: Call, fields: Sequence[str]) -> list[object]:
    return [getattr(row, f"{name}_id" if name in FOREIGN else name) for name in fields]


def _upsert(model: type[M], rows: Sequence[M], unique: list[str], fields: list[str]) -> None:
    # bulk_update's CASE expressions took two thirds of a batch's time (measured: 27 ms a fact).
    if rows:
        model._default_manager.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=unique,
            update_fields=[*fields, "updated_at"],
        )


def legs_write(calls: Calls, states: States) -> None:
    """Save all legs of these calls. 1 query: to ask first which changed costs two more."""
    rows = []
    for key, call in calls.items():
        for state in states[key].legs.values():
            row = Leg(call=call, uniqueid=state.uniqueid)
            _leg_fill(row, state, call)
            rows.append(row)
    _upsert(Leg, rows, ["call", "uniqueid"], LEG_FIELDS)


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


def visits_write(calls: Calls, states: States) -> None:
    """Save all stays in queues of these calls. 2 queries, none when nobody was in a queue."""
    rows = []
    for key, call in calls.items():
        for number, state in enumerate(states[key].visits):
            row = QueueVisit(call=call, number=number)
            _visit_fill(row, state, call)
            rows.append(row)
    if not rows:
        return
    kept = {(row.call_id, row.number) for row in rows}
    known = QueueVisit.objects.filter(call__in={row.call_id for row in rows})
    # A correction may show that two joinings were one.
    gone = [
        pk
        for pk, *place in known.values_list("pk", "call_id", "number")
        if tuple(place) not in kept
    ]
    _upsert(QueueVisit, rows, ["call", "number"], VISIT_FIELDS)
    if gone:
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
