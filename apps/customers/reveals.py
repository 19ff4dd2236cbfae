"""Show one full number to somebody who sees numbers masked; every look is audited."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import audit_record
from apps.core.phone_numbers import masked
from apps.customers.errors import RevealLimitError
from apps.customers.models import CustomerNumber

ACTION = "customer.number_reveal"
MOST_AN_HOUR = 60
MAX_REASON = 200


def number_reveal(*, number: CustomerNumber, user: User, reason: str = "") -> str:
    """Return the full number and audit who looked, and why. 2 queries.

    At most 60 an hour for one person: nobody copies the company's customers by hand. Raises
    RevealLimitError.
    """
    since = timezone.now() - timedelta(hours=1)
    looks = AuditEntry.objects.filter(actor=user, action=ACTION, at__gt=since)
    if looks.count() >= MOST_AN_HOUR:
        raise RevealLimitError(user.username)
    audit_record(
        actor=user,
        tenant_id=number.tenant_id,
        action=ACTION,
        object_type="customer",
        object_id=number.customer_id,
        detail={
            "number": masked(number.as_typed),
            "reason": " ".join(reason.replace("\0", "").split())[:MAX_REASON],
        },
    )
    return number.as_typed
