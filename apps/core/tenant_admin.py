"""The admin page of a row that belongs to a company."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.core.tenancy import current_tenant_id


class TenantAdmin(admin.ModelAdmin[Any]):
    """Show and write only rows of the company in scope; a new row gets that company."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Give a new row the company in scope, then save."""
        if not change and obj.tenant_id is None:
            obj.tenant_id = current_tenant_id() or getattr(request.user, "tenant_id", None)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give new inline rows their parent's company."""
        for row in formset.save(commit=False):
            if getattr(row, "tenant_id", 1) is None:
                row.tenant_id = form.instance.tenant_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()
