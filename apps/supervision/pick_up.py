"""Pick up a call that rings at a colleague: from the desk, or by a code of one's own phone."""

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.acd.errors import NotSignedInError
from apps.acd.selectors import agent_phone, agent_phones, agent_session_open
from apps.calls.models import Call, Leg
from apps.calls.ports import phone_system
from apps.core.errors import NotFoundError
from apps.core.events import user_stream
from apps.core.phones import interface_of
from apps.supervision.choices import Kind
from apps.supervision.errors import BusyError, NotRingingError, NotYourColleagueError
from apps.supervision.selectors import agent_legs, listening_of, ringing_at_colleagues
from apps.supervision.services import done_record, refused, undone_when_refused


def call_pick_up(*, user: User, pk: int) -> Call:
    """Let a call that rings at a colleague ring at the person's own phone.

    Who may: who shares a pick-up group with him; of a queue's call also who serves the queue. A
    queue's call the distributor moves, to who is signed in, so that nobody is offered two calls; it
    counts as its one visit, answered by who answers. Raises NotFoundError, NotSignedInError,
    BusyError, PhoneSystemDownError.
    """
    me: Agent | None = agent_of(user)
    ringing = ringing_at_colleagues(me) if me is not None else []
    leg = next((leg for leg in ringing if leg.call_id == pk), None)
    if me is None or leg is None:
        refused(user, "pick_up", "call", pk, why="not_found")
        raise NotFoundError(f"call {pk}")
    if agent_legs(me).exists() or listening_of(user) is not None:
        raise BusyError(user.username)
    return _move(me, leg, phone=agent_phone(me))


def code_pick_up(*, me: Agent, number: str, phone: str, channel: str) -> Call:
    """Pick up by code: the colleague of this number, '' for whoever rings, his group's first.

    `phone` is the one that dialled, `channel` the uniqueid with which it did: the call rings there
    once it has hung up. Raises NotRingingError, NotYourColleagueError (told to the audit trail),
    NotSignedInError, BusyError, PhoneSystemDownError.
    """
    ringing = ringing_at_colleagues(me)
    found = [leg for leg in ringing if number in ("", leg.agent.number if leg.agent else "")]
    if not found:
        if number and _rings(number):
            refused(me.user, "pick_up", "agent", number, why="not_your_colleague")
            raise NotYourColleagueError(number)
        raise NotRingingError(number)
    if agent_legs(me).exclude(call__linkedid=channel).exists():
        raise BusyError(me.number)
    return _move(me, found[0], phone=phone, after=channel)


def _rings(number: str) -> bool:
    """Say whether the company has such an agent: of others nothing is told. 1 query."""
    return Agent.objects.filter(number=number, is_active=True).exists()


def _move(me: Agent, leg: Leg, *, phone: str, after: str = "") -> Call:
    call: Call = leg.call
    is_queues = leg.offered_at is not None and bool(call.queue_name)
    if is_queues and agent_session_open(me) is None:
        raise NotSignedInError(me.number)
    back = "" if leg.agent is None else "&".join(map(interface_of, agent_phones(leg.agent)))
    row = done_record(user=me.user, call=call, agent=leg.agent, kind=Kind.PICK_UP)
    with undone_when_refused(row):
        phone_system().call_pick_up(
            node=call.node,
            uniqueid=call.linkedid,
            agent=me.sip_username,
            phone="" if is_queues else interface_of(phone),
            back="" if is_queues else back,
            after=after,
            user_stream=user_stream(me.user_id),
        )
    return call
