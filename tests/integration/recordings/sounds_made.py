"""Recordings with sound in them, for tests of what becomes of them."""

import wave
from pathlib import Path
from typing import Any

import numpy as np

from apps.core.tenancy import all_tenants
from apps.recordings.conversion import conversions_run
from apps.recordings.models import Recording, RecordingState
from apps.recordings.services import file_sha256
from apps.recordings.sounds import sounds_measure
from tests.factories import RecordingFactory


def wav_make(path: Path, *, seconds: float = 4.0, agent_hz: int = 300, other_hz: int = 700) -> None:
    """Write a dialogue: the agent hums in the first half, the other, more quietly, after it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at = np.arange(int(seconds * 8000))
    half = len(at) // 2
    agent = np.where(at < half, 9000 * np.sin(2 * np.pi * agent_hz * at / 8000), 0)
    other = np.where(at >= half, 3000 * np.sin(2 * np.pi * other_hz * at / 8000), 0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.stack([agent, other], axis=1).astype("<i2").tobytes())


def recording_made(folder: Path, *, seconds: float = 4.0, **values: Any) -> Recording:
    """Make a playable recording of somebody, as the ingest leaves it."""
    row: Recording = RecordingFactory(state=RecordingState.READY, **values)
    path = folder / row.path
    wav_make(path, seconds=seconds)
    found = {
        "duration_ms": round(seconds * 1000),
        "size_bytes": path.stat().st_size,
        "sha256": file_sha256(path),
    }
    with all_tenants("test"):
        Recording.objects.filter(pk=row.pk).update(**found)
    row.refresh_from_db()
    return row


def looked_at(row: Recording) -> Recording:
    """Give the row as it is now."""
    with all_tenants("test"):
        found: Recording = Recording.objects.select_related("call").get(pk=row.pk)
    return found


def converted(row: Recording) -> Recording:
    """Let the worker measure and convert whatever waits; give the row as it is then."""
    sounds_measure()
    conversions_run()
    return looked_at(row)
