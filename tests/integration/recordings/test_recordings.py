"""Raw samples become WAVs once; nothing outside the folder is ever touched."""

import os
import time
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.core.folders import path_inside
from apps.core.tenancy import all_tenants, tenant_scope
from apps.recordings.models import Recording, RecordingState
from apps.recordings.services import (
    recording_ingest_path,
    recording_started,
    recordings_folder,
    recordings_ingest,
    recordings_scan,
)
from tests.factories import CallFactory, LegFactory

pytestmark = pytest.mark.django_db
SECOND = 8000 * 4


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def raw_file(folder: Path, name: str, size: int = SECOND, *, is_old: bool = True) -> Path:
    """Make a raw recording; an old one has been complete for a while."""
    path = folder / "demo/2026/11/23" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    if is_old:
        os.utime(path, (time.time() - 60, time.time() - 60))
    return path


def started(call: Any, path: Path) -> Recording | None:
    """Tell of a recording as the listener does."""
    return recording_started(
        call=call, leg_uniqueid="pbx1-1.1", agent=None, path=str(path), at=datetime.now(UTC)
    )


def test_complete_raw_becomes_a_stereo_wav_and_goes(folder: Path) -> None:
    raw = raw_file(folder, "a.raw", 3 * SECOND)
    call = CallFactory()
    with all_tenants("test"):
        started(call, raw)
        assert recording_ingest_path(str(raw))
        row = Recording.objects.get()
    assert (row.state, row.duration_ms) == (RecordingState.READY, 3000)
    assert not raw.exists()
    with wave.open(str(folder / row.path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)


def test_call_that_nobody_answered_has_no_recording(folder: Path) -> None:
    raw = raw_file(folder, "a.raw", 0)
    with all_tenants("test"):
        started(CallFactory(answered_at=None, outcome="failed"), raw)
        assert not recording_ingest_path(str(raw))
        assert not Recording.objects.exists()
        recordings_scan()
        assert not Recording.objects.exists()
    assert list(folder.rglob("*.*")) == []


def test_ingest_twice_is_harmless(folder: Path) -> None:
    raw = raw_file(folder, "a.raw")
    with all_tenants("test"):
        started(CallFactory(), raw)
        assert recording_ingest_path(str(raw))
        before = Recording.objects.get().sha256
        assert recording_ingest_path(str(raw))
        assert Recording.objects.get().sha256 == before


def test_half_a_frame_at_the_end_is_left_out(folder: Path) -> None:
    raw = raw_file(folder, "a.raw", SECOND + 3)
    with all_tenants("test"):
        started(CallFactory(), raw)
        assert recording_ingest_path(str(raw))
        assert Recording.objects.get().duration_ms == 1000


def test_file_that_still_grows_is_left_alone(folder: Path) -> None:
    raw = raw_file(folder, "a.raw", is_old=False)
    with all_tenants("test"):
        started(CallFactory(ended_at=None, status="talking"), raw)
    assert recordings_ingest() == 0
    assert raw.exists()


def test_old_file_of_a_live_call_is_left_alone(folder: Path) -> None:
    raw = raw_file(folder, "a.raw")
    with all_tenants("test"):
        started(CallFactory(ended_at=None, status="held"), raw)
    assert recordings_ingest() == 0
    assert raw.exists()


def test_one_bad_file_keeps_no_other_waiting(folder: Path) -> None:
    with all_tenants("test"):
        bad = started(CallFactory(), raw_file(folder, "a.raw"))
        started(CallFactory(), raw_file(folder, "b.raw"))
    assert bad is not None
    (folder / "demo/2026/11/23/a.raw").unlink()
    (folder / bad.path).write_bytes(b"not a wav")
    assert recordings_ingest() == 1


def test_same_recording_told_twice_is_one_row(folder: Path) -> None:
    raw = raw_file(folder, "a.raw")
    call = CallFactory()
    with all_tenants("test"):
        first, second = started(call, raw), started(call, raw)
        assert first is not None
        assert second is not None
        assert first.pk == second.pk


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "demo/../../secret.raw", "", "."]
)
def test_path_outside_the_folder_is_refused(path: str) -> None:
    assert path_inside(recordings_folder(), path) is None
    with all_tenants("test"):
        assert started(CallFactory(), Path(path)) is None
        assert Recording.objects.count() == 0


def test_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.raw"
    outside.write_bytes(b"0" * SECOND)
    (folder / "link.raw").symlink_to(outside)
    assert path_inside(folder, str(folder / "link.raw")) is None


def test_scan_adopts_the_file_of_a_known_call(folder: Path) -> None:
    call = CallFactory(linkedid="pbx1-1795442293.0")
    leg = LegFactory(call=call, tenant=call.tenant, uniqueid="pbx1-1795442293.1")
    raw_file(folder, f"{call.linkedid}-{leg.uniqueid}.raw")
    raw_file(folder, "pbx9-1.0-pbx9-1.1.raw")
    raw_file(folder, f"{call.linkedid}-{leg.uniqueid}~2.raw")
    assert recordings_scan() == 2
    assert recordings_scan() == 0
    with tenant_scope(call.tenant_id):
        found = Recording.objects.values_list("leg_uniqueid", flat=True)
    assert list(found) == [leg.uniqueid] * 2


def test_folder_is_the_one_that_asterisk_records_into(folder: Path) -> None:
    assert recordings_folder() == folder
