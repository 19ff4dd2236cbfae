"""What a worker does with an import: read, try, write, undo. Killed anywhere, it goes on or begins
anew, and never writes a row twice (docs/adr/0018-imports-in-chunks.md).

A worker claims a run with a token of its own. Each step is one transaction that ends with a
conditional update of the run by that token: whoever was cancelled, or silent for so long that
another took over, fails there and its step is rolled back.
"""

import logging
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone, translation

from apps.audit.services import audit_record
from apps.imports import files, texts
from apps.imports.beats import Beats
from apps.imports.choices import FileKind, Job, Mode, State
from apps.imports.engine.accounts import Account
from apps.imports.engine.csv_rows import TOO_LONG, Row, delimiter_guess
from apps.imports.engine.encodings import encoding_guess
from apps.imports.engine.mapping import header_is_there, mapping_guess
from apps.imports.errors import FileRefusedError
from apps.imports.models import SILENT, ImportedRow, ImportRun
from apps.imports.rows import Line, Reading, counted, lines_plan, lines_write
from apps.imports.seen import Seen
from apps.imports.targets import target_get

logger = logging.getLogger(__name__)

CHUNK = 500
# A worker also converts sounds and sends notices: after so long it lets others have a turn.
TURN_S = 60.0
SAMPLE_ROWS = 20
BEAT_ROWS = 5_000
# A locked row, a database that starts again: so often is the same step tried.
MOST_ATTEMPTS = 5


class StoppedError(Exception):
    """The run was cancelled, or another worker has it."""


class FaultsError(Exception):
    """A row failed where all or none are wanted."""


def import_work(run_id: int) -> bool:
    """Do the next piece of a run, in the company's scope; return whether more is to be done.

    Safe to call at any time, any number of times: only who claims the run works on it.
    """
    run = _claim(run_id)
    if run is None:
        return False
    language = (run.user.language if run.user else "") or run.tenant.language
    try:
        with translation.override(language):
            return _JOBS[Job(run.job)](run)
    except StoppedError:
        return False
    except FileRefusedError as error:
        _end(run, State.FAILED, problem=error.code)
    except (OperationalError, InterfaceError) as error:
        _broken_off(run, error)
    except Exception:
        logger.exception("import %s broke", run.pk, extra={"tenant": run.tenant_id})
        _end(run, State.FAILED, problem=texts.BROKE)
    return False


def _claim(run_id: int) -> ImportRun | None:
    """Take a run that waits, or whose worker is silent; None when it is not to be had."""
    now = timezone.now()
    with transaction.atomic():
        run = (
            ImportRun.objects.select_for_update(no_key=True, of=("self",))
            .select_related("tenant", "user")
            .filter(pk=run_id)
            .filter(Q(state=State.WAITING) | Q(state=State.RUNNING, heartbeat_at__lt=now - SILENT))
            .first()
        )
        if run is None:
            return None
        if run.job in (Job.WRITE, Job.UNDO):
            _lock(run.tenant_id)
            if _is_behind(run):
                return None
        run.token, run.state, run.heartbeat_at = secrets.token_hex(16), State.RUNNING, now
        run.started_at = run.started_at or now
        if run.job == Job.CHECK:  # nothing was written, so it begins anew
            _zero(run)
        run.save()
    return run


def _lock(tenant_id: int) -> None:
    # Two workers that claim at once look one after the other.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('imports'), %s)", [tenant_id])


def _is_behind(run: ImportRun) -> bool:
    """Say whether another import of the company comes first: they run in the order asked for."""
    earlier = Q(queued_at__lt=run.queued_at) | Q(queued_at=run.queued_at, pk__lt=run.pk)
    return (
        ImportRun.objects.filter(job__in=(Job.WRITE, Job.UNDO))
        .filter(Q(state=State.RUNNING) | Q(state=State.WAITING) & earlier)
        .exclude(pk=run.pk)
        .exists()
    )


def _zero(run: ImportRun) -> None:
    run.rows_read = run.created = run.updated = run.skipped = run.failed = 0
    run.position = run.errors_at = run.progress = 0


