"""Dispositions in Django admin; the console has a page of its own for daily changes."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.core.tenant_admin import TenantAdmin, TenantForm
from apps.dispositions.models import Disposition, DispositionPolicy
from apps.dispositions.tree_services import fits_problem


class DispositionForm(TenantForm):
    """Refuse loops and a fifth level."""

    def clean(self) -> dict[str, Any] | None:
        """Look whether it fits where it is to be."""
        cleaned = super().clean()
        problem = fits_problem(self.instance.pk, (cleaned or {}).get("parent"))
        if problem is not None:
            raise ValidationError({"parent": str(problem.text)})
        return cleaned


@admin.register(Disposition)
class DispositionAdmin(TenantAdmin):
    """The tree; retired instead of deleted."""

    form = DispositionForm
    list_display = ("name", "parent", "queue", "position", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("parent__parent__parent", "queue")
    search_fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: calls point at it."""
        return False


@admin.register(DispositionPolicy)
class DispositionPolicyAdmin(TenantAdmin):
    """Which queues require one."""

    list_display = ("queue", "is_required")
