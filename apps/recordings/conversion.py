"""Make of each original the copy that is kept: claimed, converted, compared, stored, told.

A recording is claimed by a conditional update and given back with a reason when something is
wrong. Who was killed in the middle leaves a claim that runs out, a folder that the night removes,
and perhaps a stored file whose name the next try knows. The original goes last, if at all.
"""

import logging
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.recordings.choices import (
    HEALING,
    PLAYABLE,
    Conversion,
    Fault,
    KeptFormat,
    RecordingState,
    Trouble,
)
from apps.recordings.encoder import encode, heard, heard_wav
from apps.recordings.engine.back_off import MOST_TRIES, wait_s
from apps.recordings.engine.sealed import SALT_BYTES, seal
from apps.recordings.errors import ConversionError
from apps.recordings.kept_models import RecordingHold, RecordingPolicy
from apps.recordings.models import Recording
from apps.recordings.policies import recording_policy
from apps.recordings.services import FRAME_BYTES, PIECE_BYTES, RATE, file_sha256, recordings_folder
from apps.recordings.store import (
    FULL,
    RecordingFiles,
    kept_delete,
    kept_save,
    keys,
    recording_store,
)

logger = logging.getLogger(__name__)

LEASE_S = 1800
# Then other tasks have their turn; what is left is asked for again (tasks.py).
RUN_S = 20.0
BATCH = 50
NO_TOOL_S = 300
# Left for Asterisk, which writes on the same disk and cannot wait.
ROOM_BYTES = 64 * 1024 * 1024
DURATION_MS, LEVEL_DB, QUIET_DB = 150, 3.0, -50.0
WORK = ".work"


@dataclass(frozen=True)
class Kept:
    """A copy that is stored and as good as its original."""

    name: str
    format: str
    size_bytes: int
    sha256: str
    is_sealed: bool


def conversions_run() -> int:
    """Convert what waits until nothing does or the time is over; return how many were made.

    At most HUAWU_RECORDING_CONVERSIONS run at once in the installation; one more returns at once.
    """
    with _slot() as is_free:
        return _run() if is_free else 0


def conversions_due() -> "QuerySet[Recording]":
    """Return what may be converted now, in scope; the claims of who was killed among them."""
    under_way = (Conversion.WAITING, Conversion.RUNNING)
    rows: QuerySet[Recording] = Recording.objects.filter(
        conversion__in=under_way, conversion_due_at__lte=timezone.now()
    )
    return rows.order_by("conversion_due_at")


def conversions_are_due() -> bool:
    """Say whether anything may be converted now, of any company. 1 query."""
    with all_tenants("the worker serves every company"):
        return conversions_due().exists()


def _run() -> int:
    made, end = 0, time.monotonic() + RUN_S
    while time.monotonic() < end:
        with all_tenants("the worker serves every company"):
            rows = list(conversions_due().values_list("pk", "tenant_id")[:BATCH])
        if not rows:
            break
        for pk, tenant_id in rows:
            if time.monotonic() >= end:
                break
            with tenant_scope(tenant_id):
                trouble = recording_convert(pk)
            made += trouble == ""
            if trouble == Trouble.NO_TOOL:
                _all_wait_for_tool()
                return made
    return made


def recording_convert(pk: int) -> str:
    """Convert one recording that waits; return '' or the trouble, `taken` when it is another's.

    In the company's scope. Safe to run twice and in two workers.
    """
    found = _claim(pk)
    if found is None:
        return "taken"
    try:
        kept = _convert(found, recording_policy())
    except ConversionError as error:
        _give_back(found, error)
        return error.trouble
    _finish(found, kept)
    return ""


