"""Write the audit trail."""

from typing import Any

from apps.accounts.models import User
from apps.audit.models import AuditEntry


def audit_record(
    *,
    actor: User | None,
    tenant_id: int,
    action: str,
    object_type: str = "",
    object_id: object = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Record one act. 1 query. `detail` must hold no secret and no unmasked number."""
    AuditEntry.objects.create(
        tenant_id=tenant_id,
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=detail or {},
    )
