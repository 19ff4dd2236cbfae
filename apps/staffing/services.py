"""Keep what is assumed of a queue."""

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.staffing.models import Assumptions
from apps.staffing.selectors import queues_for

KEPT = (
    "level_s", "level_percent", "occupancy_percent", "abandon_percent", "shrinkage_percent",
    "least_seats", "model", "patience_s", "handling_s", "weeks", "has_trend",
)  # fmt: skip


def assumptions_save(*, user: User, assumed: Assumptions) -> Assumptions:
    """Keep a queue's assumptions. Raises ForbiddenError, NotFoundError for another's queue.

    Audited. The last one who saves is right: there is one row for a queue.
    """
    queue = assumed.queue
    if queue.number not in {one.key for one in queues_for(user)}:
        raise NotFoundError(queue.number)
    kept, _is_new = Assumptions.objects.update_or_create(
        queue=queue,
        tenant_id=queue.tenant_id,
        defaults={**{name: getattr(assumed, name) for name in KEPT}, "changed_by": user},
    )
    audit_record(
        actor=user,
        tenant_id=queue.tenant_id,
        action="staffing.assume",
        object_type="queue",
        object_id=queue.pk,
        detail={name: str(getattr(kept, name)) for name in KEPT},
    )
    return kept