def _claim(pk: int) -> Recording | None:
    job, now = secrets.token_hex(6), timezone.now()
    dead = Recording.objects.filter(
        pk=pk, conversion=Conversion.RUNNING, conversion_due_at__lte=now
    ).values_list("conversion_job", flat=True)
    before = dead.first()
    claimed = Recording.objects.filter(
        pk=pk,
        conversion__in=(Conversion.WAITING, Conversion.RUNNING),
        conversion_due_at__lte=now,
        state__in=PLAYABLE,
    ).update(
        conversion=Conversion.RUNNING,
        conversion_job=job,
        conversion_due_at=now + timedelta(seconds=LEASE_S),
        conversion_tries=F("conversion_tries") + 1,
    )
    if not claimed:
        return None
    found: Recording = Recording.objects.get(pk=pk)
    if before:
        # Stored by a try that did not come to its end.
        for one in KeptFormat:
            for is_sealed in (False, True):
                _drop(_name(found, one, job=before, is_sealed=is_sealed))
    return found


def _name(recording: Recording, kept: KeptFormat, *, job: str, is_sealed: bool) -> str:
    day = recording.started_at.strftime("%Y-%m-%d")
    end = f"{kept.value}.sealed" if is_sealed else kept.value
    return f"kept/{recording.tenant_id}/{day}/{recording.pk}-{job}.{end}"


def _convert(recording: Recording, policy: RecordingPolicy) -> Kept | None:
    """Return the stored copy, None when the original is all that is wanted."""
    original = recordings_folder() / recording.path
    if not original.is_file():
        # Perhaps the folder is not mounted: it is looked for again before it is called missing.
        raise ConversionError(Trouble.BROKEN, "the original is gone")
    wanted = KeptFormat(policy.format)
    is_beside = isinstance(recording_store(), RecordingFiles)
    if wanted == KeptFormat.WAV and not policy.is_sealed and is_beside:
        return None
    if policy.is_sealed and not keys():
        raise ConversionError(Trouble.NO_KEY)
    if recording.sha256 and file_sha256(original) != recording.sha256:
        raise ConversionError(Trouble.MISMATCH, "the original is not what was recorded")
    _room_need(original)
    with _work_folder() as folder:
        plain = folder / f"plain.{wanted.value}"
        if wanted == KeptFormat.WAV:
            shutil.copyfile(original, plain)
        else:
            encode(original, plain, wanted)
        _compare(original, plain, wanted)
        ready = _sealed(plain, folder) if policy.is_sealed else plain
        name = _name(recording, wanted, job=recording.conversion_job, is_sealed=policy.is_sealed)
        size, digest = ready.stat().st_size, file_sha256(ready)
        return Kept(kept_save(ready, name), wanted.value, size, digest, policy.is_sealed)


def _compare(original: Path, copy: Path, wanted: KeptFormat) -> None:
    """Raise ConversionError unless the copy says for as long and as loudly what the original says.

    A side is compared where it is heard at all; both sides, so that they were not exchanged.
    """
    if wanted == KeptFormat.WAV:
        if file_sha256(original) != file_sha256(copy):
            raise ConversionError(Trouble.MISMATCH, "checksum")
        return
    most_s = max(60.0, original.stat().st_size / (RATE * FRAME_BYTES) / 20)
    first = heard_wav(original)
    second = heard(copy, wanted, most_s=most_s)
    lack_ms = abs(first.frames - second.frames) * 1000 // RATE
    if lack_ms > DURATION_MS:
        raise ConversionError(Trouble.MISMATCH, f"{lack_ms} ms are missing or too many")
    for side, (was, is_now) in enumerate(zip(first.levels_db, second.levels_db, strict=True)):
        if max(was, is_now) > QUIET_DB and abs(was - is_now) > LEVEL_DB:
            raise ConversionError(Trouble.MISMATCH, f"side {side}: {was:.1f} dB, {is_now:.1f} dB")


def _sealed(plain: Path, folder: Path) -> Path:
    target = folder / "sealed"
    with plain.open("rb") as source, target.open("wb") as out:
        pieces = iter(lambda: source.read(PIECE_BYTES), b"")
        for piece in seal(pieces, key=keys()[0], salt=secrets.token_bytes(SALT_BYTES)):
            out.write(piece)
    return target


def _room_need(original: Path) -> None:
    size, free = original.stat().st_size, shutil.disk_usage(original.parent).free
    if free < size + ROOM_BYTES:
        raise ConversionError(Trouble.DISK_FULL, f"{free // 1024**2} MB are free")


