"""A report as a file: CSV, or XLSX with real numbers, times and shares."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_page
from apps.console.reports.pages import choice_for, row_name
from apps.console.reports.texts import COLUMN_TEXTS, ITEMS, KINDS
from apps.imports.access import export_need
from apps.imports.downloads import csv_response
from apps.imports.exports import XLSX_TYPE
from apps.reports.engine.columns import CLOCK, COLUMNS, COUNT, SHARE, TIME, Value
from apps.reports.selectors import BY_TIME, Report, report

DAY_MS = 86_400_000
FORMATS = {COUNT: "#,##0", TIME: "[h]:mm:ss", SHARE: "0.0%", CLOCK: "yyyy-mm-dd hh:mm"}


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def download(request: HttpRequest, kind: str, *, user: User) -> HttpResponseBase:
    """The report that the page shows, for who may export. Audited."""
    export_need(user)
    assert user.tenant_id is not None  # noqa: S101 - export_need saw to it
    choice = choice_for(request, kind, user)
    found = report(user=user, asked=choice.asked)
    form = "csv" if request.GET.get("format") == "csv" else "xlsx"
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="report.fetch",
        object_type="report",
        object_id=kind,
        detail={"filter": choice.address(), "format": form, "rows": len(found.rows)},
    )
    period = choice.asked.period
    name = f"{kind}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{form}"
    if form == "csv":
        return csv_response(request, list(_csv_rows(found)), name)
    response = HttpResponse(workbook(found), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _heads(found: Report) -> list[str]:
    kind = found.asked.kind
    first = _("Time") if found.asked.by == BY_TIME else str(ITEMS[kind])
    return [first, *(str(COLUMN_TEXTS[kind][one.id][0]) for one in COLUMNS[kind])]


def _lines(found: Report) -> Iterator[tuple[str, Any]]:
    """Yield each line's name and sums: the rows, the total, and that of the period before."""
    for row in found.rows:
        yield row_name(found, row), row.sums
    yield _("Total"), found.total
    earlier = f"{found.earlier.first:%Y-%m-%d} – {found.earlier.last:%Y-%m-%d}"
    yield _("Before: %(period)s") % {"period": earlier}, found.earlier_total


def _csv_rows(found: Report) -> Iterator[list[str]]:
    columns = COLUMNS[found.asked.kind]
    heads = _heads(found)
    seconds = [f"{head} (s)" for head in heads[1:]]
    yield [
        heads[0],
        *(
            seconds[place] if one.unit == TIME else heads[place + 1]
            for place, one in enumerate(columns)
        ),
    ]
    for name, sums in _lines(found):
        yield [name, *(_csv_cell(one.unit, one.value(sums), found) for one in columns)]


def _csv_cell(unit: str, value: Value, found: Report) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(found.zone).strftime("%Y-%m-%d %H:%M:%S")
    if unit == TIME:
        return f"{value / 1000:.3f}"
    return str(value) if unit == COUNT else f"{value:.6f}"


def workbook(found: Report) -> bytes:
    """Return the report as a workbook: its lines, and what each column says on a second sheet."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    kind = found.asked.kind
    sheet = book.add_worksheet(str(KINDS[kind])[:31])
    bold = book.add_format({"bold": True})
    styles = {unit: book.add_format({"num_format": text}) for unit, text in FORMATS.items()}
    sheet.freeze_panes(1, 1)
    for place, head in enumerate(_heads(found)):
        sheet.write_string(0, place, head, bold)
    for at, (name, sums) in enumerate(_lines(found), start=1):
        # As text: no spreadsheet calculates it, and a number keeps its zeros.
        sheet.write_string(at, 0, name)
        for place, one in enumerate(COLUMNS[kind], start=1):
            _cell_write(sheet, (at, place), one.value(sums), found, one.unit, styles[one.unit])
    says = book.add_worksheet(_("Definitions")[:31])
    for at, one in enumerate(COLUMNS[kind]):
        name, text = COLUMN_TEXTS[kind][one.id]
        says.write_row(at, 0, [str(name), one.id, str(text)])
    book.close()
    return target.getvalue()


def _cell_write(
    sheet: Any, place: tuple[int, int], value: Value, found: Report, unit: str, style: Any
) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(*place, value.astimezone(found.zone).replace(tzinfo=None), style)
    elif value is not None:
        sheet.write_number(*place, value / DAY_MS if unit == TIME else value, style)
