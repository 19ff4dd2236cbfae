"""An admin page on which nothing can be changed."""

from typing import Any

from django.http import HttpRequest

from apps.core.tenant_admin import TenantAdmin


class ReadOnlyTenantAdmin(TenantAdmin):
    """Shows the company's rows; what writes them is a service."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
