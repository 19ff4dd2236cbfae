"""The call card: what a page shows of one call to one person (shape: docs/architecture.md)."""

from collections.abc import Iterable
from typing import TypedDict

from apps.accounts.models import Agent
from apps.calls import resolve
from apps.calls.card_items import CardItem
from apps.calls.engine.control import CONSULTING, Party, control_of
from apps.calls.engine.recorded import recording_of
from apps.calls.engine.state import CallState, LegState
from apps.calls.models import Call
from apps.calls.past_calls import PastCalls, iso, past_calls_remembered
from apps.core.phone_numbers import e164, masked
from apps.customers.models import Customer


class Caller(TypedDict):
    """The other side's number and what is known of it."""

    number: str
    e164: str
    name: str
    region: str
    carrier: str


class CustomerCard(TypedDict):
    """The customer as the pop shows him."""

    id: int
    name: str
    level: str
    type: str
    owner: str
    note: str
    tags: list[str]
    numbers: list[str]


class Named(TypedDict):
    """A queue or an agent."""

    number: str
    name: str


class PartyCard(TypedDict):
    """Somebody in the call beside the agent."""

    uniqueid: str
    kind: str
    number: str
    name: str
    state: str


class ControlCard(TypedDict):
    """What the agent's part of the call is, who else is in it, and what he may do."""

    mode: str
    parties: list[PartyCard]
    operations: list[str]
    recording: str


class TransferCard(TypedDict):
    """Who gave the agent this call, or asks him about it, and what he wrote ('' for nothing)."""

    by: Named
    note: str


class DeclineCard(TypedDict):
    """Who declined what this agent wanted to give him, and why (`acd.declines.DECLINE_REASONS`)."""

    by: Named
    reason: str


class CallCard(TypedDict):
    """One call for one person; times are ISO 8601 UTC with milliseconds or None."""

    id: int
    linkedid: str
    uniqueid: str
    direction: str
    state: str
    caller: Caller
    dialled: str
    customer: CustomerCard | None
    queue: Named | None
    agent: Named | None
    path: list[dict[str, str]]
    past_calls: PastCalls
    started_at: str | None
    queued_at: str | None
    answered_at: str | None
    ended_at: str | None
    wait_ms: int | None
    talk_ms: int | None
    outcome: str
    is_call_back: bool
    control: ControlCard | None
    transfer: TransferCard | None
    declined: DeclineCard | None
    open_items: list[CardItem]


def leg_status(state: CallState, leg: LegState) -> str:
    """Return what the call is for the one whose leg this is: his own part of it."""
    if not leg.is_live:
        return "ended"
    if leg.uniqueid in state.holding or (state.holding and leg.answered_at):
        return "held"
    if leg.answered_at is not None and state.waiting:
        # The customer is held: this one holds him, or talks (is rung through) aside meanwhile.
        is_asking = leg.step is not None and leg.step.name == CONSULTING
        return "talking" if leg.bridge or is_asking else "held"
    if leg.answered_at is not None:
        return "talking" if leg.bridge or leg.uniqueid != state.linkedid else state.status
    return "ringing"


def other_number(call: Call) -> str:
    """Return the number of the other side: the caller's, or the one that an agent dialled."""
    return call.caller if call.direction == "in" else call.dialled


def control_card(call: Call, state: CallState, agent: Agent) -> ControlCard | None:
    """Return the agent's part of the call, None when he has none. No query but for names."""
    found = control_of(state, agent.endpoints, agent.sip_username)
    if found is None:
        return None
    return ControlCard(
        mode=found.mode,
        parties=[_party(call, one) for one in found.parties],
        operations=list(found.operations),
        recording=recording_of(state),
    )


def _party(call: Call, party: Party) -> PartyCard:
    number, name = party.number, ""
    colleague = resolve.agents.get(party.endpoint)
    if colleague is not None and colleague.tenant_id == call.tenant_id:
        number, name = colleague.number, colleague.user.display_name
    if party.kind == "customer" and colleague is None:
        number = other_number(call)
        name = call.customer.name if call.customer else call.caller_name
    return PartyCard(
        uniqueid=party.uniqueid, kind=party.kind, number=number, name=name, state=party.state
    )


