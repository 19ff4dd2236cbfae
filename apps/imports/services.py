"""Imports: take a file, map it, try it, start, cancel, undo, remove. The work is in `worker.py`."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.tenancy import all_tenants
from apps.imports import files
from apps.imports.access import import_need
from apps.imports.choices import OPEN, Duplicates, FileKind, Job, Mode, State
from apps.imports.engine.csv_rows import DELIMITERS
from apps.imports.engine.encodings import ENCODINGS
from apps.imports.engine.mapping import mapping_problems
from apps.imports.errors import FileGoneError, MappingError, NotReadyError, TooManyOpenError
from apps.imports.models import ExportRun, ImportedRow, ImportRun, ImportTemplate
from apps.imports.targets import target_get

# Of one company under way or waiting; they are worked off one after the other.
MOST_OPEN = 10
ORPHANED_S = 6 * 3600


def import_upload(*, user: User, target: str, file_name: str, pieces: Iterable[bytes]) -> ImportRun:
    """Take a file; a worker reads it next (`tasks.import_work_later`).

    The file's own name is shown and never used. Raises FileRefusedError, TooManyOpenError,
    ForbiddenError, NotFoundError.
    """
    import_need(user)
    assert user.tenant_id is not None  # noqa: S101 - import_need saw to it
    target_get(target)
    if ImportRun.objects.filter(state__in=OPEN).count() >= MOST_OPEN:
        raise TooManyOpenError(str(MOST_OPEN))
    stored, size, kind = files.upload_keep(pieces)
    shown = file_name.replace("\x00", "").replace("\\", "/").rsplit("/", 1)[-1].strip()
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                tenant_id=user.tenant_id,
                user=user,
                target=target,
                file_name=shown.encode("utf-8", "replace").decode()[:200] or "?",
                kind=kind,
                stored=stored,
                size_bytes=size,
                queued_at=timezone.now(),
            )
            _audit(run, user, "upload", size=size, kind=str(kind))
    except BaseException:
        files.files_remove(stored)
        raise
    return run


def import_read_as(
    *, run: ImportRun, encoding: str = "", delimiter: str = "", has_header: bool | None = None
) -> ImportRun:
    """Have the file read anew with what a person says of it. Raises NotReadyError."""
    values: dict[str, Any] = {"sample": [], "header": [], "mapping": {}, "checked": None}
    if encoding in ENCODINGS and run.kind == FileKind.CSV:
        values["encoding"] = encoding
    if delimiter in DELIMITERS and run.kind == FileKind.CSV:
        values["delimiter"] = delimiter
    if has_header is not None:
        values["has_header"] = has_header
    return _hand_over(run, Job.READ, from_states=(State.READY, State.FAILED), **values)


def import_map(
    *, run: ImportRun, mapping: Mapping[int, str], duplicates: str, mode: str
) -> ImportRun:
    """Say which column is which field and what to do. Raises MappingError, NotReadyError."""
    if mapping_problems(dict(mapping), target_get(run.target).fields()):
        raise MappingError(str(dict(mapping))[:200])
    if any(not 0 <= column < max(len(run.header), 1) for column in mapping):
        raise MappingError("no such column")
    changed = ImportRun.objects.filter(pk=run.pk, state=State.READY).update(
        mapping={str(column): key for column, key in sorted(mapping.items())},
        duplicates=Duplicates(duplicates),
        mode=Mode(mode),
        checked=None,
        updated_at=timezone.now(),
    )
    if not changed:
        raise NotReadyError(f"import {run.pk}")
    run.refresh_from_db()
    return run


def template_save(*, run: ImportRun, name: str, user: User) -> ImportTemplate:
    """Keep the mapping under a name for the next file; the same name is replaced."""
    header = run.header
    template: ImportTemplate
    template, _is_new = ImportTemplate.objects.update_or_create(
        tenant_id=run.tenant_id,
        target=run.target,
        name=name.replace("\x00", "").strip()[:60],
        defaults={
            "user": user,
            "columns": {
                header[column]: key
                for column, key in run.columns.items()
                if column < len(header) and header[column]
            },
            "duplicates": run.duplicates,
            "mode": run.mode,
        },
    )
    return template


def template_delete(*, template: ImportTemplate) -> None:
    """Forget a mapping."""
    template.delete()


def import_check(*, run: ImportRun) -> ImportRun:
    """Try the file without writing anything. Raises MappingError, NotReadyError."""
    _need_mapping(run)
    return _hand_over(run, Job.CHECK, from_states=(State.READY,), checked=None)


def import_start(*, run: ImportRun, user: User) -> ImportRun:
    """Import. Behind another import of the company it waits. Raises MappingError, NotReadyError."""
    _need_mapping(run)
    with transaction.atomic():
        run = _hand_over(run, Job.WRITE, from_states=(State.READY,))
        _audit(
            run,
            user,
            "start",
            target=run.target,
            mode=run.mode,
            duplicates=run.duplicates,
            rows=run.rows_all,
        )
    return run


def import_cancel(*, run: ImportRun, user: User) -> None:
    """Stop what waits or runs.

    Its worker notices with the next chunk, whose transaction then fails: best-effort keeps what
    was counted until now, all-or-nothing keeps nothing. A dry run or undo goes back to the person.
    """
    now = timezone.now()
    open_ = ImportRun.objects.filter(pk=run.pk, state__in=OPEN)
    with transaction.atomic():
        stopped = open_.filter(job__in=(Job.CHECK, Job.UNDO)).update(
            state=State.READY, token="", updated_at=now
        )
        ImportRun.objects.filter(pk=run.pk, state=State.READY, job=Job.UNDO).update(
            state=State.CANCELLED, job=Job.WRITE
        )
        stopped += open_.filter(job__in=(Job.READ, Job.WRITE)).update(
            state=State.CANCELLED, token="", ended_at=now, updated_at=now
        )
        if stopped:
            _audit(run, user, "cancel")


def import_undo(*, run: ImportRun, user: User) -> ImportRun:
    """Remove what the import made and nobody touched since. Raises NotReadyError."""
    if not run.can_be_undone:
        raise NotReadyError(f"import {run.pk}")
    with transaction.atomic():
        run = _hand_over(
            run, Job.UNDO, from_states=(State.DONE, State.CANCELLED, State.FAILED), keep_counts=True
        )
        _audit(run, user, "undo")
    return run


def import_delete(*, run: ImportRun, user: User) -> None:
    """Forget an import and its file; what it imported stays. Raises NotReadyError while open."""
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
        if locked.is_open:
            raise NotReadyError(f"import {run.pk}")
        _audit(locked, user, "delete")
        locked.delete()
    files.files_remove(run.stored)


def imports_clean(*, now: datetime | None = None) -> int:
    """Remove files and row lists older than the installation keeps them; return how many."""
    now = now or timezone.now()
    before = now - timedelta(days=settings.HUAWU_IMPORT_KEEP_DAYS)
    removed = 0
    with all_tenants("every company's files grow old"):
        for model in (ImportRun, ExportRun):
            old = model.objects.filter(updated_at__lt=before).exclude(stored="")
            for pk, stored in old.exclude(state__in=OPEN).values_list("pk", "stored"):
                ImportedRow.objects.filter(run=pk).delete() if model is ImportRun else None
                model.objects.filter(pk=pk).update(stored="", **_emptied(model))
                files.files_remove(stored)
                removed += 1
        in_use = set(ImportRun.objects.exclude(stored="").values_list("stored", flat=True))
        in_use |= set(ExportRun.objects.exclude(stored="").values_list("stored", flat=True))
    return removed + files.files_sweep(in_use, ORPHANED_S)


def _emptied(model: type[ImportRun] | type[ExportRun]) -> dict[str, Any]:
    return {"sample": []} if model is ImportRun else {}


def _need_mapping(run: ImportRun) -> None:
    if not run.stored:
        raise FileGoneError(f"import {run.pk}")
    if not run.mapping or mapping_problems(run.columns, target_get(run.target).fields()):
        raise MappingError(f"import {run.pk}")


def _hand_over(
    run: ImportRun,
    job: Job,
    *,
    from_states: tuple[State, ...],
    keep_counts: bool = False,
    **values: Any,
) -> ImportRun:
    """Make the run wait for a worker with a job, from its start. Raises NotReadyError."""
    if not run.stored:
        raise FileGoneError(f"import {run.pk}")
    now = timezone.now()
    if not keep_counts:
        counts = ("rows_read", "created", "updated", "skipped", "failed", "errors_at", "progress")
        values |= dict.fromkeys(counts, 0)
    changed = (
        ImportRun.objects.filter(pk=run.pk, state__in=from_states)
        .filter(~Q(stored=""))
        .update(
            job=job,
            state=State.WAITING,
            token="",
            position=0,
            attempts=0,
            problem="",
            queued_at=now,
            started_at=None,
            ended_at=None,
            heartbeat_at=None,
            updated_at=now,
            **values,
        )
    )
    if not changed:
        raise NotReadyError(f"import {run.pk}")
    run.refresh_from_db()
    return run


def _audit(run: ImportRun, user: User | None, act: str, **detail: Any) -> None:
    audit_record(
        actor=user,
        tenant_id=run.tenant_id,
        action=f"import.{act}",
        object_type="import",
        object_id=run.pk,
        detail=detail,
    )
