"""Read the audit trail of one object."""

from django.db.models import QuerySet

from apps.audit.models import AuditEntry


def audit_of(*, object_type: str, object_id: object, action: str) -> "QuerySet[AuditEntry]":
    """Return the acts of one kind on one object in the company in scope, newest first. 1 query."""
    rows: QuerySet[AuditEntry] = (
        AuditEntry.objects.filter(object_type=object_type, object_id=str(object_id), action=action)
        .select_related("actor")
        .order_by("-at", "-pk")
    )
    return rows
