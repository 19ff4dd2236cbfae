"""The company's blacklist as people work with it: who, why, until when."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.phone_numbers import lookup_key, masked
from apps.customers.choices import BlacklistAction
from apps.customers.engine.field_values import ValueRefusedError
from apps.customers.errors import BlacklistRefusedError
from apps.customers.models import BlacklistEntry
from apps.customers.parsing import number_parse

MAY_REMOVE = (Role.TEAM_LEAD, Role.ADMIN)


def blacklist_for(*, user: User, is_over: bool = False) -> "QuerySet[BlacklistEntry]":
    """Return the company's entries in force, or those that are over; newest first."""
    now = timezone.now()
    rows: QuerySet[BlacklistEntry] = BlacklistEntry.objects.filter(tenant=user.tenant)
    over = Q(expires_at__lte=now)
    found = rows.filter(over) if is_over else rows.exclude(over)
    return found.select_related("created_by").order_by("-created_at", "-pk")


def blacklist_get_for(*, user: User, pk: int) -> BlacklistEntry:
    """Return one entry of the person's company; NotFoundError otherwise. 1 query."""
    found: BlacklistEntry | None = BlacklistEntry.objects.filter(pk=pk, tenant=user.tenant).first()
    if found is None:
        raise NotFoundError(f"blacklist entry {pk}")
    return found


def blacklist_add(
    *,
    user: User,
    number: str,
    reason: str,
    expires_at: datetime | None = None,
    action: str = BlacklistAction.REFUSE,
    queue_number: str = "",
) -> BlacklistEntry:
    """Refuse a number's calls from now on; one that is there gets the new reason and end.

    Everybody who takes calls may. Raises BlacklistRefusedError. Callers are refused within 2 s.
    """
    try:
        value = number_parse(number)
    except ValueRefusedError as error:
        raise BlacklistRefusedError(number[:40]) from error
    clean = " ".join(reason.replace("\0", "").split())[:200]
    is_past = expires_at is not None and expires_at <= timezone.now()
    is_queue = action == BlacklistAction.QUEUE
    if not clean or is_past or action not in BlacklistAction.values:
        raise BlacklistRefusedError(clean)
    if is_queue and not (queue_number.isascii() and queue_number.isdigit()):
        raise BlacklistRefusedError("queue")
    values = {
        "number": value.as_typed,
        "reason": clean,
        "expires_at": expires_at,
        "action": action,
        "queue_number": queue_number[:10] if is_queue else "",
        "created_by": user,
    }
    assert user.tenant_id is not None  # noqa: S101 - pages and API saw to it
    try:
        with transaction.atomic():
            entry, _is_new = BlacklistEntry.objects.update_or_create(
                tenant_id=user.tenant_id, lookup=lookup_key(value.as_typed), defaults=values
            )
            _audit(user, entry, "blacklist.add")
    except IntegrityError as error:
        raise BlacklistRefusedError("twice at once") from error
    return entry


def blacklist_remove(*, user: User, entry: BlacklistEntry) -> None:
    """Welcome the number again; team leads and admins. Raises ForbiddenError."""
    if user.role not in MAY_REMOVE:
        raise ForbiddenError(user.username)
    with transaction.atomic():
        _audit(user, entry, "blacklist.remove")
        entry.delete()


def _audit(user: User, entry: BlacklistEntry, action: str) -> None:
    audit_record(
        actor=user,
        tenant_id=entry.tenant_id,
        action=action,
        object_type="blacklist",
        object_id=entry.pk,
        detail={"number": masked(entry.number), "reason": entry.reason},
    )
