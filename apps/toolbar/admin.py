"""The company's toolbar sites in Django admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.tenant_admin import TenantAdmin
from apps.toolbar.models import ToolbarOrigin


@admin.register(ToolbarOrigin)
class ToolbarOriginAdmin(TenantAdmin):
    """Which sites may show the toolbar; each change is audited."""

    list_display = ("origin", "note", "is_active")
    fields = ("origin", "note", "is_active")

    def save_model(self, request: HttpRequest, obj: ToolbarOrigin, form: Any, change: bool) -> None:
        """Save and note who let the site in or out."""
        super().save_model(request, obj, form, change)
        self._note(request, obj, "toolbar.origin_change" if change else "toolbar.origin_add")

    def delete_model(self, request: HttpRequest, obj: ToolbarOrigin) -> None:
        """Remove and note it."""
        self._note(request, obj, "toolbar.origin_remove")
        super().delete_model(request, obj)

    def _note(self, request: HttpRequest, obj: ToolbarOrigin, action: str) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - admin asks for a signed-in person
        audit_record(
            actor=request.user,
            tenant_id=obj.tenant_id,
            action=action,
            object_type="toolbar_origin",
            object_id=obj.pk,
            detail={"origin": obj.origin, "active": obj.is_active},
        )
