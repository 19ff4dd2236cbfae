"""What flows ask: customers, regions, queues, PINs, the company's HTTP services.

Each function reads the company in scope and returns plain values.
"""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jsonpath
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.acd import call_backs
from apps.acd.call_back_models import CallBackSource
from apps.acd.call_backs import call_back_rule
from apps.acd.errors import CallBackRefusedError
from apps.acd.expected_waits import expected_waits
from apps.acd.models import Queue
from apps.acd.selectors import queue_live
from apps.audit.services import audit_record
from apps.core.phone_numbers import e164, lookup_key, masked, phone_number
from apps.core.sealing import UnsealError, unseal
from apps.customers.selectors import (
    blacklist_entry_for,
    customer_by_number,
    customer_flow_values,
)
from apps.ivr.engine.voice import LookupFailedError, PinAnswer, QueueNow
from apps.ivr.http_client import Network, Request, fetch
from apps.ivr.lookup_template import address_fill, body_fill
from apps.ivr.models import HttpLookup, Pin, PinTries
from apps.tasks.choices import TaskKind
from apps.tasks.selectors import call_back_is_open
from apps.tasks.services import task_create

logger = logging.getLogger(__name__)

# When a call-back that a flow took is due.
CALL_BACK_WITHIN = timedelta(minutes=30)


def customer_fields(number: str) -> dict[str, str]:
    """Return who has the number, {} when nobody. 1 to 3 queries.

    `custom_<key>` are the company's own fields that are for flows, '' without a value.
    """
    found = customer_by_number(number) if number else None
    if found is None:
        return {}
    return {
        **{f"custom_{key}": value for key, value in customer_flow_values(found).items()},
        "name": found.name,
        "level": found.level,
        "type": found.kind,
        "tags": ",".join(str(tag) for tag in found.tags),
        "owner": found.owner.number if found.owner else "",
        "account": found.account_number,
    }


def region_fields(number: str) -> dict[str, str]:
    """Return where the number is from, in Chinese: region (province and city) and carrier."""
    known = phone_number(number)
    return {"region": known.region, "carrier": known.carrier}


def queue_now(number: str, *, now: datetime | None = None) -> QueueNow:
    """Return how a queue is now. 7 queries. Raises LookupFailedError for one that is not there."""
    live = queue_live(number)
    if live is None:
        raise LookupFailedError(f"there is no queue {number!r}")
    now, waited = now or timezone.now(), timedelta()
    if live.oldest_joined_at is not None:
        waited = max(waited, now - live.oldest_joined_at)
    queues = Queue.objects.filter(number=number, is_active=True)[:1]
    expected_s = expected_waits(queues, now).get(number)
    return QueueNow(
        waiting=live.waiting,
        idle=live.idle,
        longest_wait_s=int(waited.total_seconds()),
        expected_wait_s=None if expected_s is None else round(expected_s),
    )


def may_call_back(*, queue: str, number: str) -> bool:
    """Say whether the queue's agents could and may call the number back. 2 queries.

    Not a number that nobody can dial, and not one that the company refuses. Raises
    LookupFailedError for a queue that is not there.
    """
    if not Queue.objects.filter(number=queue, is_active=True).exists():
        raise LookupFailedError(f"there is no queue {queue!r}")
    return bool(e164(number)) and blacklist_entry_for(number) is None


def call_back_order(
    *,
    queue: str,
    number: str,
    node: str = "",
    linkedid: str = "",
    shown: str = "",
    now: datetime | None = None,
) -> bool:
    """Order a call-back, False when that may not be made. 5 to 8 queries.

    In the queue, with a place, when its rule says so and our distributor runs; else it is a task
    for a person. Whoever asks again while his call-back is open is promised the same one.
    `linkedid` is the call in which he orders, `shown` the number that he dialled. Raises
    LookupFailedError for a queue that is not there.
    """
    if not may_call_back(queue=queue, number=number):
        return False
    wanted = Queue.objects.get(number=queue, is_active=True)
    rule = call_back_rule(wanted)
    if settings.HUAWU_DISTRIBUTOR and rule.by_flow and rule.takes(e164(number)):
        try:
            call_backs.call_back_order(
                queue=wanted,
                number=number,
                source=CallBackSource.FLOW,
                node=node,
                linkedid=linkedid,
                shown=shown,
                now=now,
            )
        except CallBackRefusedError:
            return False
        return True
    return _task_order(wanted, number, now)


