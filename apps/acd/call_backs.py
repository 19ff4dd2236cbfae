"""Order, cancel and hurry call-backs. What becomes of one that is made: `call_back_tries`."""

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.call_back_models import OPEN_STATES
from apps.acd.engine.call_back_rules import TRANSITIONS, Rule, State
from apps.acd.errors import CallBackOutError, CallBackRefusedError, CallBackWindowError
from apps.acd.models import CallBack, CallBackAttempt, CallBackRule, Queue
from apps.acd.ports import queue_hours
from apps.acd.queue_figures import queues_for
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.number_kind import NumberKind, number_kind
from apps.core.phone_numbers import e164, lookup_key, masked
from apps.customers.selectors import blacklist_entry_for, customer_by_number
from apps.numbers.models import Did

logger = logging.getLogger(__name__)

DIALLABLE = re.compile(r"\+?[0-9]{7,20}")
MAX_RACES = 5
LEADS = (Role.TEAM_LEAD, Role.ADMIN)


def call_back_rule(queue: Queue) -> Rule:
    """Return how the queue calls back: its own rule, else the company's, else the defaults.

    1 query. Under `all_tenants` too: the queue says which company.
    """
    rows = CallBackRule.objects.filter(tenant_id=queue.tenant_id)
    found = {row.queue_id: row for row in rows.filter(Q(queue=queue) | Q(queue=None))}
    row = found.get(queue.pk) or found.get(None)
    return row.plan if row else Rule()


def call_back_rules(queues: list[Queue]) -> Mapping[int, Rule]:
    """Return the rule of each queue by its id, of several companies too. 1 query."""
    rows = list(CallBackRule.objects.filter(tenant__in={queue.tenant_id for queue in queues}))
    own = {row.queue_id: row.plan for row in rows if row.queue_id is not None}
    companies = {row.tenant_id: row.plan for row in rows if row.queue_id is None}
    return {
        queue.pk: own.get(queue.pk) or companies.get(queue.tenant_id) or Rule() for queue in queues
    }


def call_back_number(number: str) -> str:
    """Return the number (E.164) if it can and may be called back. 2 queries.

    Raises CallBackRefusedError for one that nobody can dial or costs too much, that is on the
    blacklist, or that is
    the company's own: calling that would only make another caller of us.
    """
    full = e164(number)
    if not full or not DIALLABLE.fullmatch(number):
        raise CallBackRefusedError("cannot be dialled")
    if number_kind(full) >= NumberKind.PREMIUM:
        # Whoever calls may type any number: ours to pay for.
        raise CallBackRefusedError("too costly")
    if blacklist_entry_for(number) is not None:
        raise CallBackRefusedError("blacklisted")
    if any(lookup_key(own) == full for own in Did.objects.values_list("number", flat=True)):
        raise CallBackRefusedError("our own")
    return full


def call_back_order(
    *,
    queue: Queue,
    number: str,
    source: str,
    joined_at: datetime | None = None,
    priority: int = 0,
    needs: object = None,
    node: str = "",
    linkedid: str = "",
    shown: str = "",
    name: str = "",
    now: datetime | None = None,
) -> CallBack:
    """Keep a caller's place in the queue and call him back; 5 to 7 queries in a company's scope.

    `joined_at` is his place, `linkedid` the call in which he orders, `shown` the number that he
    dialled. Whoever asks again while his call-back is open is promised the same one, in the earlier
    place: the constraint on (queue, number) decides between two at once. Raises
    CallBackRefusedError.
    """
    now = now or timezone.now()
    full = call_back_number(number)
    rule = call_back_rule(queue)
    if not rule.takes(full):
        raise CallBackRefusedError("abroad")
    customer = customer_by_number(number)
    for _ in range(MAX_RACES):
        # The open one may close between our failing to make another and our reading it.
        found: CallBack | None = CallBack.objects.filter(
            queue=queue, number=full, state__in=OPEN_STATES
        ).first()
        if found is not None:
            return found
        try:
            with transaction.atomic():
                made: CallBack = CallBack.objects.create(
                    tenant_id=queue.tenant_id,
                    queue=queue,
                    number=full,
                    as_dialled=number,
                    name=(name or (customer.name if customer else ""))[:100],
                    customer=customer,
                    source=source,
                    ordered_at=now,
                    joined_at=min(joined_at or now, now),
                    priority=priority,
                    needs=needs or [],
                    not_before=now,
                    expires_at=now + rule.expires,
                    order_node=node,
                    order_linkedid=linkedid,
                    shown=shown_number(queue.tenant_id, shown),
                )
                _audit(made, None, "order")
        except IntegrityError:
            continue
        logger.info(
            "call-back %s ordered for %s", made.pk, masked(full), extra=_ids(made, linkedid)
        )
        return made
    raise CallBackRefusedError(f"raced {MAX_RACES} times")


