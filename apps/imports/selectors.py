"""Read imports and exports: a lead's own, an admin's all; files are for their owner alone."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.imports import files
from apps.imports.access import export_need, import_need
from apps.imports.models import ExportRun, ImportedRow, ImportRun, ImportTemplate

MAX_KEY = 2**63


def import_list_for(user: User) -> "QuerySet[ImportRun]":
    """Return the imports that the person may see, newest first. Raises ForbiddenError.

    A lead sees his own: another one's file may hold customers of another department.
    """
    import_need(user)
    rows: QuerySet[ImportRun] = restrict(
        ImportRun.objects.select_related("user"), user=user, own=Q(user=user), department_paths=()
    )
    return rows.defer("sample").order_by("-created_at", "-pk")


def import_get_for(*, user: User, pk: int) -> ImportRun:
    """Return an import that the person may see. Raises NotFoundError, ForbiddenError."""
    found = import_list_for(user).filter(pk=pk).first() if 0 < pk < MAX_KEY else None
    if found is None:
        raise NotFoundError(f"import {pk}")
    return found


def template_list(target: str) -> "QuerySet[ImportTemplate]":
    """Return the company's mappings for a target, by name."""
    rows: QuerySet[ImportTemplate] = ImportTemplate.objects.filter(target=target)
    return rows


def import_rows(run: ImportRun) -> "QuerySet[ImportedRow]":
    """Return what the import made and changed, in the file's order."""
    rows: QuerySet[ImportedRow] = ImportedRow.objects.filter(run=run).order_by("number")
    return rows


def import_errors(run: ImportRun) -> Iterator[list[Any]]:
    """Yield `[number, cells, [[column, value, text], …]]` of each row that failed."""
    if run.stored:
        yield from files.errors_read(run.stored, run.errors_at)


def export_list_for(user: User) -> "QuerySet[ExportRun]":
    """Return the person's own exports, newest first. Raises ForbiddenError."""
    export_need(user)
    rows: QuerySet[ExportRun] = ExportRun.objects.filter(user=user)
    return rows.order_by("-created_at", "-pk")


def export_get_for(*, user: User, pk: int) -> ExportRun:
    """Return an export of the person's own. Raises NotFoundError, ForbiddenError."""
    found = export_list_for(user).filter(pk=pk).first() if 0 < pk < MAX_KEY else None
    if found is None:
        raise NotFoundError(f"export {pk}")
    return found
