"""Exports: what can be exported, and the file. A list's own app or page registers its source."""

import csv
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone, translation

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.imports import files, texts
from apps.imports.access import export_need
from apps.imports.choices import OPEN, ExportKind, FileKind, State
from apps.imports.downloads import BOM
from apps.imports.engine.formulas import cell_safe
from apps.imports.errors import NotReadyError, TooManyOpenError
from apps.imports.models import SILENT, ExportRun

MOST_OPEN = 5
# What is written while the person waits.
SMALL_ROWS = 2_000
BEAT_ROWS = 1_000
# A sheet ends there. Source: Excel specifications and limits.
MAX_SHEET_ROWS = 1_048_575
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CONTENT_TYPES = {
    ExportKind.CSV: "text/csv; charset=utf-8",
    ExportKind.XLSX: XLSX_TYPE,
    ExportKind.ZIP: "application/zip",
    ExportKind.PDF: "application/pdf",
}


@dataclass(frozen=True)
class ExportColumn:
    """One column: its title, and how a row's value is found.

    `is_number`: a telephone number, masked for who may not see numbers, always text. A value may
    be text, int, Decimal, date, an aware datetime, a list of texts, a bool or None.
    """

    label: str
    value: Callable[[Any], Any]
    is_number: bool = False


class ExportSource(Protocol):
    """A list that can be exported."""

    key: str

    @property
    def label(self) -> object:
        """Return its name for people; its text in the language in force."""
        ...

    def columns(self) -> list[ExportColumn]:
        """Return the columns, titled in the language in force."""
        ...

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Any]":
        """Return what the person's list shows with this filter: scope and filter in the query."""
        ...


Tell = Callable[[int, int], bool]


class FileSource(Protocol):
    """Something else than a list, which writes its file itself; always a worker's work.

    `label` is its name as a list's.
    """

    key: str

    @property
    def label(self) -> object:
        """Return its name for people; its text in the language in force."""
        ...

    def asked(self, user: User, query: QueryDict) -> str:
        """Return the query as it is kept, the person having the right; audited.

        Raises NotFoundError, ForbiddenError.
        """
        ...

    def kind(self, query: QueryDict) -> ExportKind:
        """Return what the file is, of a query that `asked` has returned."""
        ...

    def write(self, user: User, query: QueryDict, path: Path, tell: Tell) -> int:
        """Write the file for who may still have it; return its entries, or rows.

        `tell(written, in all)` now and then: False says that it was cancelled.
        """
        ...


_SOURCES: dict[str, ExportSource] = {}
_FILES: dict[str, FileSource] = {}


def register(source: ExportSource) -> None:
    """Make a list known; the same key again replaces it."""
    _SOURCES[source.key] = source


def register_file(source: FileSource) -> None:
    """Make something known that writes its file itself."""
    _FILES[source.key] = source


def source_get(key: str) -> ExportSource:
    """Return a source. Raises NotFoundError."""
    if key not in _SOURCES:
        raise NotFoundError(f"export {key[:40]!r}")
    return _SOURCES[key]


def source_label(key: str) -> str:
    """Return a source's name, its key when it is no longer known."""
    known: ExportSource | FileSource | None = _SOURCES.get(key) or _FILES.get(key)
    return str(known.label) if known else key


def export_ask(*, user: User, source: str, query: str, kind: str, language: str) -> ExportRun:
    """Ask for a file of a list; small ones are written at once, the rest is a worker's.

    So are all files that are no list: their source says of what kind they are, not `kind`.

    Raises ForbiddenError, NotFoundError, TooManyOpenError.
    """
    export_need(user)
    assert user.tenant_id is not None  # noqa: S101 - export_need saw to it
    if ExportRun.objects.filter(user=user, state__in=OPEN).count() >= MOST_OPEN:
        raise TooManyOpenError(str(MOST_OPEN))
    query = query.replace("\x00", "")[:2000]
    rows_all = 0
    if source in _FILES:
        query = _FILES[source].asked(user, QueryDict(query))
        kind = _FILES[source].kind(QueryDict(query))
    else:
        kind = ExportKind(FileKind(kind))
        rows_all = source_get(source).rows(user, QueryDict(query)).order_by().count()
    run = ExportRun.objects.create(
        tenant_id=user.tenant_id,
        user=user,
        source=source,
        query=query,
        kind=kind,
        language=language[:10],
        queued_at=timezone.now(),
        rows_all=rows_all,
    )
    audit_record(
        actor=user,
        tenant_id=user.tenant_id,
        action="export.ask",
        object_type="export",
        object_id=run.pk,
        detail={"list": source, "filter": query, "format": kind, "rows": run.rows_all},
    )
    if source not in _FILES and run.rows_all <= SMALL_ROWS:
        export_work(run.pk)
        run.refresh_from_db()
    return run


