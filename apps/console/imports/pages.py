"""Imports on the console: upload, columns, dry run, how far it is, what became of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.imports.preview import columns_of, preview_of
from apps.console.imports.tables import ImportedRowTable, ImportTable
from apps.console.pages import PAGE_ROWS
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.imports import access, services
from apps.imports.choices import Duplicates, Job, LeastRole, Mode, State
from apps.imports.downloads import csv_response
from apps.imports.engine.encodings import ENCODINGS
from apps.imports.engine.mapping import template_mapping
from apps.imports.error_file import error_rows
from apps.imports.models import ImportRun
from apps.imports.selectors import import_get_for, import_list_for, import_rows, template_list
from apps.imports.targets import target_get, target_list
from apps.imports.tasks import import_work_later
from apps.imports.texts import run_problem
from apps.imports.worker import import_work

# What is read at once, so that the next page has the columns already.
SMALL_BYTES = 1024 * 1024
DELIMITER_NAMES = {",": ",", ";": ";", "\t": "Tab", "|": "|"}


def may_import(user: User) -> None:
    """Refuse who may not import, as a page does."""
    if not access.can_import(user):
        raise PermissionDenied


def found_for(user: User, pk: int) -> ImportRun:
    """Return the person's import. Raises NotFoundError, PermissionDenied."""
    try:
        return import_get_for(user=user, pk=pk)
    except ForbiddenError as error:
        raise PermissionDenied from error


@console_page
@require_safe
def imports(request: HttpRequest, *, user: User) -> HttpResponse:
    """The imports that the person may see."""
    may_import(user)
    table = ImportTable(import_list_for(user))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "targets": target_list(),
        "policy": access.policy_of_company() if user.role == Role.ADMIN else None,
        "least_roles": LeastRole.choices,
        "can_export": access.can_export(user),
        "title": _("Data import"),
    }
    return render_work(request, "console/imports/list.html", context)


@require_POST
@console_page
def import_upload(request: HttpRequest, *, user: User) -> HttpResponse:
    """Take a file; a small one is read at once."""
    may_import(user)
    sent = request.FILES.get("file")
    if sent is None or isinstance(sent, list):
        messages.error(request, _("Choose a file first."))
        return redirect("console:imports")
    try:
        run = services.import_upload(
            user=user,
            target=request.POST.get("target", ""),
            file_name=sent.name or "",
            pieces=sent.chunks(),
        )
    except NotFoundError:
        raise
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:imports")
    _read(run)
    return redirect("console:import", pk=run.pk)


def _read(run: ImportRun) -> None:
    if run.size_bytes <= SMALL_BYTES:
        import_work(run.pk)
    else:
        import_work_later(run)


@console_page
@require_safe
def import_page(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One import: the page asks again while a worker has it."""
    run = found_for(user, pk)
    target = target_get(run.target)
    context: dict[str, Any] = {
        "run": run,
        "target": target.label,
        "problem": run_problem(run.problem),
        "account": run.account,
        "title": _("Import of %(name)s") % {"name": run.file_name},
    }
    if run.state == State.READY:
        template = template_list(run.target).filter(pk=_key(request.GET.get("template"))).first()
        if template is not None:
            found = template_mapping(template.columns, run.header, target.fields())
            run.mapping = {str(column): key for column, key in found.items()}
            run.duplicates, run.mode = template.duplicates, template.mode
        fields = target.fields()
        context |= {
            "columns": columns_of(run, fields),
            "fields": fields,
            "preview": preview_of(run, user),
            "encodings": ENCODINGS,
            "delimiters": DELIMITER_NAMES.items(),
            "duplicates": Duplicates.choices,
            "modes": Mode.choices,
            "templates": template_list(run.target),
            "template": template,
        }
    return render_work(request, "console/imports/import.html", context)


def _key(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_POST
@console_page
def import_read(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Read the file anew, as the person says it is written."""
    run = found_for(user, pk)
    try:
        run = services.import_read_as(
            run=run,
            encoding=request.POST.get("encoding", ""),
            delimiter=request.POST.get("delimiter", ""),
            has_header=request.POST.get("has_header") == "1",
        )
        _read(run)
    except HuawuError as error:
        messages.error(request, str(error.text))
    return redirect("console:import", pk=pk)


@require_POST
@console_page
def import_map(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take the columns; then look again, try, or import: `do` says which."""
    run = found_for(user, pk)
    wish = request.POST.get("do", "")
    try:
        run = services.import_map(
            run=run,
            mapping={
                int(name.removeprefix("column-")): str(key)
                for name, key in request.POST.items()
                if name.startswith("column-") and name[7:].isdecimal() and len(name) < 12 and key
            },
            duplicates=_one_of(request.POST.get("duplicates", ""), Duplicates.values),
            mode=_one_of(request.POST.get("mode", ""), Mode.values),
        )
        if name := request.POST.get("template", "").strip():
            services.template_save(run=run, name=name, user=user)
            messages.success(request, _("The columns are kept as %(name)s.") % {"name": name[:60]})
        if wish == "check":
            import_work_later(services.import_check(run=run))
        elif wish == "start":
            import_work_later(services.import_start(run=run, user=user))
    except HuawuError as error:
        messages.error(request, str(error.text))
    return redirect("console:import", pk=pk)


def _one_of(text: str, values: list[str]) -> str:
    return text if text in values else values[0]


@require_POST
@console_page
def import_cancel(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Stop it."""
    services.import_cancel(run=found_for(user, pk), user=user)
    return redirect("console:import", pk=pk)


@require_POST
@console_page
def import_undo(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Remove what it made."""
    run = found_for(user, pk)
    try:
        import_work_later(services.import_undo(run=run, user=user))
    except HuawuError as error:
        messages.error(request, str(error.text))
    return redirect("console:import", pk=pk)


@require_POST
@console_page
def import_delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Forget it; what it imported stays."""
    run = found_for(user, pk)
    try:
        services.import_delete(run=run, user=user)
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:import", pk=pk)
    messages.success(request, _("Deleted."))
    return redirect("console:imports")


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def import_errors(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """The rows that failed, as a file."""
    run = found_for(user, pk)
    if not run.stored or run.job not in (Job.CHECK, Job.WRITE, Job.UNDO):
        raise NotFoundError(f"errors of import {pk}")
    return csv_response(request, error_rows(run), f"import-{run.pk}-errors.csv")


@console_page
@require_safe
def import_kept(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """What it made and changed."""
    run = found_for(user, pk)
    table = ImportedRowTable(import_rows(run), orderable=False)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {"run": run, "table": table, "title": _("Rows of %(name)s") % {"name": run.file_name}}
    return render_work(request, "console/imports/kept.html", context)


@require_POST
@console_page
def import_policy(request: HttpRequest, *, user: User) -> HttpResponse:
    """Say who of the company may import and export."""
    try:
        access.policy_set(
            user=user,
            importing=_one_of(request.POST.get("importing", ""), LeastRole.values),
            exporting=_one_of(request.POST.get("exporting", ""), LeastRole.values),
        )
    except ForbiddenError as error:
        raise PermissionDenied from error
    messages.success(request, _("Saved."))
    return redirect("console:imports")