def _task_order(wanted: Queue, number: str, now: datetime | None) -> bool:
    full = e164(number)
    with transaction.atomic():
        # Two calls of one number at once: the queue's row lets one after the other in.
        Queue.objects.select_for_update(no_key=True).get(pk=wanted.pk)
        if call_back_is_open(number=full, queue_number=wanted.number):
            return True
        customer = customer_by_number(number)
        task_create(
            tenant_id=wanted.tenant_id,
            kind=TaskKind.CALL_BACK,
            title=" · ".join(filter(None, (wanted.name, customer.name if customer else "", full))),
            due_at=(now or timezone.now()) + CALL_BACK_WITHIN,
            customer=customer,
            number=full,
            queue_number=wanted.number,
            department_id=wanted.department_id,
        )
    return True


def pin_check(*, name: str, pin: str, caller: str, now: datetime | None = None) -> PinAnswer:
    """Try a PIN for a caller. 3 to 5 queries. Raises LookupFailedError for an unknown name.

    The try is counted before the PIN is looked at, so that many at once get no more tries; called
    twice for one try it is only stricter. A lock is written to the audit trail.
    """
    now = now or timezone.now()
    row = Pin.objects.filter(name=name).first()
    if row is None:
        logger.error("there is no PIN %r", name)
        raise LookupFailedError(f"there is no PIN {name!r}")
    tries, _ = PinTries.objects.get_or_create(
        tenant_id=row.tenant_id, pin=row, caller=lookup_key(caller)[:32]
    )
    mine = PinTries.objects.filter(pk=tries.pk)
    mine.filter(locked_until__lte=now).update(locked_until=None, wrong=0)
    free = mine.filter(locked_until=None)
    if not free.filter(wrong__lt=row.max_wrong).update(wrong=F("wrong") + 1):
        # Also when the one who counted the last try died before he locked.
        _pin_lock(row, free, caller, now)
        return PinAnswer.LOCKED
    if check_password(pin, row.pin_hash):
        mine.update(wrong=0, locked_until=None)
        return PinAnswer.OK
    _pin_lock(row, free.filter(wrong__gte=row.max_wrong), caller, now)
    return PinAnswer.WRONG if free.exists() else PinAnswer.LOCKED


def _pin_lock(pin: Pin, tries: QuerySet[PinTries], caller: str, now: datetime) -> None:
    until = now + timedelta(minutes=pin.lock_minutes)
    if tries.update(locked_until=until):
        audit_record(
            actor=None,
            tenant_id=pin.tenant_id,
            action="pin.lock",
            object_type="pin",
            object_id=pin.pk,
            detail={"caller": masked(caller), "until": until.isoformat()},
        )


@dataclass(frozen=True)
class HttpPlan:
    """An HTTP look-up without its row; the headers are secret and not shown."""

    name: str
    method: str
    url: str
    body: Any
    timeout_s: float
    retries: int
    results: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)


def http_plan(name: str) -> HttpPlan | None:
    """Read a look-up of the company in scope, None when there is none. 1 query.

    Raises LookupFailedError when its headers were sealed with another key.
    """
    row = HttpLookup.objects.filter(name=name).first()
    if row is None:
        return None
    try:
        headers = json.loads(unseal(row.headers_sealed) or "{}")
    except UnsealError as error:
        raise LookupFailedError(f"the headers of {name!r} must be typed again: {error}") from error
    return HttpPlan(
        name=row.name,
        method=row.method,
        url=row.url,
        body=row.body,
        timeout_s=row.timeout_s,
        retries=row.retries,
        results=row.results,
        headers=headers,
    )


def http_ask(
    plan: HttpPlan,
    variables: Mapping[str, str],
    allowed: Sequence[Network] | None = None,
) -> dict[str, str]:
    """Ask the service and return its answers by variable name. No query.

    Within the plan's time-out, tries included. Raises LookupFailedError, with no secret in it.
    """
    networks = settings.HUAWU_HTTP_LOOKUP_NETWORKS if allowed is None else allowed
    deadline = time.monotonic() + plan.timeout_s
    tries = 1 + (plan.retries if plan.method == HttpLookup.Method.GET else 0)
    for left in range(tries - 1, -1, -1):
        try:
            answer = fetch(
                Request(
                    method=plan.method,
                    url=address_fill(plan.url, variables),
                    headers=plan.headers,
                    body=None if plan.body is None else body_fill(plan.body, variables),
                    timeout_s=max(0.05, deadline - time.monotonic()),
                ),
                networks,
            )
        except LookupFailedError as error:
            if left and time.monotonic() < deadline:
                continue
            logger.warning("HTTP look-up %r failed: %s", plan.name, error)
            raise
        return _taken(answer, plan.results)
    raise LookupFailedError("not reached")


def _taken(answer: Any, results: Mapping[str, str]) -> dict[str, str]:
    """Return the first match of each path as text; '' where nothing matches."""
    found = {}
    for name, path in results.items():
        match = jsonpath.match(path, answer)
        text = _text(match.obj) if match is not None else ""
        # A call's facts may hold it: no NUL and no half of a surrogate pair can be kept.
        found[name] = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
