"""Exports on the console: ask from a list, see how far it is, take the file."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.imports.tables import ExportTable
from apps.console.pages import PAGE_ROWS
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.core.ranged_files import ranged_file_response
from apps.imports import access
from apps.imports.choices import ExportKind, FileKind
from apps.imports.exports import (
    CONTENT_TYPES,
    export_ask,
    export_cancel,
    export_delete,
    export_fetched,
    source_label,
)
from apps.imports.models import ExportRun
from apps.imports.selectors import export_get_for, export_list_for
from apps.imports.tasks import export_work_later


def _found_for(user: User, pk: int) -> ExportRun:
    try:
        return export_get_for(user=user, pk=pk)
    except ForbiddenError as error:
        raise PermissionDenied from error


@console_page
@require_safe
def exports(request: HttpRequest, *, user: User) -> HttpResponse:
    """The person's own exports."""
    if not access.can_export(user):
        raise PermissionDenied
    table = ExportTable(export_list_for(user))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {"table": table, "title": _("Exports")}
    return render_work(request, "console/imports/exports.html", context)


@require_POST
@console_page
def export_new(request: HttpRequest, *, user: User) -> HttpResponse:
    """Ask for a list as it is filtered now."""
    kind = request.POST.get("kind", "")
    try:
        run = export_ask(
            user=user,
            source=request.POST.get("source", ""),
            query=request.POST.get("query", ""),
            kind=kind if kind in FileKind.values else FileKind.XLSX,
            language=get_language(),
        )
    except ForbiddenError as error:
        raise PermissionDenied from error
    except NotFoundError:
        raise
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:exports")
    export_work_later(run)
    return redirect("console:export", pk=run.pk)


@console_page
@require_safe
def export_page(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """How far an export is; its file."""
    run = _found_for(user, pk)
    context = {
        "run": run,
        "list": source_label(run.source),
        "days": settings.HUAWU_IMPORT_KEEP_DAYS,
        "title": _("Export of %(list)s") % {"list": source_label(run.source)},
    }
    return render_work(request, "console/imports/export.html", context)


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def export_file(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """The file, for who asked and nobody else."""
    run = _found_for(user, pk)
    kind = ExportKind(run.kind)
    response = ranged_file_response(
        request, export_fetched(run=run), content_type=CONTENT_TYPES[kind]
    )
    name = f"{run.source}-{run.created_at:%Y%m%d-%H%M}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@console_page
def export_stop(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Stop it."""
    export_cancel(run=_found_for(user, pk))
    return redirect("console:export", pk=pk)


@require_POST
@console_page
def export_remove(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove it with its file."""
    run = _found_for(user, pk)
    try:
        export_delete(run=run)
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:export", pk=pk)
    messages.success(request, _("Deleted."))
    return redirect("console:exports")
