"""A report as a file of any form: for who downloads it, and for the mail that brings it."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.console.reports.files import csv_rows, heads_of, lines, workbook
from apps.console.reports.pages import charts_of, choice_for
from apps.console.reports.pdf import PDF_TYPE, document_of, pdf_of
from apps.console.reports.texts import KINDS
from apps.imports.downloads import csv_pieces
from apps.imports.exports import XLSX_TYPE
from apps.reports.selectors import Report, report
from apps.reports.sending import Attached

CSV_TYPE = "text/csv; charset=utf-8"


def file_name(found: Report, form: str) -> str:
    """Return how the file is called."""
    period = found.asked.period
    return f"{found.asked.kind}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{form}"


def content_of(found: Report, form: str, company: str) -> tuple[bytes, str]:
    """Return the report as a file's content and its type; an unknown form is a workbook.

    `MOST_LINES` lines are in a PDF; the others have all.
    """
    if form == "csv":
        return "".join(csv_pieces(csv_rows(found))).encode(), CSV_TYPE
    if form == "pdf":
        document = document_of(
            found,
            heads=heads_of(found),
            lines=list(lines(found)),
            charts=charts_of(found),
            company=company,
        )
        return pdf_of(document), PDF_TYPE
    return workbook(found), XLSX_TYPE


def attached(user: User, kind: str, query: str, form: str) -> Attached:
    """Return a kept report of now, as the person may see it (`HUAWU_REPORT_FILE`).

    Raises NotFoundError for a kind or an item that is no longer his.
    """
    found = report(user=user, asked=choice_for(QueryDict(query), kind, user).asked)
    company = user.tenant.name if user.tenant else ""
    content, content_type = content_of(found, form, company)
    period = found.asked.period
    days = f"{period.first:%Y-%m-%d} – {period.last:%Y-%m-%d}"
    return Attached(
        name=file_name(found, form),
        content=content,
        content_type=content_type.partition(";")[0],
        subject=f"{KINDS[kind]} {days}",
        body=_("The report %(name)s of %(days)s is attached. %(company)s")
        % {"name": KINDS[kind], "days": days, "company": company}
        + "\n",
    )
