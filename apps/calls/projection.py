"""Put a folded call into its row: names become companies, agents, queues and customers."""

from collections.abc import Sequence

from apps.calls import resolve
from apps.calls.engine.state import CallState
from apps.calls.models import Call
from apps.core.phone_numbers import lookup_key, phone_number
from apps.customers.selectors import customers_by_numbers


def call_fill(call: Call, state: CallState) -> bool:
    """Write the state into the row (not saved); return whether its customer is to be looked up.

    Looks names up in short-lived caches. A customer is looked up until one is known for the number:
    somebody may be making him while the call lasts.
    """
    known = _other_end(call.direction, call.caller, call.dialled)
    call.direction = state.direction
    call.status = state.status
    call.outcome = state.outcome
    call.dialled = state.dialled[:200]
    call.dialled_lookup = lookup_key(state.dialled)
    call.caller = state.caller[:200]
    call.caller_name = state.caller_name[:200]
    call.path = state.path
    call.started_at = state.started_at or call.started_at
    call.picked_up_at = state.picked_up_at
    call.queued_at = state.queued_at
    call.answered_at = state.answered_at
    call.ended_at = state.ended_at
    call.wait_ms = state.wait_ms
    call.talk_ms = state.talk_ms
    call.hold_ms = state.hold_ms
    call.hangup_by = state.hangup_by
    call.hangup_cause = state.hangup_cause
    call.is_incomplete = state.is_incomplete
    call.is_call_back = state.is_call_back
    agent = resolve.agents.get(state.agent_endpoint)
    call.agent = agent
    _queue_fill(call, state)
    if call.tenant_id is None:
        call.tenant_id = _tenant_id(state)
    return _number_fill(call, state, known)


def _other_end(direction: str, caller: str, dialled: str) -> str:
    return caller if direction == "in" else dialled


def _queue_fill(call: Call, state: CallState) -> None:
    queue = resolve.queues.get(state.queue)
    call.queue_name = state.queue
    call.queue_number = queue.number if queue else state.queue.partition("-")[2][:10]
    call.queue_department_id = queue.department_id if queue else None


def _tenant_id(state: CallState) -> int | None:
    tenant = resolve.tenants.get(state.tenant_slug)
    if tenant is None and state.direction == "in":
        tenant = resolve.did_tenants.get(state.dialled)
    if tenant is not None:
        return tenant.pk
    for leg in state.legs.values():
        agent = resolve.agents.get(leg.endpoint) if leg.kind == "agent" else None
        if agent is not None:
            return agent.tenant_id
    return None


def _number_fill(call: Call, state: CallState, known_other: str) -> bool:
    other = _other_end(state.direction, state.caller, state.dialled)
    key = lookup_key(state.caller)
    is_known = call.caller_lookup == key and call.customer_id is not None
    call.caller_lookup = key
    # Once for each number: whoever adds facts later (FastAGI) need not hold the tables of regions.
    if other[:200] != known_other:
        number = phone_number(other)
        call.caller_region = number.region
        call.caller_carrier = number.carrier
    is_outside = call.tenant_id is not None and state.direction != "internal"
    return is_outside and not is_known and bool(other)


def customers_fill(calls: Sequence[Call]) -> None:
    """Look up the customer of each call's other end, in the call's own company. 0 or 1 query."""
    asked = {call.pk: (call.tenant_id or 0, _other_key(call)) for call in calls}
    found = customers_by_numbers(set(asked.values()))
    for call in calls:
        call.customer_id = found.get(asked[call.pk])


def _other_key(call: Call) -> str:
    return lookup_key(_other_end(call.direction, call.caller, call.dialled))
