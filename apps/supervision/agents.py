"""Change another agent's state, or sign him out: for who leads him."""

from django.db import transaction

from apps.accounts.models import Agent, User
from apps.acd.agent_times import agent_get_for
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_pause, agent_sign_out, agent_unpause
from apps.audit.services import audit_record
from apps.calls.ports import phone_system
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.events import user_stream
from apps.supervision.engine.policy import FORCE
from apps.supervision.errors import ReasonNeededError
from apps.supervision.selectors import agent_legs, policy_of
from apps.supervision.services import refused

READY, PAUSED, SIGNED_OUT = "ready", "paused", "signed_out"


def agent_need(*, user: User, number: str, action: str) -> Agent:
    """Return an agent of the person's scope whose state he may change.

    NotFoundError for whom he may not see, ForbiddenError when his role may not; both are written
    into the audit trail.
    """
    try:
        agent = agent_get_for(user=user, number=number)
    except NotFoundError:
        refused(user, action, "agent", number[:20], why="not_found")
        raise
    if not policy_of(user).may(FORCE):
        refused(user, action, "agent", number, why="policy")
        raise ForbiddenError(user.username)
    return agent


def agent_force_state(*, user: User, number: str, state: str, reason: str = "") -> Agent:
    """Make an agent ready, or busy with a reason.

    Raises NotFoundError, ForbiddenError, NotSignedInError.
    """
    agent = agent_need(user=user, number=number, action=f"force_{state}"[:20])
    with transaction.atomic():
        if state == READY:
            agent_unpause(agent=agent)
        elif state == PAUSED:
            agent_pause(agent=agent, reason=reason)
        else:
            raise NotFoundError(state)
        _audit(user, agent, f"supervision.force_{state}", reason)
    return agent


def agent_force_sign_out(*, user: User, number: str, reason: str, at_once: bool = False) -> Agent:
    """Sign an agent out of his queues, with a reason. His talk goes on, unless it is at once.

    At once: his phones are hung up too. Raises NotFoundError, ForbiddenError, ReasonNeededError,
    PhoneSystemDownError (at once: signed out, his talk goes on). Harmless when he is signed out.
    """
    agent = agent_need(user=user, number=number, action="force_sign_out")
    reason = reason.strip()[:200]
    if not reason:
        raise ReasonNeededError(number)
    with transaction.atomic():
        was_in = agent_session_open(agent) is not None
        agent_sign_out(agent=agent)
        ended = list(agent_legs(agent)) if at_once else []
        how = "at_once" if at_once else "after_call"
        if was_in or ended:
            _audit(user, agent, "supervision.sign_out", reason, how=how, calls=len(ended))
    for leg in ended:
        phone_system().call_hangup(
            node=leg.call.node, uniqueid=leg.uniqueid, user_stream=user_stream(user.pk)
        )
    return agent


def _audit(user: User, agent: Agent, action: str, reason: str, **detail: object) -> None:
    audit_record(
        actor=user,
        tenant_id=agent.tenant_id,
        action=action,
        object_type="agent",
        object_id=agent.pk,
        detail={"number": agent.number, "reason": reason, **detail},
    )
