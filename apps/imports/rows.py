"""One chunk of rows: read as the target wants them, planned, written. Every row gets an outcome."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.errors import HuawuError
from apps.imports.choices import Duplicates
from apps.imports.engine.accounts import Account, Outcome
from apps.imports.engine.csv_rows import Row
from apps.imports.engine.fields import Field, row_texts
from apps.imports.engine.formulas import cell_unsafe
from apps.imports.models import ImportedRow, ImportRun
from apps.imports.seen import Seen
from apps.imports.targets import Found, RowRefusedError, Session
from apps.imports.texts import not_yours, row_fault

logger = logging.getLogger(__name__)

Fault = tuple[str, str, str]  # column, value, reason
MAX_SHOWN = 200


@dataclass
class Line:
    """One row on its way: what it says, what it was read as, what became of it."""

    row: Row
    texts: dict[str, str] = field(default_factory=dict)
    parsed: Any = None
    keys: Sequence[str] = ()
    outcome: Outcome | None = None
    faults: list[Fault] = field(default_factory=list)

    def failed(self, faults: list[Fault]) -> None:
        """Note why it is not kept."""
        self.outcome, self.faults = Outcome.FAILED, faults

    def as_error(self) -> list[Any]:
        """Return the line of the errors file."""
        return [self.row.number, self.row.cells, [list(fault) for fault in self.faults]]


@dataclass(frozen=True)
class Reading:
    """How the rows of a run are read."""

    run: ImportRun
    session: Session
    fields: Mapping[str, Field]

    def lines(self, rows: Sequence[Row]) -> list[Line]:
        """Read rows; those that do not fit have failed already. No query."""
        many = frozenset(key for key, one in self.fields.items() if one.is_many)
        columns = self.run.columns
        found = []
        for row in rows:
            line = Line(row)
            found.append(line)
            if row.fault:
                line.failed([("", "", row_fault(row.fault))])
                continue
            cells = [cell_unsafe(cell) for cell in row.cells]
            line.texts = row_texts(cells, columns, many)
            try:
                line.parsed = self.session.parse(line.texts)
                line.keys = self.session.keys(line.parsed)
            except RowRefusedError as refused:
                line.failed(self.faults(line, refused))
        return found

    def faults(self, line: Line, refused: RowRefusedError) -> list[Fault]:
        """Return the faults with the file's own names of columns."""
        columns: dict[str, str] = {}
        for column, key in self.run.columns.items():
            columns.setdefault(key, _name_of(self.run, column))
        return [
            (
                columns.get(key) or (self.fields[key].label if key in self.fields else key),
                line.texts.get(key, "")[:MAX_SHOWN],
                why,
            )
            for key, why in refused.fields.items()
        ]


def _name_of(run: ImportRun, column: int) -> str:
    name = run.header[column] if run.has_header and column < len(run.header) else ""
    return name or _("Column %(number)s") % {"number": column + 1}


def counted(account: Account, lines: Sequence[Line]) -> Account:
    """Return the account with the lines added. Every line has an outcome by now."""
    for line in lines:
        assert line.outcome is not None  # noqa: S101 - an uncounted row would be a lost one
        account = account.with_row(line.outcome)
    return account


def lines_plan(reading: Reading, lines: Sequence[Line], seen: Seen) -> None:
    """Say what would become of the lines; nothing is written. The queries of `existing`."""
    there = reading.session.existing({key for line in lines for key in line.keys})
    for line in lines:
        if line.outcome is not None:
            continue
        found = _found(line, there)
        if found is None and not any(key in seen for key in line.keys):
            line.outcome = Outcome.CREATED
            seen.add(line.keys)
        elif reading.run.duplicates == Duplicates.SKIP:
            line.outcome = Outcome.SKIPPED
        elif found is not None and not found.is_mine:
            line.failed([("", "", not_yours())])
        else:
            line.outcome = Outcome.UPDATED


