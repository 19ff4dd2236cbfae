"""Order that a number be dialled on an agent's phone, whatever phone he has.

A browser phone dials the order's token itself; every other phone is rung, and dials the token when
he answers. The dialplan asks what the token means (`dial_order_take`), and the decision is made
anew there: a desk phone's keys pass the same gate.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent, User
from apps.acd.selectors import agent_phone, agent_session_open
from apps.audit.services import audit_record, audit_record_bounded
from apps.calls.ports import phone_system
from apps.calls.selectors import call_live_has
from apps.core.events import user_stream
from apps.core.phone_numbers import masked
from apps.switchboard.choices import OrderSource
from apps.switchboard.errors import REFUSALS, KeyUsedError, NoPhoneError, OnCallError
from apps.switchboard.models import DialOrder
from apps.switchboard.selectors import OUTSIDE, REFUSED, DialDecision, dial_decision

# What a phone dials to have an order carried out: this, then the order's digits.
ORDER_PREFIX = "*55"
ORDER_DIGITS = 10
LIFE = timedelta(seconds=60)


@dataclass(frozen=True)
class Ordered:
    """What becomes of an order: the page's phone dials `token`, or '' and the agent is rung."""

    order: DialOrder
    token: str


def dial_order(
    *,
    agent: Agent,
    number: str,
    by: User,
    queue_number: str = "",
    about: str = "",
    source: str = OrderSource.WEB,
    key: str = "",
    now: datetime | None = None,
) -> Ordered:
    """Order that the agent's phone dials; `about` is the object whose number it is, for the audit.

    The same `key` of the same person again gives the first order and dials nothing. Raises
    DialError's kin and PhoneSystemDownError when he cannot be rung.
    """
    now = now or timezone.now()
    if not (agent.is_active and agent.user.is_active):
        raise NoPhoneError(agent.number)
    earlier = DialOrder.objects.filter(ordered_by=by, key=key).first() if key else None
    if earlier is not None:
        return _again(earlier, agent, number)
    decision = dial_decision(agent=agent, number=number, queue_number=queue_number, now=now)
    if decision.kind == REFUSED:
        dial_refused_record(agent=agent, decision=decision, actor=by, about=about)
        raise REFUSALS[decision.why](number)
    if not is_dialled_by_page(agent=agent, by=by, source=source) and call_live_has(agent):
        raise OnCallError(agent.number)
    try:
        with transaction.atomic():
            order = DialOrder.objects.create(
                tenant_id=agent.tenant_id,
                agent=agent,
                number=number,
                queue_number=queue_number,
                token=_token(),
                key=key,
                source=source,
                ordered_by=by,
                expires_at=now + LIFE,
            )
            audit_record(
                actor=by,
                tenant_id=agent.tenant_id,
                action="call.dial",
                object_type="agent",
                object_id=agent.pk,
                detail={"number": shown_masked(decision), "about": about, "source": source},
            )
    except IntegrityError:
        earlier = DialOrder.objects.filter(ordered_by=by, key=key).first() if key else None
        if earlier is None:
            raise
        return _again(earlier, agent, number)
    return _carry_out(order, agent, by)


def _again(order: DialOrder, agent: Agent, number: str) -> Ordered:
    if order.agent_id != agent.pk or order.number != number:
        raise KeyUsedError(order.key)
    return Ordered(order, "")


def _token() -> str:
    return ORDER_PREFIX + "".join(secrets.choice("0123456789") for _ in range(ORDER_DIGITS))


def _carry_out(order: DialOrder, agent: Agent, by: User) -> Ordered:
    if is_dialled_by_page(agent=agent, by=by, source=order.source):
        return Ordered(order, order.token)
    phone_system().call_originate(
        node=settings.HUAWU_NODE,
        endpoint=agent_phone(agent),
        number=order.token,
        caller_id=agent.number,
        user_stream=user_stream(agent.user_id),
    )
    return Ordered(order, "")


def is_dialled_by_page(*, agent: Agent, by: User, source: str) -> bool:
    """Say whether the page that ordered holds the agent's phone: his own desk, browser phone."""
    session = agent_session_open(agent)
    kind = session.phone_kind if session else agent.phone_kind
    return kind == PhoneKind.WEB and source == OrderSource.WEB and by.pk == agent.user_id


def dial_order_take(
    *, agent: Agent, token: str, now: datetime | None = None
) -> tuple[str, str] | None:
    """Use an order's token up; return its number and queue, None when it is not (any more) his."""
    now = now or timezone.now()
    orders = DialOrder.objects.filter(agent=agent, token=token)
    if not orders.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    order = orders.get()
    return order.number, order.queue_number


def dial_refused_record(
    *, agent: Agent, decision: DialDecision, actor: User | None, about: str = ""
) -> None:
    """Put into the audit trail that an agent's number was refused, and why; bounded."""
    audit_record_bounded(
        actor=actor,
        tenant_id=agent.tenant_id,
        action="call.dial_refused",
        object_type="agent",
        object_id=agent.pk,
        detail={"number": masked(decision.number), "why": decision.why, "about": about},
    )


def shown_masked(decision: DialDecision) -> str:
    """Return the number as the audit trail may hold it: outside numbers without their middle."""
    return masked(decision.number) if decision.kind == OUTSIDE else decision.number
