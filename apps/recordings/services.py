"""Turn what MixMonitor wrote into recordings that can be played.

MixMonitor writes raw samples: two channels interleaved (what the agent said, what the agent heard),
signed 16 bit little endian, 8 kHz. A complete file becomes a WAV of the same name beside it.
"""

import hashlib
import logging
import time
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.core.folders import path_inside
from apps.core.tenancy import all_tenants
from apps.recordings.choices import Fault, RecordingState
from apps.recordings.models import Recording

logger = logging.getLogger(__name__)

RATE = 8000
CHANNELS = 2
SAMPLE_BYTES = 2
FRAME_BYTES = CHANNELS * SAMPLE_BYTES
PIECE_BYTES = 256 * 1024
WAV_HEADER = 44
STILL_GROWING_S = 10.0
MISSING_AFTER_S = 3600
NOT_HEARD_YET = (RecordingState.RUNNING, RecordingState.MISSING)


def recordings_folder() -> Path:
    """Return the folder that Asterisk records into."""
    return Path(settings.HUAWU_ASTERISK_DIR) / "recordings"


@dataclass(frozen=True)
class Begun:
    """A recording that Asterisk has begun; `path` is the file that it writes."""

    call: Call
    leg_uniqueid: str
    agent: Agent | None
    path: str
    at: datetime


def recordings_started(found: Iterable[Begun]) -> None:
    """Make the rows of recordings that have begun; the same ones again are ignored. 1 query.

    Those whose path lies outside the recordings folder or whose call has no company are refused.
    """
    rows = [row for one in found if (row := _row(one)) is not None]
    if rows:
        Recording.objects.bulk_create(rows, ignore_conflicts=True)


def recording_started(
    *, call: Call, leg_uniqueid: str, agent: Agent | None, path: str, at: datetime
) -> Recording | None:
    """Make the row of one recording and return it, None when it is refused. 2 queries."""
    row = _row(Begun(call, leg_uniqueid, agent, path, at))
    if row is None:
        return None
    Recording.objects.bulk_create([row], ignore_conflicts=True)
    return Recording.objects.get(path=row.path)


def _row(begun: Begun) -> Recording | None:
    call, relative = begun.call, path_inside(recordings_folder(), begun.path)
    if relative is None or call.tenant_id is None:
        logger.error("recording %.200r refused", begun.path, extra={"linkedid": call.linkedid})
        return None
    return Recording(
        tenant_id=call.tenant_id,
        call=call,
        leg_uniqueid=begun.leg_uniqueid,
        agent=begun.agent,
        path=str(relative.with_suffix(".wav")),
        started_at=begun.at,
    )


def recording_ingest(recording: Recording, *, is_complete: bool = False) -> bool:
    """Make the WAV and mark the row ready; return whether it can be played now.

    Safe to run twice and in two workers: the WAV is written beside and renamed, and only the row's
    change from running counts. Unless Asterisk said that the file `is_complete`, that of a live
    call or one written to a moment ago is left: in a hold nothing may be written for long.
    """
    wav = recordings_folder() / recording.path
    raw = wav.with_suffix(".raw")
    if raw.exists() and not is_complete:
        is_live = recording.call.ended_at is None
        if is_live or time.time() - raw.stat().st_mtime < STILL_GROWING_S:
            return False
    if raw.exists():
        _wav_write(raw, wav)
    if not wav.exists():
        return _missing(recording)
    try:
        duration_ms, is_cut = _length(wav)
    except (EOFError, wave.Error):
        # The file stays as it is: somebody may still get something out of it.
        return _faulty(recording, Fault.UNREADABLE)
    if duration_ms == 0 and recording.call.answered_at is not None:
        return recording.call.ended_at is not None and _faulty(recording, Fault.EMPTY)
    if duration_ms == 0:
        # MixMonitor makes its file when a call is dialled; nobody answered, so nothing is in it.
        raw.unlink(missing_ok=True)
        wav.unlink()
        recording.delete()
        return False
    changed = Recording.objects.filter(pk=recording.pk, state__in=NOT_HEARD_YET)
    changed.update(
        state=RecordingState.CUT if is_cut else RecordingState.READY,
        fault=Fault.FILE_CUT if is_cut else "",
        duration_ms=duration_ms,
        size_bytes=wav.stat().st_size,
        sha256=file_sha256(wav),
        updated_at=datetime.now(UTC),
    )
    raw.unlink(missing_ok=True)
    return True


def _missing(recording: Recording) -> bool:
    age_s = (datetime.now(UTC) - recording.started_at).total_seconds()
    if age_s > MISSING_AFTER_S and recording.call.ended_at is not None:
        _faulty(recording, Fault.NO_FILE)
    return False