def lines_write(reading: Reading, lines: Sequence[Line]) -> list[ImportedRow]:
    """Write the lines in the caller's transaction; return what was made and changed, unsaved."""
    writing = _Writing(
        reading, dict(reading.session.existing({k for ln in lines for k in ln.keys}))
    )
    for line in lines:
        if line.outcome is None:
            writing.take(line)
    writing.flush()
    return writing.kept


def _found(line: Line, there: Mapping[str, Found]) -> Found | None:
    return next((there[key] for key in line.keys if key in there), None)


class _Writing:
    """Rows that wait to be made together, and what is there already."""

    def __init__(self, reading: Reading, there: dict[str, Found]) -> None:
        self._reading, self._there = reading, there
        self._pending: list[Line] = []
        self._pending_keys: set[str] = set()
        self.kept: list[ImportedRow] = []

    def take(self, line: Line) -> None:
        """Keep the row for the next `flush`, or deal with it as one that is there already."""
        is_repeated = any(key in self._pending_keys for key in line.keys)
        duplicates = self._reading.run.duplicates
        if is_repeated and duplicates != Duplicates.SKIP:
            self.flush()  # what it repeats must be there before it can be changed
        found = _found(line, self._there)
        if found is None and not is_repeated:
            self._pending.append(line)
            self._pending_keys.update(line.keys)
        elif duplicates == Duplicates.SKIP:
            line.outcome = Outcome.SKIPPED
        elif found is None:
            # The row that it repeats was refused, so this one is the first of its kind.
            self._pending.append(line)
            self._pending_keys.update(line.keys)
        elif not found.is_mine:
            line.failed([("", "", not_yours())])
        else:
            self._change(line, found.object_id)

    def flush(self) -> None:
        """Make what waits."""
        pending, self._pending, self._pending_keys = self._pending, [], set()
        self._make(pending)

    def _make(self, lines: list[Line]) -> None:
        """Make rows together; when one is refused, halve until it is alone."""
        if not lines:
            return
        try:
            with transaction.atomic():
                made = self._reading.session.create([line.parsed for line in lines])
        except (RowRefusedError, HuawuError, IntegrityError, DataError) as error:
            if len(lines) == 1:
                self._refused(lines[0], error)
                return
            half = len(lines) // 2
            self._make(lines[:half])
            self._make(lines[half:])
            return
        for line, kept in zip(lines, made, strict=True):
            self._note(line, Outcome.CREATED, kept.object_id, kept.stamp)

    def _change(self, line: Line, object_id: int) -> None:
        only_empty = self._reading.run.duplicates == Duplicates.MERGE
        try:
            with transaction.atomic():
                kept = self._reading.session.change(object_id, line.texts, only_empty=only_empty)
        except (RowRefusedError, HuawuError, IntegrityError, DataError) as error:
            self._refused(line, error)
            return
        if kept is None:
            line.outcome = Outcome.SKIPPED
        else:
            self._note(line, Outcome.UPDATED, kept.object_id, kept.stamp)

    def _note(self, line: Line, outcome: Outcome, object_id: int, stamp: str) -> None:
        line.outcome = outcome
        for key in line.keys:
            self._there.setdefault(key, Found(object_id, is_mine=True))
        run = self._reading.run
        self.kept.append(
            ImportedRow(
                tenant_id=run.tenant_id,
                run=run,
                number=line.row.number,
                object_id=object_id,
                outcome=outcome.value,
                stamp=stamp,
            )
        )

    def _refused(self, line: Line, error: Exception) -> None:
        if isinstance(error, RowRefusedError):
            line.failed(self._reading.faults(line, error))
        elif isinstance(error, HuawuError):
            line.failed([("", "", str(error.text))])
        else:
            logger.info("import %s row %s: %s", self._reading.run.pk, line.row.number, error)
            line.failed([("", "", _("The database does not take this row."))])
