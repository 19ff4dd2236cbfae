"""Show the full number of a live call to a supervisor who sees numbers masked; audited."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import audit_record
from apps.core.phone_numbers import masked
from apps.supervision.errors import RevealLimitError
from apps.supervision.selectors import live_call_get_for

ACTION = "call.number_reveal"
MOST_AN_HOUR = 60
MAX_REASON = 200


def call_number_reveal(*, user: User, pk: int, reason: str = "") -> str:
    """Return the full number of a live call of the person's scope, and audit who looked, and why.

    At most 60 an hour for one person, as of customers. Raises NotFoundError, RevealLimitError.
    """
    call = live_call_get_for(user=user, pk=pk)
    number = call.caller if call.direction != "out" else call.dialled
    since = timezone.now() - timedelta(hours=1)
    if AuditEntry.objects.filter(actor=user, action=ACTION, at__gt=since).count() >= MOST_AN_HOUR:
        raise RevealLimitError(user.username)
    audit_record(
        actor=user,
        tenant_id=user.tenant_id or 0,
        action=ACTION,
        object_type="call",
        object_id=call.pk,
        detail={
            "number": masked(number),
            "reason": " ".join(reason.replace("\0", "").split())[:MAX_REASON],
        },
    )
    return number
