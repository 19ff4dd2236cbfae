"""Calls in Django admin, to look at only: they are folded from facts."""

from django.contrib import admin

from apps.calls.models import Call
from apps.core.read_only_admin import ReadOnlyTenantAdmin


@admin.register(Call)
class CallAdmin(ReadOnlyTenantAdmin):
    """The company's calls."""

    list_display = ("started_at", "direction", "caller", "dialled", "agent", "outcome")
    list_filter = ("direction", "outcome")
    search_fields = ("caller_lookup", "linkedid")