@contextmanager
def _work_folder() -> Iterator[Path]:
    """Give a folder on the disk of the recordings; whatever it holds goes at the end."""
    try:
        base = recordings_folder() / WORK
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base) as folder:
            yield Path(folder)
    except OSError as error:
        trouble = Trouble.DISK_FULL if error.errno in FULL else Trouble.STORAGE
        raise ConversionError(trouble, str(error)[:200]) from error


def _give_back(recording: Recording, error: ConversionError) -> None:
    """Say why it did not succeed and when it is tried again. A sound that is gone is missing."""
    mine = Recording.objects.filter(pk=recording.pk, conversion_job=recording.conversion_job)
    tries = recording.conversion_tries
    is_over = error.trouble not in HEALING and tries >= MOST_TRIES
    logger.warning("recording %s: %s", recording.pk, error, extra={"tries": tries})
    mine.update(
        conversion=Conversion.FAILED if is_over else Conversion.WAITING,
        conversion_due_at=None if is_over else timezone.now() + timedelta(seconds=wait_s(tries)),
        trouble=error.trouble,
        trouble_detail=error.detail[:200],
        updated_at=timezone.now(),
    )
    if is_over and not (recordings_folder() / recording.path).is_file():
        mine.filter(state__in=PLAYABLE).update(state=RecordingState.MISSING, fault=Fault.NO_FILE)


def _finish(recording: Recording, kept: Kept | None) -> None:
    mine = Recording.objects.filter(
        pk=recording.pk, conversion_job=recording.conversion_job, state__in=PLAYABLE
    )
    values: dict[str, object] = {
        "conversion": Conversion.DONE if kept else Conversion.NOTHING,
        "conversion_due_at": None,
        "trouble": "",
        "trouble_detail": "",
        "updated_at": timezone.now(),
    }
    if kept is not None:
        values |= {
            "kept_name": kept.name,
            "kept_format": kept.format,
            "kept_bytes": kept.size_bytes,
            "kept_sha256": kept.sha256,
            "is_sealed": kept.is_sealed,
        }
    if not mine.update(**values):
        # Erased or removed meanwhile, or another's by now: nobody would find this file again.
        _drop(kept.name if kept else "")
        return
    if kept is not None:
        original_drop(recording.pk)


def original_drop(pk: int) -> bool:
    """Remove the original of a recording whose copy is kept, if the company does not want it.

    Not while the call is held: a hold wants the sound as it was. 3 to 4 queries.
    """
    row: Recording | None = Recording.objects.filter(
        pk=pk, conversion=Conversion.DONE, has_original=True
    ).first()
    if row is None or not row.kept_name or recording_policy().keeps_original:
        return False
    if RecordingHold.objects.filter(call=row.call_id, released_at=None).exists():
        return False
    (recordings_folder() / row.path).unlink(missing_ok=True)
    Recording.objects.filter(pk=pk).update(has_original=False, updated_at=timezone.now())
    return True


def _drop(name: str) -> None:
    try:
        kept_delete(name)
    except ConversionError:
        logger.exception("the stored file %s could not be removed", name)


def _all_wait_for_tool() -> None:
    """Say of all that wait why they do: one reason, not a try of each."""
    now = timezone.now()
    with all_tenants("the worker serves every company"):
        Recording.objects.filter(conversion=Conversion.WAITING, conversion_due_at__lte=now).update(
            trouble=Trouble.NO_TOOL,
            trouble_detail="",
            conversion_due_at=now + timedelta(seconds=NO_TOOL_S),
        )


@contextmanager
def _slot() -> Iterator[bool]:
    """Take one of the places for conversions; a place of who was killed is free after a while."""
    mine = secrets.token_hex(6)
    for number in range(settings.HUAWU_RECORDING_CONVERSIONS):
        key = f"huawu:recordings:convert:{number}"
        if cache.add(key, mine, LEASE_S):
            try:
                yield True
            finally:
                if cache.get(key) == mine:
                    cache.delete(key)
            return
    yield False
