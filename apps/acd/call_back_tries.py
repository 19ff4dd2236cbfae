"""What becomes of call-backs: due, claimed for an agent, ended as the ledger says, expired.

The ledger decides what a try gave, so that a process that died in the middle changes nothing: the
facts come later and say the same.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.call_back_models import OUT_STATES, CallBackResult
from apps.acd.call_backs import call_back_rule, call_back_rules, close, is_due_time
from apps.acd.engine.call_back_rules import (
    COUNTED,
    TRANSITIONS,
    CustomerLeg,
    Result,
    State,
    after_try,
    result_of,
)
from apps.acd.engine.call_backs import PREFIX, DueCallBack, board_id
from apps.acd.engine.floor import Need
from apps.acd.models import CallBack, CallBackAttempt, Queue
from apps.calls.choices import LegKind
from apps.calls.models import Call, Leg
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.selectors import blacklist_entry_for
from apps.numbers.selectors import trunk_for_calls_out
from apps.tasks.choices import TaskKind
from apps.tasks.selectors import call_back_is_open
from apps.tasks.services import task_create

logger = logging.getLogger(__name__)

MOST_DUE = 2_000
# How soon a person should look at what failed for good.
TASK_WITHIN = timedelta(minutes=30)
# A try that Asterisk never began is looked for this long.
LOST_AFTER = timedelta(seconds=20)
TELL_WITHIN = timedelta(hours=1)
# Asterisk ends the rung leg first, then the one that gave up.
TOGETHER = timedelta(seconds=1)
# A node that is no more ends none of its tries; after so long no talk goes on.
NODE_GONE_AFTER = timedelta(hours=12)
NO_TRUNK_PAUSE = timedelta(minutes=1)


def call_backs_due(now: datetime | None = None) -> list[DueCallBack]:
    """Return every company's call-backs that may be made now, longest kept first.

    1 query when none waits; else 3, and 1 to 4 for each queue that has one.
    """
    now = now or timezone.now()
    with all_tenants("a node serves every company"):
        due = CallBack.objects.filter(
            state=State.WAITING,
            not_before__lte=now,
            expires_at__gt=now,
            queue__is_active=True,
            tenant__is_active=True,
        )
        queues = list(Queue.objects.select_related("tenant").filter(pk__in=due.values("queue")))
        rules = call_back_rules(queues) if queues else {}
    # First which queues are open: what others keep for the morning must not fill the limit.
    names = {}
    for queue in queues:
        with tenant_scope(queue.tenant_id):
            if is_due_time(queue, rules[queue.pk], now):
                names[queue.pk] = queue.asterisk_name
    if not names:
        return []
    with all_tenants("a node serves every company"):
        rows = list(due.filter(queue__in=names).order_by("joined_at", "pk")[:MOST_DUE])
    return [
        DueCallBack(
            id=board_id(row.pk),
            queue=names[row.queue_id],
            joined_at=row.joined_at,
            priority=row.priority,
            needs=needs_read(row.needs),
            attempt=row.attempts,
        )
        for row in rows
    ]


def needs_read(data: Any) -> tuple[Need, ...]:
    """Return the skills that a row asks for; none when they cannot be read."""
    try:
        return tuple(
            Need(str(skill), tuple((float(after_s), int(level)) for after_s, level in steps))
            for skill, steps in data
        )
    except (TypeError, ValueError):
        logger.error("skills of a call-back cannot be read: %.200r", data)
        return ()


@dataclass(frozen=True)
class Claim:
    """What a node needs to make a call-back that is now its own."""

    pk: int
    tenant_slug: str
    queue: str
    number: str
    target: str
    caller_id: str
    order_linkedid: str
    joined_at: datetime
    attempt: int


def call_back_claim(
    *, pk: int, node: str, linkedid: str, agent: str, now: datetime | None = None
) -> Claim | None:
    """Take a waiting call-back for one agent (his user name); None when it is not to be made now.

    Of several who claim one gets it: the update is conditional. A number that has been blacklisted
    meanwhile is cancelled.
    """
    now = now or timezone.now()
    with all_tenants("the row says which company"):
        row = CallBack.objects.select_related("queue__tenant", "tenant").filter(pk=pk).first()
    if row is None:
        return None
    with tenant_scope(row.tenant_id), transaction.atomic():
        if blacklist_entry_for(row.as_dialled, now=now) is not None:
            close(row, State.CANCELLED, now=now, result=CallBackResult.BLACKLISTED)
            return None
        waiting = CallBack.objects.filter(
            pk=pk, state=State.WAITING, not_before__lte=now, expires_at__gt=now
        )
        trunk = trunk_for_calls_out()
        if trunk is None:
            logger.error("call-back %s: no trunk for calls out", pk, extra=_ids(row))
            waiting.update(not_before=now + NO_TRUNK_PAUSE, updated_at=now)
            return None
        if not is_due_time(row.queue, call_back_rule(row.queue), now):
            return None
        if not waiting.update(state=State.OFFERED, updated_at=now):
            return None
        CallBackAttempt.objects.create(
            tenant_id=row.tenant_id,
            call_back=row,
            node=node,
            linkedid=linkedid,
            agent=Agent.objects.filter(sip_username=agent).first(),
            claimed_at=now,
        )
        logger.info("call-back %s waiting -> offered to %s", pk, agent, extra=_ids(row, linkedid))
    return _claim(row, f"PJSIP/{row.as_dialled}@{trunk.endpoint}")


def _claim(row: CallBack, target: str = "") -> Claim:
    return Claim(
        pk=row.pk,
        tenant_slug=row.tenant.slug,
        queue=row.queue.asterisk_name,
        number=row.as_dialled,
        target=target,
        caller_id=row.shown,
        order_linkedid=row.order_linkedid,
        joined_at=row.joined_at,
        attempt=row.attempts + 1,
    )


def call_backs_out(node: str) -> list[tuple[str, datetime, Claim]]:
    """Return the node's tries that have not ended: call, since when, what it is. 1 query."""
    return _tries(node, Q(ended_at=None))


