"""Missed calls: made and done by what the ledger tells, claimed and done by agents."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import Agent, User
from apps.acd.selectors import queue_agent_user_ids, queue_by_asterisk_name
from apps.audit.services import audit_record
from apps.calls.choices import Direction, Outcome
from apps.calls.models import Call, Leg
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import tenant_scope
from apps.missed.errors import MissedTakenError
from apps.missed.models import DoneHow, MissedCall
from apps.missed.selectors import CLAIM_LASTS, claim_is_free_for, missed_open_count

logger = logging.getLogger(__name__)

# A message, a call-back that was ordered, and self-service have lists of their own.
UNANSWERED = frozenset({Outcome.ABANDONED, Outcome.FAILED})


def missed_told(calls: Iterable[Call]) -> None:
    """Look at calls as they are now: who was missed is to be called back, who was answered is done.

    Harmless twice and in any order: a call makes a row only when it is newer than all that is known
    of its number. 1 query for a company's calls that were answered, and no more for those with
    whom nobody waited; each company in its own scope.
    """
    answered: dict[int, list[Call]] = {}
    for call in calls:
        if call.tenant_id is None:
            continue
        if call.answered_at is not None and call.direction in (Direction.IN, Direction.OUT):
            answered.setdefault(call.tenant_id, []).append(call)
        elif _is_missed(call):
            with tenant_scope(call.tenant_id):
                _missed(call)
    for tenant_id, mine in answered.items():
        with tenant_scope(tenant_id):
            waiting = _keys_waiting({_key(call) for call in mine})
            for call in mine:
                if _key(call) in waiting:
                    with transaction.atomic():
                        _answered(call)


def _key(call: Call) -> str:
    return call.caller_lookup if call.direction == Direction.IN else call.dialled_lookup


def _keys_waiting(keys: set[str]) -> set[str]:
    """Return which of these numbers wait to be called back: few calls are with one that does."""
    rows = MissedCall.objects.filter(number_key__in=keys - {""}, done_at=None)
    return set(rows.values_list("number_key", flat=True))


def _is_missed(call: Call) -> bool:
    return (
        call.direction == Direction.IN
        and call.ended_at is not None
        and call.caller_lookup != ""
        and call.outcome in UNANSWERED
        and bool(call.queued_at or call.queue_number or call.outcome == Outcome.ABANDONED)
    )


def _answered(call: Call) -> None:
    rows = list(
        MissedCall.objects.filter(
            number_key=_key(call), done_at=None, last_at__lte=call.answered_at
        ).select_related("call")
    )
    for row in rows:
        how = DoneHow.CALLED if call.direction == Direction.OUT else DoneHow.CALLED_AGAIN
        done = MissedCall.objects.filter(
            pk=row.pk, done_at=None, last_at__lte=call.answered_at
        ).update(
            done_at=call.answered_at,
            done_how=how,
            done_by=call.agent.user_id if call.agent else None,
            done_call=call,
            updated_at=timezone.now(),
        )
        if done:
            _tell(row)


def _missed(call: Call) -> None:
    assert call.ended_at is not None  # noqa: S101 - `_is_missed` saw to it
    known = MissedCall.objects.filter(number_key=call.caller_lookup)
    if known.filter(last_at__gte=call.ended_at).exists() or _was_answered_later(call):
        return
    with transaction.atomic():
        row = _add(call, call.ended_at)
        if row is not None:
            _tell(row)


def _was_answered_later(call: Call) -> bool:
    """Say whether a later call with the number was answered already (facts that came late)."""
    same = Q(direction=Direction.IN, caller_lookup=call.caller_lookup) | Q(
        direction=Direction.OUT, dialled_lookup=call.caller_lookup
    )
    later = Call.objects.filter(same, started_at__gte=call.started_at)
    return later.filter(answered_at__gte=call.ended_at).exists()


def _add(call: Call, ended_at: datetime) -> MissedCall | None:
    """Add the call to its number's open row, or make one; None when another has just done so."""
    assert call.tenant_id is not None  # noqa: S101 - `missed_told` saw to it
    mine = MissedCall.objects.filter(number_key=call.caller_lookup, done_at=None)
    if mine.filter(last_at__lt=ended_at).update(
        call=call, last_at=ended_at, count=F("count") + 1, updated_at=timezone.now()
    ):
        return mine.select_related("call").get()
    try:
        with transaction.atomic():
            row: MissedCall = MissedCall.objects.create(
                tenant_id=call.tenant_id,
                number_key=call.caller_lookup,
                call=call,
                first_at=ended_at,
                last_at=ended_at,
            )
    except IntegrityError:
        # Of two writers of this call, or of two calls at once, the other was quicker.
        logger.info("missed call of %s known", call.linkedid)
        return None
    return row