def shown_number(tenant_id: int, dialled: str) -> str:
    """Return which of the company's numbers the customer sees: the one he had dialled, if its own.

    1 to 2 queries.
    """
    own = Did.objects.filter(tenant_id=tenant_id, is_active=True)
    found = own.filter(number=dialled).first() if dialled else None
    found = found or own.order_by("pk").first()
    return found.number if found else ""


def call_back_list_for(*, user: User) -> "QuerySet[CallBack]":
    """Return the call-backs of the queues that the person may see, newest order first. 1 query."""
    rows: QuerySet[CallBack] = CallBack.objects.filter(queue__in=queues_for(user).values("pk"))
    return rows.select_related("queue", "customer").order_by("-ordered_at", "-pk")


def call_back_get_for(*, user: User, pk: int) -> CallBack:
    """Return one call-back that the person may see; NotFoundError otherwise."""
    found = call_back_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"call-back {pk}")
    return found


def call_back_of_call(*, user: User, call: Call) -> CallBack | None:
    """Return the call-back that was ordered in a call, or of which it is a try. 1 query."""
    own = Q(order_linkedid=call.linkedid, order_node=call.node)
    tried = CallBackAttempt.objects.filter(linkedid=call.linkedid, node=call.node)
    rows = call_back_list_for(user=user).filter(own | Q(pk__in=tried.values("call_back_id")))
    return rows.first()


def may_change(user: User, call_back: CallBack) -> bool:
    """Say whether the person, who sees it, may cancel it: whoever serves the queue, and leads."""
    return user.tenant_id == call_back.tenant_id and user.role != Role.INSPECTOR


def call_back_cancel(*, call_back: CallBack, user: User, now: datetime | None = None) -> None:
    """Give a waiting call-back up; the customer is not called.

    Raises ForbiddenError, and CallBackOutError when it is being made or closed already.
    """
    if not may_change(user, call_back):
        raise ForbiddenError(f"{user.username} call-back {call_back.pk}")
    with transaction.atomic():
        if not close(call_back, State.CANCELLED, now=now or timezone.now(), by=user):
            raise CallBackOutError(str(call_back.pk))
        _audit(call_back, user, "cancel")


def call_back_hurry(*, call_back: CallBack, user: User, now: datetime | None = None) -> None:
    """Let a waiting call-back be tried now, whatever pause its last try left; its place stays.

    For team leads. Raises ForbiddenError, CallBackWindowError, CallBackOutError.
    """
    now = now or timezone.now()
    if user.tenant_id != call_back.tenant_id or user.role not in LEADS:
        raise ForbiddenError(f"{user.username} call-back {call_back.pk}")
    if not is_due_time(call_back.queue, call_back_rule(call_back.queue), now):
        raise CallBackWindowError(str(call_back.pk))
    with transaction.atomic():
        moved = CallBack.objects.filter(pk=call_back.pk, state=State.WAITING).update(
            not_before=now, updated_at=now
        )
        if not moved:
            raise CallBackOutError(str(call_back.pk))
        _audit(call_back, user, "hurry")
    call_back.refresh_from_db()


def is_due_time(queue: Queue, rule: Rule, now: datetime) -> bool:
    """Say whether the queue's customers may be called now: its hours and its company's clock."""
    zone = ZoneInfo(queue.tenant.timezone)
    return rule.is_open(now, zone) and queue_hours().is_open(queue_id=queue.pk, now=now)


def close(
    call_back: CallBack, state: State, *, now: datetime, by: User | None = None, result: str = ""
) -> bool:
    """Close a waiting call-back; False when it waits no more. For services, in a transaction."""
    assert state in TRANSITIONS[State.WAITING]  # noqa: S101 - a fault of ours, not of anybody's data
    closed = CallBack.objects.filter(pk=call_back.pk, state=State.WAITING).update(
        state=state,
        closed_at=now,
        closed_by=by,
        last_result=result or call_back.last_result,
        updated_at=now,
    )
    if closed:
        call_back.refresh_from_db()
        logger.info(
            "call-back %s waiting -> %s %s", call_back.pk, state, result, extra=_ids(call_back)
        )
    return bool(closed)


def _audit(call_back: CallBack, user: User | None, what: str) -> None:
    audit_record(
        actor=user,
        tenant_id=call_back.tenant_id,
        action=f"call_back.{what}",
        object_type="call_back",
        object_id=call_back.pk,
        detail={"queue_id": call_back.queue_id, "number": masked(call_back.number)},
    )


def _ids(call_back: CallBack, linkedid: str = "") -> dict[str, object]:
    return {"tenant": call_back.tenant_id, "linkedid": linkedid or call_back.order_linkedid}
