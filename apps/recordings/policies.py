"""What a company's recordings become and how long they are kept."""

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.recordings.choices import KeptFormat
from apps.recordings.errors import DaysError, NoKeyError, PolicyError, SealedOriginalError
from apps.recordings.kept_models import MOST_DAYS, QueueKeepDays, RecordingPolicy
from apps.recordings.store import keys


def recording_policy() -> RecordingPolicy:
    """Return the policy of the company in scope; an unsaved one with the defaults. 1 query."""
    return RecordingPolicy.objects.first() or RecordingPolicy()


def queue_keep_days() -> dict[str, int]:
    """Return the days of queues that have their own, by queue number. 1 query."""
    return dict(QueueKeepDays.objects.values_list("queue_number", "keep_days"))


def recording_policy_set(
    *,
    user: User,
    format: str,
    keeps_original: bool,
    is_sealed: bool,
    keep_days: int,
    by_queue: Mapping[str, int],
) -> None:
    """Say what the company's recordings become. For admins; raises ForbiddenError, PolicyError.

    `by_queue` replaces all earlier exceptions. What is converted already stays as it is; the times
    hold for old recordings too, from the next night on.
    """
    if user.role != Role.ADMIN or user.tenant_id is None:
        raise ForbiddenError(user.username)
    if format not in KeptFormat.values:
        raise PolicyError(format[:10])
    if any(not 0 <= days <= MOST_DAYS for days in (keep_days, *by_queue.values())):
        raise DaysError
    if is_sealed and keeps_original:
        raise SealedOriginalError
    if is_sealed and not keys():
        raise NoKeyError
    values = {
        "format": format,
        "keeps_original": keeps_original,
        "is_sealed": is_sealed,
        "keep_days": keep_days,
    }
    with transaction.atomic():
        RecordingPolicy.objects.update_or_create(tenant_id=user.tenant_id, defaults=values)
        QueueKeepDays.objects.exclude(queue_number__in=by_queue).delete()
        for number, days in by_queue.items():
            QueueKeepDays.objects.update_or_create(
                tenant_id=user.tenant_id, queue_number=number, defaults={"keep_days": days}
            )
        audit_record(
            actor=user,
            tenant_id=user.tenant_id,
            action="recording.policy",
            object_type="tenant",
            object_id=user.tenant_id,
            detail={**values, "by_queue": dict(by_queue)},
        )
