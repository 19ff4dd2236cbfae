"""A report as PDF: the same lines as the page, with its charts and definitions.

Nothing is fetched while it is made, whatever a name in it says: no network, no file.
"""

from typing import Any, NoReturn

import weasyprint
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from apps.console.reports.charts import Chart
from apps.console.reports.svg import drawing
from apps.console.reports.texts import COLUMN_TEXTS, KINDS, definition, written
from apps.core.errors import HuawuError
from apps.reports.shapes import Report

# The total and that of the period before.
TOTALS = 2
PDF_TYPE = "application/pdf"
# A line of 20 columns takes WeasyPrint 20 ms and more: a page is made while a person waits for it,
# the worker has time. What is beyond is for a spreadsheet.
MOST_AT_ONCE, MOST_LINES = 100, 1_000


class FetchRefusedError(HuawuError):
    """A document asked for something outside itself."""

    code = "reports.fetch"


def nothing_fetched(address: str, *_args: Any, **_named: Any) -> NoReturn:
    """Refuse to fetch; a report holds all that it shows."""
    raise FetchRefusedError(address[:100])


def pdf_of(document: str) -> bytes:
    """Return a document as a PDF."""
    page = weasyprint.HTML(string=document, url_fetcher=nothing_fetched, base_url=None)
    made: bytes = page.write_pdf()
    return made


def document_of(
    found: Report,
    *,
    heads: list[str],
    lines: list[tuple[str, list[Any]]],
    charts: list[Chart],
    company: str,
    most: int = MOST_LINES,
) -> str:
    """Return the report as a document of A4 pages across, numbered, in the language in force.

    Of more than `most` lines it says how many are left out; the totals, last, are always there.
    """
    kind = found.asked.kind
    left_out = max(len(lines) - most, 0)
    shown = [*lines[: most - TOTALS], *lines[-TOTALS:]] if left_out else lines
    cells = [(name, _cells(found, values)) for name, values in shown]
    context = {
        "title": KINDS[kind],
        "item": found.chosen,
        "company": company,
        "period": found.asked.period,
        "made_at": timezone.now().astimezone(found.zone),
        "language": get_language(),
        "heads": heads,
        "lines": cells,
        "left_out": left_out,
        "drawings": [one for chart in charts if (one := drawing(chart)) is not None],
        "definitions": [
            (COLUMN_TEXTS[kind][one.id][0], one.id, definition(found, one)) for one in found.columns
        ],
        "unheard_s": found.unheard_s,
    }
    return render_to_string("console/reports/pdf.html", context)


def _cells(found: Report, values: list[Any]) -> list[str]:
    pairs = zip(found.columns, values, strict=True)
    return [written(one, value, found.zone) for one, value in pairs]
