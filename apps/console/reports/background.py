"""A big report as a file that a worker makes: with progress, for who asked, gone after its time.

It is an export as any other (`apps.imports.exports`): its page tells how far it is and cancels it.
"""

from collections.abc import Iterator
from pathlib import Path

from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.console.reports.asked import MOST_FILE_DAYS, Choice, dated
from apps.console.reports.files import Line, csv_rows, heads_of, lines, workbook_write
from apps.console.reports.pages import charts_of, choice_for
from apps.console.reports.pdf import MOST_IN_BACKGROUND, LongPdf
from apps.console.reports.sizes import FORMS, PREFIX, form_of
from apps.console.reports.texts import KINDS
from apps.imports.access import export_need
from apps.imports.choices import ExportKind
from apps.imports.downloads import csv_pieces
from apps.imports.exports import Tell, register_file
from apps.reports.selectors import Report, report

# How many lines of a table are written between two looks whether it is still wanted.
BEAT_LINES = 500


class StoppedError(Exception):
    """Who asked has cancelled it."""


class ReportFile:
    """One kind of report as a file."""

    def __init__(self, kind: str) -> None:
        self.key = f"{PREFIX}{kind}"
        self.label = format_lazy("{}: {}", gettext_lazy("Reports"), KINDS[kind])
        self._kind = kind

    def asked(self, user: User, query: QueryDict) -> str:
        """Return what is asked for with its days, so that the file is of the day of asking."""
        found = dated(self._choice(user, query))
        return found.address(format=form_of(query))

    def kind(self, query: QueryDict) -> ExportKind:
        """Return what the file is."""
        return FORMS[form_of(query)]

    def write(self, user: User, query: QueryDict, path: Path, tell: Tell) -> int:
        """Write the report as the person may see it now; return its rows."""
        export_need(user)
        assert user.tenant is not None  # noqa: S101 - export_need saw to it
        found = report(user=user, asked=self._choice(user, query).asked)
        form = form_of(query)
        try:
            if form == "pdf":
                _pdf(found, path, user.tenant.name, tell)
            else:
                _table(found, form, path, tell)
        except StoppedError:
            pass  # what was written is thrown away
        return len(found.rows)

    def _choice(self, user: User, query: QueryDict) -> Choice:
        return choice_for(query, self._kind, user, most_days=MOST_FILE_DAYS)


def _told(found: Report, tell: Tell) -> Iterator[Line]:
    """Yield the lines, telling how far they are. Raises StoppedError."""
    every = len(found.rows)
    for at, line in enumerate(lines(found)):
        if not at % BEAT_LINES and not tell(min(at, every), every):
            raise StoppedError
        yield line


def _table(found: Report, form: str, path: Path, tell: Tell) -> None:
    with path.open("wb") as target:
        if form == "csv":
            for piece in csv_pieces(csv_rows(found, _told(found, tell))):
                target.write(piece.encode())
        else:
            workbook_write(found, target, _told(found, tell))


def _pdf(found: Report, path: Path, company: str, tell: Tell) -> None:
    every = min(len(found.rows), MOST_IN_BACKGROUND)
    made = LongPdf(
        found,
        heads=heads_of(found),
        lines=list(lines(found)),
        charts=charts_of(found),
        company=company,
    )
    wanted = tell(0, every)
    for at in made.pieces() if wanted else ():
        if not (wanted := tell(min(at, every), every)):
            break
    if not wanted:
        raise StoppedError
    path.write_bytes(made.pdf())


def files_register() -> None:
    """Make reports known as files that a worker writes."""
    for kind in KINDS:
        register_file(ReportFile(kind))
