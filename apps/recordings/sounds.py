"""Measure every recording by itself and keep what was found; which of them stand out."""

import logging
import wave
from collections.abc import Iterator
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.calls.models import Leg
from apps.calls.selectors import call_states
from apps.core.tenancy import all_tenants
from apps.recordings.choices import PLAYABLE, Conversion, Fault, RecordingState
from apps.recordings.engine.outliers import reasons
from apps.recordings.engine.outline import Outline
from apps.recordings.engine.sound import Meter, Side, Sound
from apps.recordings.engine.wholeness import Span, is_shorter, within, written_holds
from apps.recordings.models import Recording, RecordingSound, RecordingWave
from apps.recordings.playing import original_opened
from apps.recordings.selectors import recording_list_for
from apps.recordings.services import CHANNELS, RATE, SAMPLE_BYTES

logger = logging.getLogger(__name__)

# What was measured by an older way is measured again.
VERSION = 1
FRAMES_A_PIECE = 64 * 1024
MOST_AT_ONCE = 200


class NotOurSoundError(ValueError):
    """The file is no two channels of 16 bit at 8 kHz."""


def _pieces(path: Path) -> Iterator[bytes]:
    with wave.open(str(path), "rb") as reader:
        shape = (reader.getnchannels(), reader.getsampwidth(), reader.getframerate())
        if shape != (CHANNELS, SAMPLE_BYTES, RATE):
            raise NotOurSoundError(f"channels, bytes, rate: {shape}")
        while piece := reader.readframes(FRAMES_A_PIECE):
            # A file that was cut may end within a frame.
            yield piece[: len(piece) - len(piece) % (CHANNELS * SAMPLE_BYTES)]


def sound_measure(recording: Recording) -> RecordingSound:
    """Measure one recording and keep it; one that cannot be read is kept with the fault.

    Then it may be converted. Safe to run twice: the newer writes over. About 9 queries.
    """
    meter, outline, values = Meter(), Outline(), {}
    try:
        with original_opened(recording) as path:
            for piece in _pieces(path):
                meter.take(piece)
                outline.take(piece)
        values = _values(meter.sound(without=_holds(recording, outline.duration_ms)))
        _wave_keep(recording, outline)
    except (OSError, EOFError, wave.Error, NotOurSoundError) as error:
        logger.warning("recording %s cannot be measured: %s", recording.path, error)
        values = {"fault": f"{type(error).__name__}: {error}"[:200]}
    found, _ = RecordingSound.objects.update_or_create(
        recording=recording,
        defaults={"tenant_id": recording.tenant_id, "version": VERSION, "fault": "", **values},
    )
    mine = Recording.objects.filter(pk=recording.pk)
    mine.update(is_measured=True)
    mine.filter(conversion="").update(
        conversion=Conversion.WAITING, conversion_due_at=timezone.now()
    )
    return found


def _wave_keep(recording: Recording, outline: Outline) -> None:
    agent, other = outline.points()
    values = {"duration_ms": outline.duration_ms, "agent": agent, "other": other}
    RecordingWave.objects.update_or_create(
        recording=recording, defaults={"tenant_id": recording.tenant_id, **values}
    )


def _holds(recording: Recording, duration_ms: int) -> list[Span]:
    """Return when the caller was held, as far as the file has it; a short recording becomes cut."""
    ended = (
        Leg.objects.filter(call=recording.call_id, uniqueid=recording.leg_uniqueid)
        .values_list("ended_at", flat=True)
        .first()
    )
    if ended is None:
        return []
    began = recording.started_at
    expected_ms = round((ended - began).total_seconds() * 1000)
    spans = hold_spans(recording, expected_ms)
    held_ms = sum(end - begin for begin, end in spans)
    if is_shorter(duration_ms=duration_ms, expected_ms=expected_ms, held_ms=held_ms):
        short = Recording.objects.filter(pk=recording.pk, state=RecordingState.READY)
        short.update(state=RecordingState.CUT, fault=Fault.SHORTER)
    return written_holds(spans, duration_ms=duration_ms, expected_ms=expected_ms)


def hold_spans(recording: Recording, duration_ms: int) -> list[Span]:
    """Return the holds of the call within the recording, from its beginning. 1 query."""
    began = recording.started_at
    state = call_states([recording.call])[recording.call_id]
    return within(
        (
            (
                round((since - began).total_seconds() * 1000),
                round((until - began).total_seconds() * 1000),
            )
            for since, until in state.hold_spans
        ),
        duration_ms,
    )


def _values(sound: Sound) -> dict[str, object]:
    why = reasons(sound)
    return {
        "duration_ms": sound.duration_ms,
        "silence_ms": sound.silence_ms,
        "longest_silence_ms": sound.longest_silence_ms,
        "crosstalk_ms": sound.crosstalk_ms,
        "turns": sound.turns,
        **_side("agent", sound.agent),
        **_side("other", sound.other),
        "reasons": f",{','.join(why)}," if why else "",
    }


def _side(name: str, side: Side) -> dict[str, object]:
    return {f"{name}_{field}": value for field, value in vars(side).items()}


def sounds_measure() -> int:
    """Measure what is playable and not measured yet, newest first; return how many."""
    with all_tenants("the worker serves every company"):
        rows = Recording.objects.select_related("call")
        waiting = rows.filter(is_measured=False, state__in=PLAYABLE)
        found = list(waiting.order_by("-pk")[:MOST_AT_ONCE])
        if not found:
            older = RecordingSound.objects.filter(version__lt=VERSION)
            ids = list(older.values_list("recording_id", flat=True)[:MOST_AT_ONCE])
            found = list(rows.filter(pk__in=ids, state__in=PLAYABLE))
            # Of what is gone the figures stay as they are.
            gone = set(ids) - {row.pk for row in found}
            RecordingSound.objects.filter(recording_id__in=gone).update(version=VERSION)
        for recording in found:
            sound_measure(recording)
    return len(found)


def outlier_list_for(*, user: User) -> "QuerySet[Recording]":
    """Return the recordings that stand out and that the person may hear, newest first. 1 query."""
    rows = recording_list_for(user=user).exclude(sound=None).exclude(sound__reasons="")
    return rows.select_related("call__customer", "agent__user", "sound")
