"""Results as a file: CSV, or XLSX with real numbers; the definitions on a second sheet."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.console.access import console_page
from apps.console.quality.results import (
    COLUMNS,
    GROUP_NAMES,
    ITEM_COLUMNS,
    choice_for,
    lines,
)
from apps.console.quality.results_asked import Choice
from apps.console.reports.files import FORMATS
from apps.imports.access import export_need
from apps.imports.downloads import csv_response
from apps.imports.exports import XLSX_TYPE
from apps.quality.results import BY_ITEM, by_item, result_list_for, total
from apps.reports.engine.columns import COUNT, SHARE

SCORE = "score"
UNITS = {"mean": SCORE, "pass_share": SHARE}
ITEM_UNITS = {"mean": SHARE}


@console_page  # type: ignore[arg-type]  # a file, sent in pieces
@require_safe
def download(request: HttpRequest, *, user: User) -> HttpResponseBase:
    """The results that the page shows, for who may export. Audited."""
    export_need(user)
    assert user.tenant_id is not None  # noqa: S101 - export_need saw to it
    choice = choice_for(request, user)
    table = _table(choice, user)
    form = "csv" if request.GET.get("format") == "csv" else "xlsx"
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="quality.fetch",
        object_type="report",
        object_id="quality",
        detail={"filter": choice.address(), "format": form, "rows": len(table)},
    )
    name = f"quality-{choice.period.first:%Y%m%d}-{choice.period.last:%Y%m%d}.{form}"
    if form == "csv":
        heads = [_head(choice), *(str(name) for _id, name, _says in _columns(choice))]
        return csv_response(
            request, [heads, *([str(row[0]), *map(_plain, row[1:])] for row in table)], name
        )
    response = HttpResponse(workbook(choice, table), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _columns(choice: Choice) -> Sequence[tuple[str, Any, Any]]:
    return ITEM_COLUMNS if choice.by == BY_ITEM else COLUMNS


def _head(choice: Choice) -> str:
    return str(GROUP_NAMES[choice.by])


def _table(choice: Choice, user: User) -> list[list[Any]]:
    """Return a line each: its name, and its values (None: there is none)."""
    rows = result_list_for(user=user, asked=choice.asked)
    if choice.by == BY_ITEM:
        return [
            [f"{one.sheet} · {one.title}", *(getattr(one, key) for key, _n, _s in ITEM_COLUMNS)]
            for one in by_item(rows)
        ]
    found = [(one.name, one.sums) for one in lines(choice, rows)]
    found.append((_("Total"), total(rows)))
    return [[name, *(getattr(sums, key) for key, _n, _s in COLUMNS)] for name, sums in found]


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def workbook(choice: Choice, table: Sequence[Sequence[Any]]) -> bytes:
    """Return the table as a workbook."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    sheet, says = book.add_worksheet(_("Results")[:31]), book.add_worksheet(_("Definitions")[:31])
    bold = book.add_format({"bold": True})
    formats = {COUNT: FORMATS[COUNT], SHARE: FORMATS[SHARE], SCORE: "0.00"}
    styles = {unit: book.add_format({"num_format": text}) for unit, text in formats.items()}
    units = ITEM_UNITS if choice.by == BY_ITEM else UNITS
    columns = _columns(choice)
    sheet.freeze_panes(1, 1)
    for place, head in enumerate([_head(choice), *(str(name) for _id, name, _says in columns)]):
        sheet.write_string(0, place, head, bold)
    for at, (name, *values) in enumerate(table, start=1):
        sheet.write_string(at, 0, str(name))
        for place, ((key, _name, _says), value) in enumerate(
            zip(columns, values, strict=True), start=1
        ):
            if value is not None:
                number = float(value) if isinstance(value, Decimal) else value
                sheet.write_number(at, place, number, styles[units.get(key, COUNT)])
    for at, (key, name, text) in enumerate(columns):
        says.write_row(at, 0, [str(name), key, str(text)])
    book.close()
    return target.getvalue()