def export_work(run_id: int) -> None:
    """Write the file of an export, in the company's scope; safe to call at any time."""
    now = timezone.now()
    waiting = ExportRun.objects.filter(pk=run_id, state=State.WAITING)
    silent = ExportRun.objects.filter(pk=run_id, state=State.RUNNING, heartbeat_at__lt=now - SILENT)
    token = secrets.token_hex(16)
    claim = {
        "state": State.RUNNING,
        "token": token,
        "heartbeat_at": now,
        "started_at": now,
        "rows_read": 0,
        "updated_at": now,
    }
    if not (waiting.update(**claim) or silent.update(**claim)):
        return
    run = ExportRun.objects.select_related("user", "tenant").get(pk=run_id)
    name = files.new_name()
    path = files.part_path(name, "out")
    try:
        with translation.override(run.language or run.tenant.language):
            count = _write(run, path)
    except BaseException:
        path.unlink(missing_ok=True)
        _mine(run).update(state=State.FAILED, problem=texts.BROKE, ended_at=timezone.now())
        raise
    done = _mine(run).update(
        state=State.DONE,
        stored=name,
        size_bytes=path.stat().st_size,
        rows_read=count,
        ended_at=timezone.now(),
        updated_at=timezone.now(),
    )
    if not done:  # cancelled with the last row
        path.unlink(missing_ok=True)
        return
    _audit(run, "done", rows=count)


def export_cancel(*, run: ExportRun) -> None:
    """Stop an export that waits or runs."""
    now = timezone.now()
    ExportRun.objects.filter(pk=run.pk, state__in=OPEN).update(
        state=State.CANCELLED, token="", ended_at=now, updated_at=now
    )


def export_delete(*, run: ExportRun) -> None:
    """Remove an export and its file. Raises NotReadyError while it runs."""
    deleted, _models = ExportRun.objects.filter(pk=run.pk).exclude(state__in=OPEN).delete()
    if not deleted:
        raise NotReadyError(f"export {run.pk}")
    files.files_remove(run.stored)


def export_fetched(*, run: ExportRun) -> Path:
    """Return the file, and note that it was taken. Raises NotFoundError."""
    path = files.part_path(run.stored, "out") if run.is_fetchable else None
    if path is None or not path.is_file():
        raise NotFoundError(f"export {run.pk} has no file")
    _audit(run, "fetch", rows=run.rows_read)
    return path


def _audit(run: ExportRun, act: str, **detail: Any) -> None:
    audit_record(
        actor=run.user,
        tenant_id=run.tenant_id,
        action=f"export.{act}",
        object_type="export",
        object_id=run.pk,
        detail={"list": run.source, **detail},
    )


def _mine(run: ExportRun) -> "QuerySet[ExportRun]":
    rows: QuerySet[ExportRun] = ExportRun.objects.filter(
        pk=run.pk, token=run.token, state=State.RUNNING
    )
    return rows


def _write(run: ExportRun, path: Path) -> int:
    """Write the file, telling how far it is; return the rows."""
    assert run.user is not None  # noqa: S101 - a person who is gone asks for nothing
    if run.source in _FILES:
        path.touch(mode=0o600)
        tell = partial(_tell, run)
        return _FILES[run.source].write(run.user, QueryDict(run.query), path, tell)
    source = source_get(run.source)
    columns = source.columns()
    rows = source.rows(run.user, QueryDict(run.query))
    zone = ZoneInfo(run.tenant.timezone)
    count = 0
    path.touch(mode=0o600)
    with _table(path, run.kind, [column.label for column in columns]) as put:
        for row in rows.iterator(chunk_size=BEAT_ROWS):
            if run.kind == FileKind.XLSX and count >= MAX_SHEET_ROWS:
                break
            put([_value(column, row, run.user, zone) for column in columns])
            count += 1
            if not count % BEAT_ROWS and not _mine(run).update(
                heartbeat_at=timezone.now(), rows_read=count
            ):
                break  # cancelled; what was written is thrown away
    return count


def _tell(run: ExportRun, written: int, in_all: int) -> bool:
    """Keep how far a file is; say whether it is still wanted."""
    now = timezone.now()
    return bool(_mine(run).update(heartbeat_at=now, rows_read=written, rows_all=in_all))


def _value(column: ExportColumn, row: Any, user: User, zone: ZoneInfo) -> Any:
    value = column.value(row)
    if column.is_number:
        many = value if isinstance(value, list) else [value or ""]
        return "; ".join(number_for(user, number) for number in many if number)
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else value


Put = Callable[[Sequence[Any]], None]


def _table(path: Path, kind: str, header: list[str]) -> Any:
    return _workbook(path, header) if kind == FileKind.XLSX else _csv(path, header)


@contextmanager
def _csv(path: Path, header: list[str]) -> Iterator[Put]:
    with path.open("w", encoding="utf-8", newline="") as target:
        target.write(BOM)
        writer = csv.writer(target)
        writer.writerow([cell_safe(cell) for cell in header])

        def put(values: Sequence[Any]) -> None:
            writer.writerow([_csv_cell(value) for value in values])

        yield put


def _csv_cell(value: Any) -> str:
    if isinstance(value, int | Decimal):
        return str(value)  # a real number: a minus is no formula
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else cell_safe(str(value))


@contextmanager
def _workbook(path: Path, header: Iterable[str]) -> Iterator[Put]:
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(settings.HUAWU_DATA_DIR / "imports"),
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    try:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        bold = book.add_format({"bold": True})
        for column, text in enumerate(header):
            sheet.write_string(0, column, text, bold)
        at = 0

        def put(values: Sequence[Any]) -> None:
            nonlocal at
            at += 1
            for column, value in enumerate(values):
                if isinstance(value, int | Decimal):
                    sheet.write_number(at, column, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(at, column, value, time)
                elif isinstance(value, date):
                    sheet.write_datetime(at, column, value, day)
                elif value != "":
                    # As text: no spreadsheet calculates it, and a number keeps its zeros.
                    sheet.write_string(at, column, str(value).replace("\x00", "")[:32_767])

        yield put
    finally:
        book.close()
