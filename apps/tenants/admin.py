"""Companies in Django admin: the host operator's."""

from typing import Any

from django.contrib import admin

from apps.tenants.models import Tenant


@admin.register(Tenant)
class TenantAdmin(admin.ModelAdmin[Any]):
    """Only the host operator (superuser) has permission on this app."""

    list_display = ("slug", "name", "timezone", "is_active")

    def get_readonly_fields(self, request: Any, obj: Tenant | None = None) -> tuple[str, ...]:
        """A slug is part of names in Asterisk: it cannot change."""
        return ("slug",) if obj else ()
