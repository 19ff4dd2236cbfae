"""Pages of score sheets: the list, the editor, versions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.quality.sheet_form import changed, document_read
from apps.console.quality.texts import FATAL_TEXTS, KIND_TEXTS, problem_text, sheet_view
from apps.console.quality.typed import whole
from apps.core.errors import ForbiddenError, HuawuError, NotFoundError
from apps.quality.engine.sheet import FATAL_EFFECTS, KINDS, problems, sheet_of
from apps.quality.models import Sheet
from apps.quality.selectors import (
    rights_of,
    sheet_get_for,
    sheet_list_for,
    version_get_for,
    version_newest,
)
from apps.quality.sheets import sheet_change, sheet_create, sheet_publish, sheet_save


@console_page
def sheets(request: HttpRequest, *, user: User) -> HttpResponse:
    """The company's sheets, and a new one."""
    rows = sheet_list_for(user=user)
    fault = ""
    if request.method == "POST":
        try:
            made = sheet_create(user=user, name=request.POST.get("name", ""))
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            fault = str(error.text)
        else:
            return redirect("console:quality-sheet", pk=made.pk)
    context = {
        "rows": [{"sheet": row, "version": next(iter(row.versions.all()), None)} for row in rows],
        "rights": rights_of(user),
        "fault": fault,
        "name": request.POST.get("name", "")[:100],
        "title": _("Score sheets"),
    }
    return render_work(request, "console/quality/sheets.html", context)


@console_page
def sheet(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The editor of a sheet; who may not manage sees its newest version."""
    found = sheet_get_for(user=user, pk=pk)
    if not rights_of(user).may_manage:
        newest = version_newest(found)
        if newest is None:
            raise NotFoundError(f"sheet {pk}")
        return redirect("console:quality-sheet-version", pk=pk, number=newest.number)
    fault, document = "", found.draft
    if request.method == "POST":
        document = document_read(request.POST)
        do = request.POST.get("do", "save")
        try:
            _written(request, user, found, changed(document, do), do)
        except (ForbiddenError, NotFoundError):
            raise
        except HuawuError as error:
            fault = str(error.text)
        else:
            return redirect("console:quality-sheet", pk=pk)
    return render_work(request, "console/quality/sheet.html", _editor(found, document, fault=fault))


def _written(
    request: HttpRequest, user: User, found: Sheet, document: dict[str, Any], do: str
) -> None:
    number = whole(request.POST.get("number", "")) or 0
    saved = sheet_save(sheet=found, user=user, document=document, number=number)
    if do == "publish":
        version = sheet_publish(sheet=saved, user=user, number=saved.number)
        messages.success(
            request, _("Published as version %(number)s.") % {"number": version.number}
        )
    elif do == "save":
        sheet_change(
            sheet=saved,
            user=user,
            name=request.POST.get("name", saved.name),
            is_active=bool(request.POST.get("is_active")),
        )
        messages.success(request, _("Saved."))


def _editor(found: Sheet, document: dict[str, Any], *, fault: str) -> dict[str, Any]:
    wrong = problems(document)
    newest = version_newest(found)
    return {
        "sheet": found,
        "document": document,
        "sections": document.get("sections", []),
        "fault": fault,
        "problems": [problem_text(one) for one in wrong],
        "preview": [] if wrong else sheet_view(sheet_of(document), {}),
        "versions": found.versions.select_related("published_by"),
        "is_new": newest is None or newest.document != document,
        "kinds": [(one, KIND_TEXTS[one]) for one in KINDS],
        "effects": [(one, FATAL_TEXTS[one]) for one in FATAL_EFFECTS],
        "title": found.name,
    }


@console_page
@require_safe
def version(request: HttpRequest, pk: int, number: int, *, user: User) -> HttpResponse:
    """A published version, as it was scored by."""
    found = sheet_get_for(user=user, pk=pk)
    one = version_get_for(user=user, sheet=found, number=number)
    document = sheet_of(one.document)
    context = {
        "sheet": found,
        "version": one,
        "document": document,
        "fatal": FATAL_TEXTS[document.fatal],
        "sections": sheet_view(document, {}),
        "rights": rights_of(user),
        "title": _("%(name)s, version %(number)s") % {"name": found.name, "number": number},
    }
    return render_work(request, "console/quality/version.html", context)
