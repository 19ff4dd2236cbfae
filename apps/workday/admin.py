"""Targets in Django admin; the console has a page of its own."""

from django.contrib import admin

from apps.core.tenant_admin import TenantAdmin
from apps.workday.models import Target


@admin.register(Target)
class TargetAdmin(TenantAdmin):
    """What agents are to reach."""

    list_display = ("figure", "department", "agent", "value")
    list_filter = ("figure",)
    list_select_related = ("department", "agent__user")