def missed_claim(*, missed: MissedCall, agent: Agent, now: datetime | None = None) -> None:
    """Take the call-back; of two who try, one gets MissedTakenError. Again by the same is harmless.

    A claim that is older than `CLAIM_LASTS` is free for others.
    """
    now = now or timezone.now()
    free = Q(claimed_by=None) | Q(claimed_by=agent) | Q(claimed_at__lt=now - CLAIM_LASTS)
    with transaction.atomic():
        taken = MissedCall.objects.filter(free, pk=missed.pk, done_at=None).update(
            claimed_by=agent, claimed_at=now, updated_at=now
        )
        if not taken:
            raise MissedTakenError(str(missed.pk))
        _record(missed, agent.user, "claim")


def missed_release(*, missed: MissedCall, agent: Agent) -> None:
    """Give one's own claim back; of somebody else's nothing changes."""
    with transaction.atomic():
        given = MissedCall.objects.filter(pk=missed.pk, claimed_by=agent, done_at=None).update(
            claimed_by=None, claimed_at=None, updated_at=timezone.now()
        )
        if given:
            _record(missed, agent.user, "release")


def missed_done(*, missed: MissedCall, user: User, now: datetime | None = None) -> None:
    """Mark as done by hand, unless a colleague is at it (MissedTakenError). Twice is harmless."""
    now = now or timezone.now()
    with transaction.atomic():
        done = MissedCall.objects.filter(
            claim_is_free_for(user, now), pk=missed.pk, done_at=None
        ).update(done_at=now, done_how=DoneHow.BY_HAND, done_by=user, updated_at=now)
        if done:
            _record(missed, user, "done")
        elif MissedCall.objects.filter(pk=missed.pk, done_at=None).exists():
            raise MissedTakenError(str(missed.pk))


def missed_reopen(*, missed: MissedCall, user: User) -> None:
    """Take "done by hand" back. MissedTakenError when the number is open again already."""
    try:
        with transaction.atomic():
            opened = MissedCall.objects.filter(pk=missed.pk, done_how=DoneHow.BY_HAND).update(
                done_at=None,
                done_how="",
                done_by=None,
                claimed_by=None,
                claimed_at=None,
                updated_at=timezone.now(),
            )
            if opened:
                _record(missed, user, "reopen")
    except IntegrityError as error:
        raise MissedTakenError(str(missed.pk)) from error


def _record(missed: MissedCall, user: User, action: str) -> None:
    audit_record(
        actor=user,
        tenant_id=missed.tenant_id,
        action=f"missed.{action}",
        object_type="missed",
        object_id=missed.pk,
    )
    _tell(missed)


def _tell(missed: MissedCall) -> None:
    """Tell whom it concerns, each with his own count: the queue's agents and leads, who was rung.

    Call it last in the transaction.
    """
    call = missed.call
    rung = Leg.objects.filter(call=call, agent__isnull=False)
    ids = set(rung.values_list("agent__user", flat=True))
    queue = queue_by_asterisk_name(call.queue_name) if call.queue_name else None
    if queue is not None and queue.tenant_id == missed.tenant_id:
        ids |= set(queue_agent_user_ids(queue))
    people = User.objects.filter(pk__in=ids, tenant_id=missed.tenant_id, is_active=True)
    publish_on_commit(
        StreamEvent(
            stream=user_stream(person.pk),
            kind="missed.changed",
            tenant_id=missed.tenant_id,
            data={"id": missed.pk, "to_call_back": missed_open_count(user=person)},
        )
        for person in people
    )
