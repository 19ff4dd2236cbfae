"""Saved filters in Django admin, to look at only."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.saved_views.models import SavedView


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyTenantAdmin):
    """Who keeps which filter, and with whom it is shared."""

    list_display = ("name", "page", "user", "department", "created_at")
    list_filter = ("page",)
    list_select_related = ("user", "department")
