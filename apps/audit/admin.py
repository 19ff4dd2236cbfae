"""The audit trail in Django admin, to look at only."""

from django.contrib import admin

from apps.audit.models import AuditEntry
from apps.core.read_only_admin import ReadOnlyTenantAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyTenantAdmin):
    """Who did what in the company."""

    list_display = ("at", "actor", "action", "object_type", "object_id")
    list_filter = ("action",)
