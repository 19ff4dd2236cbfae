"""Pick up a call that rings at a colleague."""

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.acd.errors import NotSignedInError
from apps.acd.selectors import agent_session_open
from apps.calls.models import Call
from apps.calls.ports import phone_system
from apps.core.errors import NotFoundError
from apps.core.events import user_stream
from apps.supervision.choices import Kind
from apps.supervision.errors import BusyError
from apps.supervision.selectors import agent_legs, listening_of, ringing_at_colleagues
from apps.supervision.services import (
    done_record,
    refused,
    undone_when_refused,
)


def call_pick_up(*, user: User, pk: int) -> Call:
    """Let a call that rings at a colleague ring at the person's own phone.

    Who may: an agent who is signed in and serves its queue. The distributor moves it, so that
    nobody is offered two calls; it counts as its one visit, answered by who answers. Raises
    NotFoundError, NotSignedInError, BusyError, PhoneSystemDownError.
    """
    me: Agent | None = agent_of(user)
    ringing = ringing_at_colleagues(me) if me is not None else []
    leg = next((leg for leg in ringing if leg.call_id == pk), None)
    if me is None or leg is None:
        refused(user, "pick_up", "call", pk, why="not_found")
        raise NotFoundError(f"call {pk}")
    if agent_session_open(me) is None:
        raise NotSignedInError(me.number)
    if agent_legs(me).exists() or listening_of(user) is not None:
        raise BusyError(user.username)
    call = leg.call
    row = done_record(user=user, call=call, agent=leg.agent, kind=Kind.PICK_UP)
    with undone_when_refused(row):
        phone_system().call_pick_up(
            node=call.node,
            uniqueid=call.linkedid,
            agent=me.sip_username,
            user_stream=user_stream(user.pk),
        )
    return call
