"""Call operations of an agent: hold, transfer, consult, conference, take back, park."""

from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.selectors import agent_phone, agent_phones
from apps.audit.services import audit_record
from apps.call_control.engine.orders import WITH_DESTINATION, order_make
from apps.call_control.errors import NoQueueToConsultError, NotNowError, WrongDestinationError
from apps.call_control.selectors import call_control_for
from apps.calls.engine import facts as kinds
from apps.calls.engine.control import Party
from apps.calls.engine.control_order import Destination
from apps.calls.engine.facts import Fact
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.services import facts_apply
from apps.core.events import user_stream
from apps.core.form_text import form_text
from apps.switchboard.errors import REFUSALS
from apps.switchboard.selectors import (
    COLLEAGUE,
    OUTSIDE,
    QUEUE,
    REFUSED,
    DialDecision,
    dial_decision,
)
from apps.switchboard.services import dial_refused_record, shown_masked

MOST_NOTE = 1_000
KINDS: dict[str, frozenset[str]] = {
    "agent": frozenset({COLLEAGUE}),
    "queue": frozenset({QUEUE}),
    "extension": frozenset({COLLEAGUE, QUEUE}),
    "external": frozenset({OUTSIDE}),
}
WORDS = {COLLEAGUE: "agent", QUEUE: "queue", OUTSIDE: "external"}


def call_operate(
    *,
    call: Call,
    agent: Agent,
    operation: str,
    kind: str = "",
    to: str = "",
    party: str = "",
    note: str = "",
) -> None:
    """Order an operation of the agent's call; whether it worked, the call's events say.

    `kind` and `to` say where a transfer or consultation goes, `party` whom to drop, `note` what the
    colleague is to read before he answers (kept with the call). Raises
    NotNowError, WrongDestinationError, what dialling raises (DialError's kin), and
    PhoneSystemDownError.
    """
    found = call_control_for(call=call, agent=agent)
    if found is None or operation not in found.operations:
        raise NotNowError(f"{call.linkedid} {operation}")
    is_unanswered = operation == "complete" and not _is_answered(found.consulted, found.parties)
    if is_unanswered:
        kind, to = found.asked_kind, found.asked
    destination, detail = None, {}
    if operation in WITH_DESTINATION or is_unanswered:
        decision = _decide(agent=agent, call=call, kind=kind, to=to)
        if operation == "consult" and decision.kind == QUEUE:
            raise NoQueueToConsultError(to)
        destination = destination_of(decision)
        detail = {"kind": destination.kind, "to": shown_masked(decision)}
    order = order_make(
        found,
        operation,
        by=agent.sip_username,
        back=_phones_back(agent),
        room=f"call-{call.pk}",
        party=party,
        destination=destination,
    )
    if order is None:
        raise NotNowError(f"{call.linkedid} {operation}")
    audit_record(
        actor=agent.user,
        tenant_id=agent.tenant_id,
        action=f"call.{operation}",
        object_type="call",
        object_id=call.pk,
        detail=detail,
    )
    if destination is not None and note:
        _note_keep(call, agent, found.customer, note)
    phone_system().call_control(node=call.node, order=order, user_stream=user_stream(agent.user_id))


def _note_keep(call: Call, agent: Agent, customer: str, note: str) -> None:
    """Make the note a fact of the call before the colleague's phone rings."""
    at = timezone.now()
    fact = Fact(
        node=call.node,
        linkedid=call.linkedid,
        key=f"{customer}:transfer_note:{agent.sip_username}.{at:%Y%m%dT%H%M%S.%f}",
        kind=kinds.TRANSFER_NOTE,
        at=at,
        source=kinds.DESK,
        uniqueid=customer,
        data={"by": agent.sip_username, "text": form_text(note, MOST_NOTE)},
    )
    facts_apply([fact])


def _is_answered(uniqueid: str, parties: tuple[Party, ...]) -> bool:
    return any(one.uniqueid == uniqueid and one.state != "ringing" for one in parties)


def _decide(*, agent: Agent, call: Call, kind: str, to: str) -> DialDecision:
    decision = dial_decision(agent=agent, number=to, queue_number=call.queue_number)
    if decision.kind == REFUSED:
        dial_refused_record(
            agent=agent, decision=decision, actor=agent.user, about=f"call {call.pk}"
        )
        raise REFUSALS[decision.why](to)
    if decision.kind not in KINDS.get(kind, frozenset()):
        raise WrongDestinationError(f"{kind} {to}")
    return decision


def destination_of(decision: DialDecision) -> Destination:
    """Return a decision as the phone system is told of it."""
    word = WORDS[decision.kind]
    if decision.colleague is not None:
        there = decision.colleague
        return Destination(
            kind=word,
            number=decision.number,
            phones=agent_phones(there),
        )
    if decision.queue is not None:
        return Destination(
            kind=word,
            number=decision.number,
            queue=decision.queue.asterisk_name,
            queue_wait_s=decision.queue.max_wait_s,
        )
    return Destination(
        kind=word,
        number=decision.number,
        trunk=decision.trunk,
        shown=decision.shown,
        limit_s=decision.limit_s,
    )


def _phones_back(agent: Agent) -> tuple[str, ...]:
    return (agent_phone(agent),)
