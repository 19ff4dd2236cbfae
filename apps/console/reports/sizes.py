"""Which files of a report are made while a person waits for them, and which by a worker."""

from django.http import QueryDict

from apps.imports.choices import ExportKind
from apps.imports.exports import SMALL_ROWS
from apps.reports.shapes import Report

FORMS = {"xlsx": ExportKind.XLSX, "csv": ExportKind.CSV, "pdf": ExportKind.PDF}
# The total and that of the period before.
TOTALS = 2
# A line of 20 columns takes WeasyPrint 20 ms and more.
MOST_PDF_LINES = 100
# Which exports are whole reports; then the kind.
PREFIX = "reports-"


def form_of(query: QueryDict) -> str:
    """Return which file is asked for; a workbook unless it is said."""
    asked = query.get("format", "")
    return asked if asked in FORMS else "xlsx"


def is_big(found: Report, form: str) -> bool:
    """Say whether a file takes too long to be made while a person waits for it."""
    return len(found.rows) > (MOST_PDF_LINES - TOTALS if form == "pdf" else SMALL_ROWS)
