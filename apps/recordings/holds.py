"""Legal holds: while one is on a call, its recordings do not go, and its person is not erased."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.core.errors import ForbiddenError, NotFoundError
from apps.recordings.choices import RecordingState
from apps.recordings.errors import HoldLateError, HoldTwiceError, ReasonMissingError
from apps.recordings.kept_models import RecordingHold
from apps.recordings.models import Recording

PLACES = frozenset({Role.INSPECTOR, Role.ADMIN})
RELEASES = frozenset({Role.ADMIN})
GONE = (RecordingState.REMOVING, RecordingState.REMOVED)
MOST_REASON = 200


def hold_of_call(call_id: int) -> RecordingHold | None:
    """Return the hold that is on a call now. 1 query."""
    rows = RecordingHold.objects.filter(call=call_id, released_at=None)
    found: RecordingHold | None = rows.select_related("placed_by").first()
    return found


def hold_place(*, user: User, call: Call, reason: str) -> RecordingHold:
    """Hold a call's recordings. Give a call that the person may see.

    For inspectors and admins (ForbiddenError). Raises ReasonMissingError, HoldTwiceError, and
    HoldLateError when no sound is left. Locks the recordings, as retention and erasure do.
    """
    if user.role not in PLACES:
        raise ForbiddenError(user.username)
    reason = reason.strip()[:MOST_REASON]
    if not reason:
        raise ReasonMissingError
    try:
        with transaction.atomic():
            rows = list(
                Recording.objects.select_for_update(no_key=True).filter(call=call).order_by("pk")
            )
            if not any(row.state not in GONE for row in rows):
                raise HoldLateError(call.linkedid)
            hold: RecordingHold = RecordingHold.objects.create(
                tenant_id=rows[0].tenant_id,
                call=call,
                reason=reason,
                placed_by=user,
                placed_at=timezone.now(),
            )
            _audit(user, hold, "recording.hold")
    except IntegrityError as error:
        raise HoldTwiceError(call.linkedid) from error
    return hold


def hold_release(*, user: User, call: Call, reason: str) -> None:
    """End the hold of a call, and say why; admins only. Raises NotFoundError without one."""
    if user.role not in RELEASES:
        raise ForbiddenError(user.username)
    reason = reason.strip()[:MOST_REASON]
    if not reason:
        raise ReasonMissingError
    with transaction.atomic():
        hold: RecordingHold | None = (
            RecordingHold.objects.select_for_update(no_key=True)
            .filter(call=call, released_at=None)
            .first()
        )
        if hold is None:
            raise NotFoundError(f"hold of call {call.pk}")
        hold.released_at, hold.released_by = timezone.now(), user
        hold.save(update_fields=["released_at", "released_by", "updated_at"])
        _audit(user, hold, "recording.hold_end", why=reason)


def _audit(user: User, hold: RecordingHold, action: str, *, why: str = "") -> None:
    audit_record(
        actor=user,
        tenant_id=hold.tenant_id,
        action=action,
        object_type="call",
        object_id=hold.call_id,
        detail={"reason": hold.reason, **({"why_ended": why} if why else {})},
    )
