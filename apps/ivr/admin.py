"""Flows and entry points in Django admin; the flow editor comes later."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.tenant_admin import TenantAdmin
from apps.ivr.models import EntryPoint, Flow, FlowVersion


class FlowVersionInline(admin.TabularInline[Any, Any]):
    """Published versions, which nobody changes."""

    model = FlowVersion
    extra = 0
    fields = ("number", "published_at", "published_by")
    readonly_fields = fields
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Versions come from publishing only."""
        return False


@admin.register(Flow)
class FlowAdmin(TenantAdmin):
    """The company's flows."""

    list_display = ("name",)
    inlines = (FlowVersionInline,)


@admin.register(EntryPoint)
class EntryPointAdmin(TenantAdmin):
    """Which flow answers which number."""

    list_display = ("did", "flow", "fallback_queue")
