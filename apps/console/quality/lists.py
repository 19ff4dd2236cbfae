"""The lists of inspections: what waits for the person, appeals, and all that he may see."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_command, console_page, render_work
from apps.console.quality.tables import InspectionTable
from apps.console.quality.typed import whole
from apps.core.errors import NotFoundError
from apps.quality.choices import State
from apps.quality.engine import appeals
from apps.quality.errors import NotPublishedError
from apps.quality.models import Calibration, Inspection, Sheet, SheetVersion
from apps.quality.selectors import (
    appeal_list_for,
    inspect_need,
    inspection_list_for,
    recording_need,
    rights_of,
    version_newest,
)
from apps.quality.services import inspection_create

PAGE_ROWS = 25
TODO, APPEALS, ALL = "todo", "appeals", "all"


class InspectionFilter(django_filters.FilterSet):
    """Whose, by whom, on which sheet, in which state."""

    agent = django_filters.CharFilter(field_name="agent__number", label=_("Agent's number"))
    inspector = django_filters.CharFilter(
        field_name="inspector__username", lookup_expr="iexact", label=_("Inspector's user name")
    )
    sheet = django_filters.ModelChoiceFilter(
        field_name="version__sheet", queryset=lambda _r: Sheet.objects.all(), label=_("Score sheet")
    )
    state = django_filters.ChoiceFilter(choices=State.choices, label=_("State"))
    fatal = django_filters.BooleanFilter(field_name="is_fatal", label=_("Fatal"))

    class Meta:
        model = Inspection
        fields: list[str] = []


@console_page
@require_safe
def inspections(request: HttpRequest, *, user: User) -> HttpResponse:
    """The person's inspections; an agent has only his own results."""
    rights = rights_of(user)
    which = request.GET.get("list", "")
    if which not in (TODO, APPEALS, ALL) or not rights.may_anything:
        which = TODO if rights.may_inspect else ALL
    found = InspectionFilter(request.GET or None, queryset=_rows(user, which), request=request)
    table = InspectionTable(found.qs, order_by="due_on" if which == TODO else "-pk")
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context: dict[str, Any] = {
        "table": table,
        "filter": found,
        "which": which,
        "rights": rights,
        "address": request.get_full_path(),
        "calibrations": Calibration.objects.filter(
            scores__inspector=user, scores__handed_in_at=None, closed_at=None
        )
        if rights.may_inspect
        else [],
        "title": gettext("Quality inspection") if rights.may_anything else gettext("My quality"),
    }
    return render_work(request, "console/quality/inspections.html", context)


def _rows(user: User, which: str) -> "QuerySet[Inspection]":
    if which == TODO:
        return inspection_list_for(user=user).filter(inspector=user, state__in=appeals.WAITING)
    if which == APPEALS:
        return appeal_list_for(user=user)
    return inspection_list_for(user=user)


@console_command
def inspect(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Begin to inspect a recording by hand; one that is inspected already is opened."""
    inspect_need(user)
    recording = recording_need(user=user, pk=pk)
    running = inspection_list_for(user=user).filter(recording=recording)
    found = running.exclude(state=appeals.CANCELLED).first()
    if found is None:
        found = inspection_create(
            recording=recording,
            version=_version(whole(request.POST.get("sheet", ""))),
            inspector=user,
            by=user,
        )
    return redirect("console:inspection", pk=found.pk)


def _version(sheet_pk: int | None) -> SheetVersion:
    """Return the newest version of the sheet asked for, or of the first in use."""
    sheets = Sheet.objects.filter(is_active=True).order_by("name", "pk")
    if sheet_pk is not None:
        sheets = sheets.filter(pk=sheet_pk)
        if not sheets.exists():
            raise NotFoundError(f"sheet {sheet_pk}")
    for sheet in sheets:
        version = version_newest(sheet)
        if version is not None:
            return version
    raise NotPublishedError