def _told(run: ImportRun, **values: Any) -> None:
    """Write the run's progress, if it is still ours. Raises StoppedError."""
    now = timezone.now()
    mine = ImportRun.objects.filter(pk=run.pk, token=run.token, state=State.RUNNING)
    if not mine.update(heartbeat_at=now, updated_at=now, **values):
        raise StoppedError
    for name, value in values.items():
        setattr(run, name, value)


def _end(run: ImportRun, state: State, **values: Any) -> None:
    """End a job; a run that is no longer ours stays as it is."""
    now = timezone.now()
    ImportRun.objects.filter(pk=run.pk, token=run.token, state=State.RUNNING).update(
        state=state, ended_at=now, updated_at=now, **values
    )


def _broken_off(run: ImportRun, error: Exception) -> None:
    """Leave the run as a killed worker leaves it: another one takes it over in a minute.

    What the step wrote is rolled back. Should the database not even take this, the same follows.
    """
    logger.warning("import %s broken off: %s", run.pk, error, extra={"tenant": run.tenant_id})
    connection.close_if_unusable_or_obsolete()
    mine = ImportRun.objects.filter(pk=run.pk, token=run.token, state=State.RUNNING)
    mine.update(attempts=F("attempts") + 1)
    if mine.filter(attempts__gte=MOST_ATTEMPTS).exists():
        _end(run, State.FAILED, problem=texts.BROKE)


def _counts(account: Account) -> dict[str, int]:
    return {
        "rows_read": account.read,
        "created": account.created,
        "updated": account.updated,
        "skipped": account.skipped,
        "failed": account.failed,
    }


def _reading(run: ImportRun) -> Reading:
    target = target_get(run.target)
    session = target.open(tenant_id=run.tenant_id, actor=run.user)
    return Reading(run, session, {field.key: field for field in target.fields()})


def _chunks(run: ImportRun) -> Iterator[tuple[list[Row], int]]:
    """Yield the rows behind the run's position, without the header, and the byte behind them."""
    position = run.position
    while True:
        rows, end = files.rows_read(run.stored, position, CHUNK)
        if not rows:
            return
        yield (rows[1:] if not position and run.has_header else rows), end
        position = end


# --- read ---------------------------------------------------------------------------------------


def _read(run: ImportRun) -> bool:
    path = files.part_path(run.stored, "upload")
    is_first = not run.rows_all
    if run.kind == FileKind.CSV:
        sample = files.sample_of(path)
        run.encoding = run.encoding or encoding_guess(sample)
        if not run.delimiter:
            run.delimiter = delimiter_guess(sample.decode(run.encoding, "replace"))
    rows = files.file_rows(path, run.kind, run.encoding, run.delimiter)
    count = files.rows_write(run.stored, _with_beats(run, rows))
    first, _end_at = files.rows_read(run.stored, 0, SAMPLE_ROWS + 1)
    fields = target_get(run.target).fields()
    if is_first:
        # A line that was cut because it never ended names no columns; it counts as a row.
        run.has_header = first[0].fault != TOO_LONG and header_is_there(first[0].cells, fields)
    width = max(len(row.cells) for row in first)
    header = first[0].cells if run.has_header else []
    header = [*header, *[""] * (width - len(header))]
    _told(
        run,
        encoding=run.encoding,
        delimiter=run.delimiter,
        has_header=run.has_header,
        header=header,
        sample=[list(row) for row in (first[1:] if run.has_header else first[:SAMPLE_ROWS])],
        mapping={str(at): key for at, key in mapping_guess(header, fields).items()},
        rows_all=count - run.has_header,
        state=State.READY,
        progress=0,
    )
    return False


def _with_beats(run: ImportRun, rows: Iterable[Row]) -> Iterator[Row]:
    for at, row in enumerate(rows, 1):
        if not at % BEAT_ROWS:
            _told(run, progress=at)
        yield row


# --- check --------------------------------------------------------------------------------------


def _check(run: ImportRun) -> bool:
    account = _look_over(run, _reading(run))
    counts = _counts(account)
    _told(run, checked=counts, state=State.READY, ended_at=timezone.now())
    return False


