"""A week's plan as a file: CSV, or XLSX with real numbers, times and shares."""

import io
from collections.abc import Iterator

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_page
from apps.console.staffing.asked import address
from apps.console.staffing.pages import asked_plan
from apps.console.staffing.texts import COLUMNS, MEAN, Column
from apps.imports.access import export_need
from apps.imports.downloads import csv_response
from apps.imports.exports import XLSX_TYPE
from apps.reports.engine.columns import COUNT, SHARE, TIME
from apps.staffing.selectors import HalfHour, Plan, PlanDay, plan_need

DAY_S = 86_400
STYLES = {COUNT: "#,##0", MEAN: "#,##0.0", TIME: "[h]:mm:ss", SHARE: "0.0%"}


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def download(request: HttpRequest, *, user: User) -> HttpResponseBase:
    """The whole week that the page shows, for who may export. Audited."""
    plan_need(user)
    export_need(user)
    assert user.tenant_id is not None  # noqa: S101 - export_need saw to it
    choice, _form, found = asked_plan(request, user)
    form = "csv" if request.GET.get("format") == "csv" else "xlsx"
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="staffing.fetch",
        object_type="staffing",
        object_id=choice.monday.isoformat(),
        detail={"filter": address(request.GET), "format": form},
    )
    name = f"staffing-{choice.monday:%Y%m%d}.{form}"
    if form == "csv":
        return csv_response(request, list(_csv_rows(found)), name)
    response = HttpResponse(workbook(found), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _rows(found: Plan) -> Iterator[tuple[PlanDay, HalfHour]]:
    for day in found.days:
        for row in day.rows:
            yield day, row


def _heads() -> list[str]:
    return [_("Day"), _("Time"), *(str(one.name) for one in COLUMNS)]


def _csv_rows(found: Plan) -> Iterator[list[str]]:
    heads = _heads()
    names = [
        f"{head} (s)" if one.unit == TIME else head
        for head, one in zip(heads[2:], COLUMNS, strict=True)
    ]
    yield [*heads[:2], *names]
    for day, row in _rows(found):
        yield [day.on.isoformat(), row.clock, *(_csv_cell(one, row) for one in COLUMNS)]


def _csv_cell(column: Column, row: HalfHour) -> str:
    value = _finite(column, row)
    if value is None:
        return ""
    if column.unit == COUNT:
        return str(round(value))
    return f"{value:.6f}" if column.unit == SHARE else f"{value:.3f}"


def _finite(column: Column, row: HalfHour) -> float | None:
    """Return the value, None also where the queue only grows: no file knows an infinite wait."""
    value = column.value(row)
    return None if value == float("inf") else value


def workbook(found: Plan) -> bytes:
    """Return the week as a workbook: its half-hours, and what each column says."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet(_("Staffing")[:31])
    bold = book.add_format({"bold": True})
    styles = {unit: book.add_format({"num_format": text}) for unit, text in STYLES.items()}
    sheet.freeze_panes(1, 2)
    for place, head in enumerate(_heads()):
        sheet.write_string(0, place, head, bold)
    for at, (day, row) in enumerate(_rows(found), start=1):
        sheet.write_string(at, 0, day.on.isoformat())
        sheet.write_string(at, 1, row.clock)
        for place, one in enumerate(COLUMNS, start=2):
            value = _finite(one, row)
            if value is not None:
                sheet.write_number(
                    at, place, value / DAY_S if one.unit == TIME else value, styles[one.unit]
                )
    says = book.add_worksheet(_("Definitions")[:31])
    for at, one in enumerate(COLUMNS):
        says.write_row(at, 0, [str(one.name), one.id, str(one.text)])
    book.close()
    return target.getvalue()
