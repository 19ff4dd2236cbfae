"""A recording that is missing or cut is shown as such, and nothing that is there is thrown away."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.calls.models import CallFact
from apps.core.errors import ForbiddenError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.recordings import tasks
from apps.recordings.choices import Conversion, Fault, RecordingState
from apps.recordings.conversion import conversions_are_due
from apps.recordings.health import faults_count, recording_try_again
from apps.recordings.models import Recording, RecordingSound
from apps.recordings.points import recording_points
from apps.recordings.services import recordings_ingest
from apps.recordings.sounds import sounds_measure
from tests.factories import AgentFactory, CallFactory, LegFactory, RecordingFactory, UserFactory
from tests.integration.recordings.sounds_made import looked_at, recording_made, wav_make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


def running(folder: Path, content: bytes | None) -> Recording:
    """Make a recording of an answered call whose WAV has this in it."""
    row: Recording = RecordingFactory(state=RecordingState.RUNNING)
    path = folder / row.path
    if content is None:
        wav_make(path)
        path.write_bytes(path.read_bytes()[: 44 + 2 * 8000 * 4])
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return row


def test_file_that_ends_too_soon_is_cut_and_still_played(folder: Path) -> None:
    row = running(folder, None)
    assert recordings_ingest() == 1
    found = looked_at(row)
    assert (found.state, found.fault) == (RecordingState.CUT, Fault.FILE_CUT)
    assert (found.duration_ms, found.is_playable) == (2000, True)
    sounds_measure()
    assert looked_at(row).conversion == Conversion.WAITING


def test_file_that_cannot_be_read_is_told_once_kept_and_looked_at_again(folder: Path) -> None:
    row = running(folder, b"RIFF no wave")
    admin = UserFactory(tenant=row.tenant, role=Role.ADMIN)
    assert recordings_ingest() == 0
    found = looked_at(row)
    assert (found.state, found.fault) == (RecordingState.MISSING, Fault.UNREADABLE)
    assert (folder / row.path).read_bytes() == b"RIFF no wave"
    with tenant_scope(row.tenant_id):
        faults = faults_count(user=admin, since=row.started_at - timedelta(days=1))
        assert (faults.missing, faults.cut) == (1, 0)
        with pytest.raises(ForbiddenError):
            recording_try_again(user=UserFactory(tenant=row.tenant), recording=found)
        wav_make(folder / row.path)
        recording_try_again(user=admin, recording=found)
    assert recordings_ingest() == 1
    assert looked_at(row).state == RecordingState.READY


def test_empty_file_of_an_answered_call_is_missing(folder: Path) -> None:
    row: Recording = RecordingFactory(state=RecordingState.RUNNING)
    wav_make(folder / row.path, seconds=0)
    assert recordings_ingest() == 0
    found = looked_at(row)
    assert (found.state, found.fault) == (RecordingState.MISSING, Fault.EMPTY)
    assert (folder / row.path).exists()


def held_call(folder: Path, *, talked_s: int, file_s: int) -> Recording:
    """Make a recorded talk in which the caller was held from 5 s to 15 s."""
    began = timezone.now() - timedelta(minutes=5)
    agent = AgentFactory()
    own = {"tenant": agent.tenant, "agent": agent}
    call = CallFactory(**own, started_at=began)
    leg = LegFactory(**own, call=call, uniqueid="x.1", ended_at=began + timedelta(seconds=talked_s))
    row = recording_made(
        folder, seconds=file_s, call=call, leg_uniqueid=leg.uniqueid, started_at=began, **own
    )
    with all_tenants("test"):
        for key, kind, at_s in (("h", "held", 5), ("u", "unheld", 15)):
            CallFact.objects.create(
                tenant=agent.tenant,
                node=call.node,
                linkedid=call.linkedid,
                key=key,
                kind=kind,
                at=began + timedelta(seconds=at_s),
                source="ami",
                uniqueid=leg.uniqueid,
            )
    return row


def test_hold_is_no_talk_and_no_silence_and_can_be_jumped_to(folder: Path) -> None:
    row = held_call(folder, talked_s=40, file_s=40)
    sounds_measure()
    found = looked_at(row)
    assert (found.state, found.fault) == (RecordingState.READY, "")
    with tenant_scope(row.tenant_id):
        sound = RecordingSound.objects.get(recording=row)
        [hold] = recording_points(found)
    # The agent hums for 20 s, ten of which were a hold.
    assert (sound.duration_ms, sound.agent_talk_ms, sound.silence_ms) == (30_000, 10_000, 0)
    assert (hold["at_ms"], hold["end_ms"], hold["kind"]) == (5_000, 15_000, "hold")


@pytest.mark.parametrize(
    ("file_s", "state"), [(30, RecordingState.READY), (20, RecordingState.CUT)]
)
def test_talk_without_its_hold_is_what_must_be_there(
    folder: Path, file_s: int, state: RecordingState
) -> None:
    row = held_call(folder, talked_s=40, file_s=file_s)
    sounds_measure()
    found = looked_at(row)
    assert found.state == state
    assert found.fault == ("" if state == RecordingState.READY else Fault.SHORTER)
    with tenant_scope(row.tenant_id):
        # What was not written in the hold cannot be taken out of the file.
        assert RecordingSound.objects.get(recording=row).duration_ms == file_s * 1000


def test_task_leaves_nothing_waiting_behind_a_short_run(folder: Path) -> None:
    rows = [recording_made(folder, seconds=1) for _ in range(3)]
    sounds_measure()
    assert conversions_are_due()
    assert tasks.conversions_run() == 3
    assert not conversions_are_due()
    assert {looked_at(row).conversion for row in rows} == {Conversion.DONE}
