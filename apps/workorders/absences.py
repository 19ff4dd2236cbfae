"""Who is away and who stands in for him."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.workorders.errors import AbsenceRefusedError
from apps.workorders.models import Absence

LONGEST = timedelta(days=400)


def absence_create(
    *,
    user: User,
    person: User,
    stand_in: User,
    starts_at: datetime,
    ends_at: datetime,
    note: str = "",
) -> Absence:
    """Say that a person is away: for oneself, or as an admin for anybody.

    Raises ForbiddenError, AbsenceRefusedError.
    """
    if user.tenant_id is None or (person.pk != user.pk and user.role != Role.ADMIN):
        raise ForbiddenError(user.username)
    people = (person, stand_in)
    if (
        any(one.tenant_id != user.tenant_id or not one.is_active for one in people)
        or person.pk == stand_in.pk
        or not starts_at < ends_at <= starts_at + LONGEST
    ):
        raise AbsenceRefusedError(person.username)
    with transaction.atomic():
        row: Absence = Absence.objects.create(
            tenant_id=user.tenant_id,
            person=person,
            stand_in=stand_in,
            starts_at=starts_at,
            ends_at=ends_at,
            note=note.replace("\x00", "").strip()[:200],
            created_by=user,
        )
        _audit(row, user, "create")
    return row


def absence_end(*, user: User, pk: int, now: datetime) -> None:
    """End an absence now, or take back one that has not begun. Raises NotFoundError."""
    with transaction.atomic():
        row: Absence | None = Absence.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if row is None or (row.person_id != user.pk and user.role != Role.ADMIN):
            raise NotFoundError(f"absence {pk}")
        _audit(row, user, "end")
        if row.starts_at >= now:
            row.delete()
        elif row.ends_at > now:
            row.ends_at = now
            row.save(update_fields=["ends_at", "updated_at"])


def _audit(row: Absence, user: User, action: str) -> None:
    audit_record(
        actor=user,
        tenant_id=row.tenant_id,
        action=f"absence.{action}",
        object_type="absence",
        object_id=row.pk,
        detail={
            "person": row.person_id,
            "stand_in": row.stand_in_id,
            "from": row.starts_at.isoformat(),
            "to": row.ends_at.isoformat(),
        },
    )
