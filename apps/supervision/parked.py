"""Parked calls: a colleague fetches a customer who waits with music for whoever is free."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.acd.models import QueueMember
from apps.acd.selectors import agent_phone
from apps.calls.engine.control import PARKED, customer_leg
from apps.calls.engine.control_order import ControlOrder
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.calls.selectors import call_states
from apps.core.errors import NotFoundError
from apps.core.events import user_stream
from apps.supervision.choices import Kind
from apps.supervision.errors import BusyError
from apps.supervision.pick_up_groups import group_colleague_ids
from apps.supervision.selectors import agent_legs, listening_of
from apps.supervision.services import done_record, refused, undone_when_refused

MAX_PARKED = 50


@dataclass(frozen=True)
class Parked:
    """A customer who waits; `customer` is his channel's uniqueid, `by` who parked him."""

    call: Call
    customer: str
    by: Agent
    since: datetime


def parked_at_colleagues(agent: Agent) -> list[Parked]:
    """Return the calls that colleagues parked and that the agent may fetch, oldest first.

    As with ringing ones: of who shares a pick-up group with him, and of queues that he serves. His
    own are on his desk. At most 5 queries.
    """
    held = list(
        Call.objects.filter(tenant_id=agent.tenant_id, ended_at=None, status="held")
        .select_related("customer")
        .order_by("started_at", "pk")[:MAX_PARKED]
    )
    found = []
    for pk, state in (call_states(held) if held else {}).items():
        leg = customer_leg(state)
        step = leg.step if leg is not None and leg.is_live else None
        if leg is not None and step is not None and step.name == PARKED:
            found.append((pk, leg.uniqueid, step))
    if not found:
        return []
    users = {step.by for _pk, _uniqueid, step in found} - {agent.sip_username}
    rows = Agent.objects.filter(tenant_id=agent.tenant_id, sip_username__in=users)
    agents = {one.sip_username: one for one in rows.select_related("user")}
    served = QueueMember.objects.filter(agent=agent, queue__is_active=True)
    queues = {member.queue.asterisk_name for member in served.select_related("queue__tenant")}
    group, calls = group_colleague_ids(agent), {call.pk: call for call in held}
    return [
        Parked(calls[pk], uniqueid, by, step.at)
        for pk, uniqueid, step in found
        if (by := agents.get(step.by)) is not None
        and (by.pk in group or calls[pk].queue_name in queues)
    ]


def call_fetch(*, user: User, pk: int) -> Call:
    """Let a customer whom a colleague parked ring at the person's own phone.

    He does not answer: the customer's queue, as when who parked him does not. Raises NotFoundError,
    BusyError, PhoneSystemDownError.
    """
    me: Agent | None = agent_of(user)
    parked = parked_at_colleagues(me) if me is not None else []
    one = next((one for one in parked if one.call.pk == pk), None)
    if me is None or one is None:
        refused(user, "fetch", "call", pk, why="not_found")
        raise NotFoundError(f"call {pk}")
    if agent_legs(me).exists() or listening_of(user) is not None:
        raise BusyError(user.username)
    order = ControlOrder(
        operation="unpark",
        agent="",
        customer=one.customer,
        by=me.sip_username,
        back=(agent_phone(me),),
        room="",
    )
    row = done_record(user=user, call=one.call, agent=one.by, kind=Kind.PICK_UP)
    with undone_when_refused(row):
        phone_system().call_control(
            node=one.call.node, order=order, user_stream=user_stream(user.pk)
        )
    return one.call
