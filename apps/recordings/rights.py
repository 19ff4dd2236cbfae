"""What a company allows with its recordings."""

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.recordings.models import RecordingRight


def agents_hear_own_set(*, user: User, is_allowed: bool) -> None:
    """Say whether agents may hear their own recordings. For admins; raises ForbiddenError."""
    if user.role != Role.ADMIN or user.tenant_id is None:
        raise ForbiddenError(user.username)
    with transaction.atomic():
        RecordingRight.objects.update_or_create(
            tenant_id=user.tenant_id, defaults={"agents_hear_own": is_allowed}
        )
        audit_record(
            actor=user,
            tenant_id=user.tenant_id,
            action="recording.right",
            object_type="tenant",
            object_id=user.tenant_id,
            detail={"agents_hear_own": is_allowed},
        )
