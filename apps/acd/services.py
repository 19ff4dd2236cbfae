"""Sign agents in and out, and change their state.

The session row is the agent's wish. After the commit the node's process is told to bring Asterisk's
queues in line with it; it does the same by itself after every reconnect, so a lost nudge heals.
"""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent, User
from apps.acd.errors import (
    NoOutsidePhoneError,
    NoQueueError,
    NotSignedInError,
    NotWrappingUpError,
    WrapUpLimitError,
)
from apps.acd.models import AgentSession, AgentStateChange, Queue, QueueMember, SessionState
from apps.acd.selectors import agent_session_open, agent_state, agent_wrap_up
from apps.audit.services import audit_record
from apps.calls.ports import phone_system
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.presence import presence_changed

SIGNED_OUT = "signed_out"
# What one press of "more time" gives.
WRAP_UP_MORE = timedelta(seconds=60)


def agent_sign_in(*, agent: Agent, phone: str = "", now: datetime | None = None) -> AgentSession:
    """Sign the agent in to all his queues, ready. Again with another phone: moves him to it.

    Raises NoQueueError when he serves no queue, NoOutsidePhoneError without its number. Locks the
    agent's row.
    """
    now = now or timezone.now()
    phone = phone or agent.phone_kind
    if phone == PhoneKind.PSTN and not agent.outside_number:
        raise NoOutsidePhoneError(agent.number)
    with transaction.atomic():
        agent_lock(agent)
        if not QueueMember.objects.filter(agent=agent, queue__is_active=True).exists():
            raise NoQueueError(agent.number)
        session = agent_session_open(agent)
        if session is None:
            session = AgentSession.objects.create(
                tenant_id=agent.tenant_id,
                agent=agent,
                phone_kind=phone,
                state=SessionState.READY,
                state_since=now,
                signed_in_at=now,
            )
            _changed(agent, SIGNED_OUT, SessionState.READY, "", now)
        elif session.phone_kind != phone:
            session.phone_kind = phone
            session.save(update_fields=["phone_kind", "updated_at"])
            _tell(agent)
    return session


def agent_phone_choose(*, agent: Agent, phone: str) -> None:
    """Save with which phone the agent works; signed in he is moved to it at once.

    An unknown phone leaves what was. Raises NoOutsidePhoneError without its number.
    """
    if phone not in PhoneKind.values:
        return
    if phone == PhoneKind.PSTN and not agent.outside_number:
        raise NoOutsidePhoneError(agent.number)
    with transaction.atomic():
        agent_lock(agent)
        session = agent_session_open(agent)
        agent.phone_kind = phone
        agent.save(update_fields=["phone_kind", "updated_at"])
        if session is not None:
            agent_sign_in(agent=agent, phone=phone)


def agent_sign_out(*, agent: Agent, now: datetime | None = None) -> None:
    """Take the agent out of all queues; a call in progress goes on. Harmless when signed out."""
    now = now or timezone.now()
    with transaction.atomic():
        agent_lock(agent)
        session = agent_session_open(agent)
        if session is None:
            return
        session.signed_out_at = now
        session.save(update_fields=["signed_out_at", "updated_at"])
        _changed(agent, session.state, SIGNED_OUT, "", now)


def agent_pause(*, agent: Agent, reason: str, now: datetime | None = None) -> None:
    """Make the agent busy with a reason; no queue rings him. Raises NotSignedInError."""
    _set_state(agent, SessionState.PAUSED, reason[:60], now)


def agent_unpause(*, agent: Agent, now: datetime | None = None) -> None:
    """Make the agent ready again. Raises NotSignedInError."""
    _set_state(agent, SessionState.READY, "", now)