def call_backs_untold(node: str, now: datetime | None = None) -> list[tuple[str, datetime, Claim]]:
    """Return the node's tries of the last hour whose calls nobody has said are call-backs. 1 query.

    Who made the call was killed before its first channel was there; the ledger has it from CEL.
    """
    now = now or timezone.now()
    with all_tenants("a node serves every company"):
        nameless = Call.objects.filter(node=node, linkedid=OuterRef("linkedid"), is_call_back=False)
        return _tries(node, Q(Exists(nameless), claimed_at__gte=now - TELL_WITHIN))


def _tries(node: str, which: Q) -> list[tuple[str, datetime, Claim]]:
    with all_tenants("a node serves every company"):
        rows = CallBackAttempt.objects.filter(which, node=node).select_related(
            "call_back__queue__tenant", "call_back__tenant"
        )
        return [(row.linkedid, row.claimed_at, _claim_of(row)) for row in rows]


def _claim_of(attempt: CallBackAttempt) -> Claim:
    claim = _claim(attempt.call_back)
    is_counted = attempt.result in (*COUNTED, Result.ANSWERED)
    return replace(claim, attempt=claim.attempt - int(is_counted))


def call_backs_told(calls: Iterable[Call]) -> None:
    """Bring call-backs in line with the ledger's calls that are tries of one. Harmless twice.

    1 query for each such call that lives, 5 to 9 for one that is over.
    """
    for call in calls:
        if not call.linkedid.startswith(PREFIX):
            continue
        attempt = (
            CallBackAttempt.objects.select_related("call_back__queue__tenant")
            .filter(node=call.node, linkedid=call.linkedid, ended_at=None)
            .first()
        )
        if attempt is None:
            continue
        if call.ended_at is not None:
            attempt_end(attempt, _result(call), now=call.ended_at)
        elif call.picked_up_at is not None:
            CallBack.objects.filter(pk=attempt.call_back_id, state=State.OFFERED).update(
                state=State.CALLING, updated_at=timezone.now()
            )


def call_backs_served(calls: Iterable[Call]) -> None:
    """Cancel what somebody ordered in a call in which an agent has him after all. 1 to 2 queries.

    His agent's phone may have been ringing when he ordered.
    """
    answered = {call.linkedid: call for call in calls if call.answered_at is not None}
    if not answered:
        return
    rows = CallBack.objects.filter(state=State.WAITING, order_linkedid__in=answered)
    for row in rows.exclude(order_linkedid=""):
        call = answered[row.order_linkedid]
        if call.node == row.order_node and call.answered_at and call.answered_at >= row.ordered_at:
            with transaction.atomic():
                close(row, State.CANCELLED, now=timezone.now(), result=CallBackResult.SERVED)


def _result(call: Call) -> Result:
    legs = list(Leg.objects.filter(call=call))
    agent = next((leg for leg in legs if leg.uniqueid == call.linkedid), None)
    others = [leg for leg in legs if leg.kind == LegKind.EXTERNAL and leg is not agent]
    left_at = agent.ended_at if agent and call.hangup_by == LegKind.AGENT else None
    return result_of(
        agent_answered=call.picked_up_at is not None,
        # While the customer's phone rang, not after he was told that nobody answers.
        agent_hung_up=left_at is not None
        and all(leg.ended_at is None or leg.ended_at >= left_at - TOGETHER for leg in others),
        customer=[CustomerLeg(leg.answered_at is not None, leg.cause) for leg in others],
    )