def transfer_card(call: Call, state: CallState, agent: Agent) -> TransferCard | None:
    """Return who gave this agent the call, None when nobody did. No query but for the name."""
    if state.handed_by in ("", agent.sip_username):
        return None
    by = resolve.agents.get(state.handed_by)
    if by is None or by.tenant_id != call.tenant_id:
        return None
    return TransferCard(by=_agent(by), note=state.handed_notes.get(state.handed_by, ""))


def decline_card(call: Call, state: CallState, agent: Agent) -> DeclineCard | None:
    """Return who declined what this agent gave away or asked about. No query but for the name."""
    if state.handed_declined is None or state.handed_by != agent.sip_username:
        return None
    user, reason = state.handed_declined
    by = resolve.agents.get(user)
    if by is None or by.tenant_id != call.tenant_id:
        return None
    return DeclineCard(by=_agent(by), reason=reason)


def call_card(
    call: Call,
    *,
    status: str,
    uniqueid: str = "",
    control: ControlCard | None = None,
    transfer: TransferCard | None = None,
    declined: DeclineCard | None = None,
    open_items: list[CardItem] | None = None,
) -> CallCard:
    """Return the card. Needs `call.customer` and `call.agent` loaded; 2 to 4 queries."""
    number = other_number(call)
    queue = resolve.queues.get(call.queue_name)
    return CallCard(
        id=call.pk,
        linkedid=call.linkedid,
        uniqueid=uniqueid,
        direction=call.direction,
        state=status,
        caller=Caller(
            number=number,
            e164=e164(number),
            name=call.caller_name if call.direction == "in" else "",
            region=call.caller_region,
            carrier=call.caller_carrier,
        ),
        dialled=call.dialled,
        customer=customer_card(call.customer) if call.customer else None,
        queue=Named(number=queue.number, name=queue.name) if queue else None,
        agent=_agent(call.agent) if call.agent else None,
        path=call.path,
        past_calls=past_calls_remembered(call),
        started_at=iso(call.started_at),
        queued_at=iso(call.queued_at),
        answered_at=iso(call.answered_at),
        ended_at=iso(call.ended_at),
        wait_ms=call.wait_ms,
        talk_ms=call.talk_ms,
        outcome=call.outcome,
        is_call_back=call.is_call_back,
        control=control,
        transfer=transfer,
        declined=declined,
        open_items=open_items or [],
    )


def card_for(agent: Agent, card: CallCard) -> CallCard:
    """Return the card as this agent may see it: outside numbers masked when his user's are."""
    if not agent.user.sees_numbers_masked or card["direction"] == "internal":
        return card
    hidden: CallCard = {**card}
    hidden["caller"] = {
        **card["caller"],
        "number": masked(card["caller"]["number"]),
        "e164": masked(card["caller"]["e164"]),
    }
    if card["direction"] == "out":
        hidden["dialled"] = masked(card["dialled"])
    if card["customer"] is not None:
        numbers = [masked(number) for number in card["customer"]["numbers"]]
        hidden["customer"] = {**card["customer"], "numbers": numbers}
    if card["control"] is not None:
        hidden["control"] = _control_masked(card["control"])
    return hidden


def _control_masked(control: ControlCard) -> ControlCard:
    parties: list[PartyCard] = [
        one if one["kind"] == "agent" else {**one, "number": masked(one["number"])}
        for one in control["parties"]
    ]
    return {**control, "parties": parties}


def _agent(agent: Agent) -> Named:
    return Named(number=agent.number, name=agent.user.display_name)


def customer_card(customer: Customer) -> CustomerCard:
    """Return what the pop shows of a customer. 1 query (2 when the owner is not loaded)."""
    owner = customer.owner
    return CustomerCard(
        id=customer.pk,
        name=customer.name,
        level=customer.level,
        type=customer.kind,
        owner=f"{owner.number} {owner.user.display_name}" if owner else "",
        note=customer.note,
        tags=list(customer.tags),
        numbers=[row.as_typed for row in customer.numbers.all()],
    )


def customers_load(calls: Iterable[Call]) -> None:
    """Load the calls' customers with owners and numbers. 2 queries; none when all are loaded."""
    without = [
        call for call in calls if call.customer_id is not None and not Call.customer.is_cached(call)
    ]
    if not without:
        return
    found = (
        Customer.objects.select_related("owner__user")
        .prefetch_related("numbers")
        .in_bulk({call.customer_id for call in without})
    )
    for call in without:
        # Erased this moment: the row's own key is emptied by the same transaction.
        call.customer = found.get(call.customer_id)
