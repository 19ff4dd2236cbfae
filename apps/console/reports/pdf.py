"""A report as PDF: the same lines as the page, with its charts and definitions.

Nothing is fetched while it is made, whatever a name in it says: no network, no file.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

import weasyprint
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from apps.console.reports.charts import Chart
from apps.console.reports.files import Line
from apps.console.reports.sizes import TOTALS
from apps.console.reports.svg import drawing
from apps.console.reports.texts import COLUMN_TEXTS, KINDS, definition, written
from apps.core.errors import HuawuError
from apps.reports.shapes import Report

PDF_TYPE = "application/pdf"
# A line of 20 columns takes WeasyPrint 20 ms and more. What is beyond is for a spreadsheet: of a
# mail, and of what the worker makes for who asked for it.
MOST_LINES, MOST_IN_BACKGROUND = 1_000, 3_000
# How many lines between two looks whether it is still wanted: seconds, also on a busy machine.
PIECE_LINES = 100


class FetchRefusedError(HuawuError):
    """A document asked for something outside itself."""

    code = "reports.fetch"


def nothing_fetched(address: str, *_args: Any, **_named: Any) -> NoReturn:
    """Refuse to fetch; a report holds all that it shows."""
    raise FetchRefusedError(address[:100])


def _laid_out(document: str) -> Any:
    page = weasyprint.HTML(string=document, url_fetcher=nothing_fetched, base_url=None)
    return page.render()


def pdf_of(document: str) -> bytes:
    """Return a document as a PDF."""
    made: bytes = _laid_out(document).write_pdf()
    return made


def document_of(
    found: Report,
    *,
    heads: list[str],
    lines: list[Line],
    charts: list[Chart],
    company: str,
    most: int = MOST_LINES,
) -> str:
    """Return the report as a document of A4 pages across, numbered, in the language in force.

    Of more than `most` lines it says how many are left out; the totals, last, are always there.
    """
    shown, left_out = shown_of(lines, most)
    return _document(found, heads, shown, charts=charts, company=company, left_out=left_out)


def shown_of(lines: list[Line], most: int) -> tuple[list[Line], int]:
    """Return the lines that a PDF of `most` shows, the totals last, and how many it leaves out."""
    left_out = max(len(lines) - most, 0)
    return ([*lines[: most - TOTALS], *lines[-TOTALS:]] if left_out else lines), left_out


class LongPdf:
    """A long PDF, laid out piece by piece, so that it tells how far it is and can be stopped.

    Its pages are numbered on; of how many in all, nobody knows before the end.
    """

    def __init__(
        self,
        found: Report,
        *,
        heads: list[str],
        lines: list[Line],
        charts: list[Chart],
        company: str,
        most: int = MOST_IN_BACKGROUND,
    ) -> None:
        self._found, self._heads, self._charts, self._company = found, heads, charts, company
        self._shown, self._left_out = shown_of(lines, most)
        self._documents: list[Any] = []
        self._pages: list[Any] = []

    def pieces(self) -> Iterator[int]:
        """Lay one piece out after the other; yield how many lines there are so far."""
        every = len(self._shown)
        for at in range(0, every, PIECE_LINES):
            until = min(at + PIECE_LINES, every)
            document = _document(
                self._found,
                self._heads,
                self._shown[at:until],
                charts=[] if at else self._charts,
                company=self._company,
                left_out=self._left_out if until == every else 0,
                pages_before=len(self._pages),
                is_last=until == every,
            )
            self._documents.append(_laid_out(document))
            self._pages += self._documents[-1].pages
            yield until

    def pdf(self) -> bytes:
        """Return what is laid out as one PDF."""
        made: bytes = self._documents[0].copy(self._pages).write_pdf()
        return made


def _document(
    found: Report,
    heads: list[str],
    shown: list[Line],
    *,
    charts: list[Chart],
    company: str,
    left_out: int,
    pages_before: int | None = None,
    is_last: bool = True,
) -> str:
    kind = found.asked.kind
    cells = [(name, _cells(found, values)) for name, values in shown]
    context = {
        # Of a document in pieces nobody knows yet how many pages there will be.
        "first_page": None if pages_before is None else pages_before + 1,
        "is_last": is_last,
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
