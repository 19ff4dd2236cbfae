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

PDF_TYPE = "application/pdf"
# Some 30 pages; more is for a spreadsheet.
MOST_LINES = 1_000


class FetchRefusedError(HuawuError):
    """A document asked for something outside itself."""

    code = "reports.fetch"


def nothing_fetched(address: str, *_args: Any, **_named: Any) -> NoReturn:
    """Refuse to fetch; a report holds all that it shows."""
    raise FetchRefusedError(address[:100])


def pdf_of(
    found: Report,
    *,
    heads: list[str],
    lines: list[tuple[str, list[Any]]],
    charts: list[Chart],
    company: str,
) -> bytes:
    """Return the report as a PDF of A4 pages across, numbered, in the language in force."""
    kind = found.asked.kind
    cells = [(name, _cells(found, values)) for name, values in lines]
    context = {
        "title": KINDS[kind],
        "item": found.chosen,
        "company": company,
        "period": found.asked.period,
        "made_at": timezone.now().astimezone(found.zone),
        "language": get_language(),
        "heads": heads,
        "lines": cells[:MOST_LINES],
        "left_out": max(len(cells) - MOST_LINES, 0),
        "drawings": [one for chart in charts if (one := drawing(chart)) is not None],
        "definitions": [
            (COLUMN_TEXTS[kind][one.id][0], one.id, definition(found, one)) for one in found.columns
        ],
        "unheard_s": found.unheard_s,
    }
    text = render_to_string("console/reports/pdf.html", context)
    document = weasyprint.HTML(string=text, url_fetcher=nothing_fetched, base_url=None)
    made: bytes = document.write_pdf()
    return made


def _cells(found: Report, values: list[Any]) -> list[str]:
    pairs = zip(found.columns, values, strict=True)
    return [written(one, value, found.zone) for one, value in pairs]
