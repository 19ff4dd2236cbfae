"""The dialling plan in Django admin; a change works on the next call."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.core.tenant_admin import TenantAdmin
from apps.switchboard.models import CampOn, DiallingPlan, DialPermission, ShownNumber


@admin.register(DiallingPlan)
class DiallingPlanAdmin(TenantAdmin):
    """What everybody may dial."""

    list_display = ("dial_class", "area_code", "opens", "closes", "limit_s", "shown")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow one a company."""
        return super().has_add_permission(request) and not DiallingPlan.objects.exists()


@admin.register(DialPermission)
class DialPermissionAdmin(TenantAdmin):
    """Other classes for agents and departments."""

    list_display = ("agent", "department", "dial_class", "limit_s")
    list_filter = ("dial_class",)


@admin.register(ShownNumber)
class ShownNumberAdmin(TenantAdmin):
    """Which number is shown to whom."""

    list_display: Any = ("position", "agent", "queue", "area", "did")
    list_display_links = ("did",)


@admin.register(CampOn)
class CampOnAdmin(ReadOnlyTenantAdmin):
    """Who waits, or waited, for whom."""

    list_display = ("created_at", "agent", "colleague", "state", "expires_at", "tries")
    list_filter = ("state",)
