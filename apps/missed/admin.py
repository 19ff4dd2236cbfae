"""Missed calls in Django admin, to look at only."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.missed.models import MissedCall


@admin.register(MissedCall)
class MissedCallAdmin(ReadOnlyTenantAdmin):
    """Callers whom nobody answered."""

    list_display = ("last_at", "call", "count", "claimed_by", "done_at", "done_how", "done_by")
    list_filter = ("done_how",)
    list_select_related = ("call", "claimed_by__user", "done_by")