def agent_wrap_up_end(*, agent: Agent, now: datetime | None = None, by: User | None = None) -> None:
    """End the agent's wrap-up; without one it changes nothing. Raises NotSignedInError.

    That somebody else (`by`) did it is in the audit trail.
    """
    now = now or timezone.now()
    with transaction.atomic():
        agent_lock(agent)
        session = _session(agent)
        session.wrap_up_over_at, session.wrap_up_until = now, None
        session.save(update_fields=["wrap_up_over_at", "wrap_up_until", "updated_at"])
        _steered(agent, by, "agent.wrap_up_end")
        _tell(agent)


def agent_wrap_up_extend(
    *, agent: Agent, now: datetime | None = None, by: User | None = None
) -> datetime:
    """Lengthen the agent's wrap-up by a minute, up to its queue's limit; return until when.

    That somebody else (`by`) did it is in the audit trail.
    Raises NotSignedInError, NotWrappingUpError without a wrap-up that is seen, WrapUpLimitError.
    """
    now = now or timezone.now()
    with transaction.atomic():
        agent_lock(agent)
        session = _session(agent)
        span = agent_wrap_up(agent, now)
        if span is None or span.until_at is None:
            raise NotWrappingUpError(agent.number)
        # Pressed again before the distributor has said so: from where the wish is.
        until = max(span.until_at, session.wrap_up_until or span.until_at)
        queue = Queue.objects.filter(number=span.queue_number).first()
        limit = timedelta(seconds=queue.wrap_up_limit_s if queue else 0)
        wished = min(until + WRAP_UP_MORE, span.started_at + limit)
        if wished <= until:
            raise WrapUpLimitError(agent.number)
        session.wrap_up_until = wished
        session.save(update_fields=["wrap_up_until", "updated_at"])
        _steered(agent, by, "agent.wrap_up_extend")
        _tell(agent)
    return wished


def _steered(agent: Agent, by: User | None, action: str) -> None:
    if by is None or by.pk == agent.user_id:
        return
    audit_record(
        actor=by,
        tenant_id=agent.tenant_id,
        action=action,
        object_type="agent",
        object_id=agent.pk,
    )


def _session(agent: Agent) -> AgentSession:
    session = agent_session_open(agent)
    if session is None:
        raise NotSignedInError(agent.number)
    return session


def _set_state(agent: Agent, state: SessionState, reason: str, now: datetime | None) -> None:
    now = now or timezone.now()
    with transaction.atomic():
        agent_lock(agent)
        session = _session(agent)
        if session.state == state and session.pause_reason == reason:
            if state == SessionState.READY and agent_wrap_up(agent, now) is not None:
                # Ready means ready.
                agent_wrap_up_end(agent=agent, now=now)
            return
        before = session.state
        session.state = state
        session.pause_reason = reason
        session.state_since = now
        # Busy or ready: what he wrapped up he has wrapped up.
        session.wrap_up_over_at, session.wrap_up_until = now, None
        session.save(
            update_fields=[
                "state",
                "pause_reason",
                "state_since",
                "wrap_up_over_at",
                "wrap_up_until",
                "updated_at",
            ]
        )
        _changed(agent, before, state, reason, now)


def agent_lock(agent: Agent) -> None:
    """Put what two pages of one agent do at once in order, to the end of the transaction."""
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)


def _changed(agent: Agent, before: str, after: str, reason: str, now: datetime) -> None:
    AgentStateChange.objects.create(
        tenant_id=agent.tenant_id,
        agent=agent,
        from_state=before,
        to_state=after,
        reason=reason,
        at=now,
    )
    _tell(agent)


def _tell(agent: Agent) -> None:
    presence_changed(agent.tenant_id)
    transaction.on_commit(
        partial(
            phone_system().agent_sync, agent_id=agent.pk, user_stream=user_stream(agent.user_id)
        ),
        robust=True,
    )
    publish_on_commit(
        [
            StreamEvent(
                stream=user_stream(agent.user_id),
                kind="agent.changed",
                tenant_id=agent.tenant_id,
                data=dict(agent_state(agent)),
            )
        ]
    )
