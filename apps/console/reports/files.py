"""A report as a file: CSV, or XLSX with real numbers, times and shares."""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext as _

from apps.console.reports.pages import row_name
from apps.console.reports.texts import COLUMN_TEXTS, ITEMS, KINDS, definition
from apps.reports.engine.columns import CLOCK, COUNT, MEAN, SHARE, TIME, Value
from apps.reports.selectors import BY_TIME, Report, ReportRow

DAY_MS = 86_400_000
FORMATS = {
    COUNT: "#,##0",
    TIME: "[h]:mm:ss",
    SHARE: "0.0%",
    CLOCK: "yyyy-mm-dd hh:mm",
    MEAN: "0.00",
}


def heads_of(found: Report) -> list[str]:
    """Return the columns' titles, what rows are of first."""
    kind = found.asked.kind
    first = _("Time") if found.asked.by == BY_TIME else str(ITEMS[kind])
    return [first, *(str(COLUMN_TEXTS[kind][one.id][0]) for one in found.columns)]


Line = tuple[str, list[Value]]


def lines(found: Report) -> Iterator[Line]:
    """Yield each line's name and values: the rows, the total, and that of the period before."""

    def values(sums: Any, row: ReportRow | None = None) -> list[Value]:
        return [found.value(one, sums, row) for one in found.columns]

    for row in found.rows:
        yield row_name(found, row), values(row.sums, row)
    yield _("Total"), values(found.total)
    earlier = f"{found.earlier.first:%Y-%m-%d} – {found.earlier.last:%Y-%m-%d}"
    yield _("Before: %(period)s") % {"period": earlier}, values(found.earlier_total)


def csv_rows(found: Report, said: Iterable[Line] | None = None) -> Iterator[list[str]]:
    """Yield the report as lines of text, times in seconds; `said` are its lines, None: all."""
    columns = found.columns
    heads = heads_of(found)
    seconds = [f"{head} (s)" for head in heads[1:]]
    yield [
        heads[0],
        *(
            seconds[place] if one.unit == TIME else heads[place + 1]
            for place, one in enumerate(columns)
        ),
    ]
    for name, values in lines(found) if said is None else said:
        cells = zip(columns, values, strict=True)
        yield [name, *(_csv_cell(one.unit, value, found) for one, value in cells)]


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
    workbook_write(found, target, lines(found))
    return target.getvalue()


def workbook_write(found: Report, target: BinaryIO, said: Iterable[Line]) -> None:
    """Write these lines of a report as a workbook."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    kind = found.asked.kind
    sheet = book.add_worksheet(str(KINDS[kind])[:31])
    bold = book.add_format({"bold": True})
    styles = {unit: book.add_format({"num_format": text}) for unit, text in FORMATS.items()}
    sheet.freeze_panes(1, 1)
    for place, head in enumerate(heads_of(found)):
        sheet.write_string(0, place, head, bold)
    for at, (name, values) in enumerate(said, start=1):
        # As text: no spreadsheet calculates it, and a number keeps its zeros.
        sheet.write_string(at, 0, name)
        for place, (one, value) in enumerate(zip(found.columns, values, strict=True), start=1):
            _cell_write(sheet, (at, place), value, found, one.unit, styles[one.unit])
    says = book.add_worksheet(_("Definitions")[:31])
    for at, one in enumerate(found.columns):
        title = str(COLUMN_TEXTS[kind][one.id][0])
        says.write_row(at, 0, [title, one.id, definition(found, one)])
    book.close()


def _cell_write(
    sheet: Any, place: tuple[int, int], value: Value, found: Report, unit: str, style: Any
) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(*place, value.astimezone(found.zone).replace(tzinfo=None), style)
    elif value is not None:
        sheet.write_number(*place, value / DAY_MS if unit == TIME else value, style)