def _faulty(recording: Recording, fault: Fault) -> bool:
    """Say that there is nothing to hear, and why; return False."""
    changed = Recording.objects.filter(pk=recording.pk, state=RecordingState.RUNNING)
    if changed.update(state=RecordingState.MISSING, fault=fault, updated_at=datetime.now(UTC)):
        logger.error("recording %s: %s", recording.path, fault.value)
    return False


def _length(wav: Path) -> tuple[int, bool]:
    """Return milliseconds, and whether the file ends before its header says."""
    with wave.open(str(wav), "rb") as reader:
        said, rate = reader.getnframes(), reader.getframerate()
        frame = reader.getnchannels() * reader.getsampwidth()
    there = min(said, max(0, wav.stat().st_size - WAV_HEADER) // frame)
    return there * 1000 // rate, there < said


def _wav_write(raw: Path, wav: Path) -> None:
    temporary = wav.with_suffix(f".{time.monotonic_ns()}.tmp")
    try:
        _wav_fill(raw, temporary)
        temporary.replace(wav)
    finally:
        # A full disk leaves no half of a file behind, which would fill it more each minute.
        temporary.unlink(missing_ok=True)


def _wav_fill(raw: Path, temporary: Path) -> None:
    with raw.open("rb") as source, wave.open(str(temporary), "wb") as target:
        target.setnchannels(CHANNELS)
        target.setsampwidth(SAMPLE_BYTES)
        target.setframerate(RATE)
        rest = b""
        while piece := source.read(PIECE_BYTES):
            piece = rest + piece
            whole = len(piece) - len(piece) % FRAME_BYTES
            target.writeframesraw(piece[:whole])
            rest = piece[whole:]  # half a frame at the very end was cut off by a crash


def file_sha256(path: Path) -> str:
    """Return the checksum of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recording_ingest_path(path: str) -> bool:
    """Ingest the recording that Asterisk has said is complete."""
    relative = path_inside(recordings_folder(), path)
    if relative is None:
        return False
    with all_tenants("Asterisk knows no company"):
        recording = (
            Recording.objects.select_related("call")
            .filter(path=str(relative.with_suffix(".wav")))
            .first()
        )
        return recording_ingest(recording, is_complete=True) if recording else False


def recording_ingest_paths(paths: Iterable[str]) -> int:
    """Ingest recordings that Asterisk has said are complete; return how many became ready."""
    made = 0
    for path in paths:
        try:
            made += recording_ingest_path(path)
        except (OSError, EOFError, wave.Error):
            logger.exception("recording %s cannot be read", path)
    return made


def recordings_ingest() -> int:
    """Ingest everything that is complete and not ready yet; return how many became ready."""
    with all_tenants("the worker serves every company"):
        waiting = Recording.objects.select_related("call").filter(state=RecordingState.RUNNING)
        return sum(_ingest_or_log(recording) for recording in waiting.order_by("pk")[:1000])


def _ingest_or_log(recording: Recording) -> bool:
    try:
        return recording_ingest(recording)
    except (OSError, EOFError, wave.Error):
        # One bad file must not keep all later ones waiting.
        logger.exception("recording %s cannot be read", recording.path)
        return False


def recordings_scan() -> int:
    """Make rows for files without one (we were down when they began); return how many.

    The name `<linkedid>-<uniqueid>.raw` (`~2` and so on for a channel's later ones) says which call
    it is; a file of no known call is left.
    """
    made = 0
    folder = recordings_folder()
    with all_tenants("a node serves every company"):
        for raw in sorted(folder.rglob("*.raw")) if folder.exists() else []:
            relative = raw.relative_to(folder).with_suffix(".wav")
            if Recording.objects.filter(path=str(relative)).exists():
                continue
            made += _adopt(raw)
    return made


def _adopt(raw: Path) -> int:
    # `pbx1-1795442293.0-pbx1-1795442293.1`: the linkedid is what a known call has.
    parts = raw.stem.split("-")
    for end in range(1, len(parts)):
        linkedid = "-".join(parts[:end])
        call = Call.objects.filter(linkedid=linkedid).first()
        if call is None:
            continue
        uniqueid = "-".join(parts[end:]).partition("~")[0]
        leg = call.legs.filter(uniqueid=uniqueid).first()
        with transaction.atomic():
            recording_started(
                call=call,
                leg_uniqueid=uniqueid,
                agent=leg.agent if leg else call.agent,
                path=str(raw),
                at=leg.answered_at if leg and leg.answered_at else call.started_at,
            )
        return 1
    return 0
