"""Read the audit trail of one object."""

from django.db.models import QuerySet

from apps.audit.models import AuditEntry


def audit_of(*, object_type: str, action: str, object_id: object = None) -> "QuerySet[AuditEntry]":
    """Return the acts of one kind in the company in scope, newest first; on one object, or on all.

    1 query.
    """
    rows: QuerySet[AuditEntry] = (
        AuditEntry.objects.filter(object_type=object_type, action=action)
        .select_related("actor")
        .order_by("-at", "-pk")
    )
    return rows if object_id is None else rows.filter(object_id=str(object_id))