def _look_over(run: ImportRun, reading: Reading) -> Account:
    """Plan every row, write the errors; leave the counts in the run. Raises StoppedError."""
    account = Account()
    with Seen() as seen:
        for rows, _end_at in _chunks(run):
            lines = reading.lines(rows)
            lines_plan(reading, lines, seen)
            account = counted(account, lines)
            errors_at = files.errors_append(run.stored, run.errors_at, _errors(lines))
            _told(run, errors_at=errors_at, progress=account.read, **_counts(account))
    return account


def _errors(lines: Iterable[Line]) -> list[list[Any]]:
    return [line.as_error() for line in lines if line.faults]


# --- write --------------------------------------------------------------------------------------


def _write(run: ImportRun) -> bool:
    reading = _reading(run)
    if run.mode == Mode.ALL_OR_NOTHING:
        _write_all(run, reading)
        return False
    until = time.monotonic() + TURN_S
    for rows, end in _chunks(run):
        with transaction.atomic():
            lines = reading.lines(rows)
            ImportedRow.objects.bulk_create(lines_write(reading, lines))
            account = counted(run.account, lines)
            # On the disk before the commit that names its end; cut off there after a kill.
            errors_at = files.errors_append(run.stored, run.errors_at, _errors(lines))
            _told(
                run,
                position=end,
                errors_at=errors_at,
                progress=account.read,
                attempts=0,
                **_counts(account),
            )
        if time.monotonic() > until:
            # Back in the line, at its head: it keeps `queued_at`.
            _told(run, state=State.WAITING)
            return True
    _done(run)
    return False


def _write_all(run: ImportRun, reading: Reading) -> None:
    """All rows in one transaction, after all were looked over; a kill rolls everything back."""
    _told(run, position=0, errors_at=0, progress=0, **_counts(Account()))
    account = _look_over(run, reading)
    if account.failed:
        _nothing(run, account.failed)
        return
    _told(run, progress=0, **_counts(Account()))
    account, wrong = Account(), []
    try:
        with Beats(run) as beats, transaction.atomic():
            for rows, _end_at in _chunks(run):
                lines = reading.lines(rows)
                ImportedRow.objects.bulk_create(lines_write(reading, lines))
                account = counted(account, lines)
                if wrong := _errors(lines):
                    raise FaultsError
                beats.reached(account.read)
            beats.end()
            _told(run, progress=account.read, **_counts(account))
            _done(run)
    except FaultsError:
        # Somebody else's row came between the look and the writing.
        run.errors_at = 0
        _nothing(run, len(wrong), files.errors_append(run.stored, 0, wrong))


def _nothing(run: ImportRun, failed: int, errors_at: int | None = None) -> None:
    """Say that no row was kept: those without a fault were left out too."""
    account = Account(run.rows_all, 0, 0, run.rows_all - failed, failed)
    more = {} if errors_at is None else {"errors_at": errors_at}
    _told(
        run,
        state=State.FAILED,
        problem=texts.HAS_FAULTS,
        ended_at=timezone.now(),
        **_counts(account),
        **more,
    )


def _done(run: ImportRun) -> None:
    with transaction.atomic():
        _told(run, state=State.DONE, ended_at=timezone.now())
        audit_record(
            actor=run.user,
            tenant_id=run.tenant_id,
            action="import.done",
            object_type="import",
            object_id=run.pk,
            detail=_counts(run.account),
        )


# --- undo ---------------------------------------------------------------------------------------


def _undo(run: ImportRun) -> bool:
    reading = _reading(run)
    until = time.monotonic() + TURN_S
    made = ImportedRow.objects.filter(run=run, outcome="created")
    while rows := list(made.filter(pk__gt=run.position).order_by("pk")[:CHUNK]):
        with transaction.atomic():
            removed = reading.session.remove({row.object_id: row.stamp for row in rows})
            _told(
                run,
                position=rows[-1].pk,
                attempts=0,
                undone=run.undone + removed,
                undo_kept=run.undo_kept + len(rows) - removed,
                progress=run.undone + run.undo_kept + len(rows),
            )
        if time.monotonic() > until:
            _told(run, state=State.WAITING)
            return True
    _told(run, state=State.UNDONE, ended_at=timezone.now())
    return False


_JOBS = {Job.READ: _read, Job.CHECK: _check, Job.WRITE: _write, Job.UNDO: _undo}
