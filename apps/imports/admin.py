"""Imports and exports in Django admin: to be looked at; pages and services change them."""

from django.contrib import admin

from apps.core.read_only_admin import ReadOnlyTenantAdmin
from apps.imports.models import ExportRun, ImportedRow, ImportPolicy, ImportRun, ImportTemplate


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyTenantAdmin):
    """The company's imports."""

    list_display = (
        "created_at", "user", "target", "file_name", "job", "state", "rows_read", "failed",
    )  # fmt: skip
    list_filter = ("state", "target")
    exclude = ("sample", "token", "stored")


@admin.register(ImportedRow)
class ImportedRowAdmin(ReadOnlyTenantAdmin):
    """What rows became."""

    list_display = ("run", "number", "outcome", "object_id")
    list_filter = ("outcome",)
    list_select_related = ("run",)


@admin.register(ImportTemplate)
class ImportTemplateAdmin(ReadOnlyTenantAdmin):
    """The company's mappings."""

    list_display = ("name", "target", "user")


@admin.register(ImportPolicy)
class ImportPolicyAdmin(ReadOnlyTenantAdmin):
    """Who may import and export."""

    list_display = ("importing", "exporting")


@admin.register(ExportRun)
class ExportRunAdmin(ReadOnlyTenantAdmin):
    """The company's exports; the files are for who asked."""

    list_display = ("created_at", "user", "source", "kind", "state", "rows_read")
    list_filter = ("state", "source")
    exclude = ("token", "stored")
