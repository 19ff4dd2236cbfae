"""Trunks and numbers in Django admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.tenant_admin import TenantAdmin
from apps.numbers.models import Did, Trunk


@admin.register(Trunk)
class TrunkAdmin(admin.ModelAdmin[Any]):
    """Trunks are the host operator's: they carry every company's calls."""

    list_display = ("name", "host", "port", "match", "is_active")

    def _is_host(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show trunks to the host operator only."""
        return self._is_host(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show trunks to the host operator only."""
        return self._is_host(request)

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(Did)
class DidAdmin(TenantAdmin):
    """The company's numbers."""

    list_display = ("number", "name", "is_active")
    fields = ("number", "name", "is_active")
