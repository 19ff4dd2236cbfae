"""Measure every recording by itself and keep what was found; which of them stand out."""

import logging
import wave
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.tenancy import all_tenants
from apps.recordings.engine.outliers import reasons
from apps.recordings.engine.sound import Side, Sound, measure
from apps.recordings.models import Recording, RecordingSound, RecordingState
from apps.recordings.selectors import recording_list_for
from apps.recordings.services import CHANNELS, RATE, SAMPLE_BYTES, recordings_folder

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

    Safe to run twice: the newer writes over. About 3 queries.
    """
    try:
        values = _values(measure(_pieces(recordings_folder() / recording.path)))
    except (OSError, EOFError, wave.Error, NotOurSoundError) as error:
        logger.warning("recording %s cannot be measured: %s", recording.path, error)
        values = {"fault": f"{type(error).__name__}: {error}"[:200]}
    found, _ = RecordingSound.objects.update_or_create(
        recording=recording,
        defaults={"tenant_id": recording.tenant_id, "version": VERSION, "fault": "", **values},
    )
    return found


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
        waiting = Recording.objects.filter(
            Q(sound=None) | Q(sound__version__lt=VERSION), state=RecordingState.READY
        )
        found = list(waiting.order_by("-pk")[:MOST_AT_ONCE])
        for recording in found:
            sound_measure(recording)
    return len(found)


def outlier_list_for(*, user: User) -> "QuerySet[Recording]":
    """Return the recordings that stand out and that the person may hear, newest first. 1 query."""
    rows = recording_list_for(user=user).exclude(sound=None).exclude(sound__reasons="")
    return rows.select_related("call__customer", "agent__user", "sound")