def attempt_end(attempt: CallBackAttempt, result: Result, *, now: datetime) -> bool:
    """End a try once and let follow what follows; False when it had ended. Locks the call-back."""
    with tenant_scope(attempt.tenant_id), transaction.atomic():
        row = CallBack.objects.select_for_update(no_key=True).get(pk=attempt.call_back_id)
        ended = CallBackAttempt.objects.filter(pk=attempt.pk, ended_at=None)
        if not ended.update(ended_at=now, result=result, updated_at=timezone.now()):
            return False
        rule = call_back_rule(attempt.call_back.queue)
        follows = after_try(rule, result, _earlier(row, attempt), now)
        if (
            State(row.state) not in TRANSITIONS
            or follows.state not in TRANSITIONS[State(row.state)]
        ):
            logger.error("call-back %s: %s -> %s", row.pk, row.state, follows.state)
            return False
        is_closed = follows.state != State.WAITING
        CallBack.objects.filter(pk=row.pk, state__in=OUT_STATES).update(
            state=follows.state,
            not_before=follows.not_before,
            attempts=F("attempts") + int(result in COUNTED or result == Result.ANSWERED),
            last_result=result,
            closed_at=now if is_closed else None,
            updated_at=timezone.now(),
        )
        if follows.state == State.FAILED:
            _task(attempt.call_back, now)
        logger.info(
            "call-back %s %s -> %s (%s)",
            row.pk,
            row.state,
            follows.state,
            result,
            extra=_ids(row, attempt.linkedid),
        )
    return True


def _earlier(row: CallBack, attempt: CallBackAttempt) -> Mapping[Result, int]:
    counts = (
        CallBackAttempt.objects.filter(call_back=row)
        .exclude(pk=attempt.pk)
        .exclude(result="")
        .order_by()
        .values_list("result")
        .annotate(n=Count("pk"))
    )
    return {Result(result): n for result, n in counts}


def call_back_lost(*, node: str, linkedid: str, now: datetime | None = None) -> bool:
    """Give back what was claimed and is not made; only for who knows that Asterisk has no call."""
    with all_tenants("the try says which company"):
        attempt = (
            CallBackAttempt.objects.select_related("call_back__queue__tenant")
            .filter(node=node, linkedid=linkedid, ended_at=None)
            .first()
        )
    if attempt is None:
        return False
    return attempt_end(attempt, Result.LOST, now=now or timezone.now())


def call_backs_expire(now: datetime | None = None) -> int:
    """Close what waited too long, and give a person the task. 1 query when there is none."""
    now = now or timezone.now()
    with all_tenants("a node serves every company"):
        rows = list(
            CallBack.objects.select_related("queue__tenant").filter(
                state=State.WAITING, expires_at__lte=now
            )[:MOST_DUE]
        )
    count = 0
    for row in rows:
        with tenant_scope(row.tenant_id), transaction.atomic():
            if close(row, State.EXPIRED, now=now):
                _task(row, now)
                count += 1
    return count


def call_backs_heal(*, node: str, live: Callable[[], set[str]], now: datetime | None = None) -> int:
    """Free the node's call-backs whose try is over or was never begun; return how many.

    `live` gives the uniqueids of Asterisk's channels; it is asked only when something looks lost.
    A try that the ledger knows and that has not ended there is left to the ledger. Those of a node
    that is gone for half a day are freed by any other. 1 query, and 1 for each try that is out.
    """
    now = now or timezone.now()
    with all_tenants("a node serves every company"):
        out = list(
            CallBackAttempt.objects.select_related("call_back__queue__tenant").filter(
                Q(node=node, claimed_at__lte=now - LOST_AFTER)
                | Q(claimed_at__lte=now - NODE_GONE_AFTER),
                ended_at=None,
            )
        )
        calls = {
            call.linkedid: call
            for call in Call.objects.filter(
                node__in={attempt.node for attempt in out},
                linkedid__in=[attempt.linkedid for attempt in out],
            )
        }
        call_backs_told(call for call in calls.values() if call.ended_at is not None)
    unknown = [one for one in out if one.linkedid not in calls or one.node != node]
    alive = live() if unknown else set()
    return sum(
        attempt_end(attempt, Result.LOST, now=now)
        for attempt in unknown
        if attempt.linkedid not in alive
    )


def _task(row: CallBack, now: datetime) -> None:
    queue = row.queue
    if call_back_is_open(number=row.number, queue_number=queue.number):
        return
    task_create(
        tenant_id=row.tenant_id,
        kind=TaskKind.CALL_BACK,
        title=" · ".join(filter(None, (queue.name, row.name, row.number))),
        due_at=now + TASK_WITHIN,
        customer=row.customer,
        number=row.as_dialled,
        queue_number=queue.number,
        department_id=queue.department_id,
    )


def _ids(row: CallBack, linkedid: str = "") -> dict[str, object]:
    return {"tenant": row.tenant_id, "linkedid": linkedid or row.order_linkedid}
