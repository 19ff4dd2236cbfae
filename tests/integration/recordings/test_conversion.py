"""What is kept is compared with its original; whatever goes wrong is told, and tried again."""

import errno
import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage
from django.utils import timezone
from moto.server import ThreadedMotoServer

from apps.core.tenancy import all_tenants, tenant_scope
from apps.recordings.choices import Conversion, Fault, KeptFormat, RecordingState, Trouble
from apps.recordings.conversion import LEASE_S, conversions_run, recording_convert
from apps.recordings.encoder import heard, heard_wav
from apps.recordings.engine.back_off import MOST_TRIES
from apps.recordings.errors import NothingToHearError, StoreDownError
from apps.recordings.health import conversion_health
from apps.recordings.holds import hold_place
from apps.recordings.kept_models import RecordingPolicy
from apps.recordings.models import Recording
from apps.recordings.playing import recording_playable
from apps.recordings.services import file_sha256, recording_ingest_path, recording_started
from apps.recordings.sounds import sounds_measure
from apps.recordings.store import keys
from tests.factories import CallFactory, UserFactory
from tests.integration.recordings.sounds_made import converted, looked_at, recording_made, wav_make

pytestmark = pytest.mark.django_db
KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    cache.clear()
    return tmp_path / "recordings"


def policy(row: Recording, **values: Any) -> None:
    with all_tenants("test"):
        RecordingPolicy.objects.update_or_create(tenant_id=row.tenant_id, defaults=values)


def due(row: Recording) -> None:
    """Let the time of its next try have come."""
    with all_tenants("test"):
        Recording.objects.filter(pk=row.pk).update(conversion_due_at=timezone.now())


def whole(row: Recording, *, is_original: bool = False) -> bytes:
    found = recording_playable(row, is_original=is_original)
    return b"".join(found.pieces(0, found.size))


def tool(settings: Any, tmp_path: Path, script: str) -> None:
    """Put another ffmpeg before the real one."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / "ffmpeg").write_text(f"#!/bin/bash\n{script}\n")
    (bin_folder / "ffmpeg").chmod(0o755)
    settings.HUAWU_TOOLS_PATH = f"{bin_folder}:/usr/local/bin:/usr/bin:/bin"


@pytest.mark.parametrize("kept", [KeptFormat.MP3, KeptFormat.OPUS])
def test_copy_has_both_sides_apart_and_the_original_stays(
    folder: Path, tmp_path: Path, kept: KeptFormat
) -> None:
    row = recording_made(folder)
    policy(row, format=kept)
    row = converted(row)
    assert (row.conversion, row.kept_format, row.trouble) == (Conversion.DONE, kept, "")
    stored = folder / row.kept_name
    assert row.kept_sha256 == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert row.kept_bytes == stored.stat().st_size < (row.size_bytes or 0) / 3
    first, copy = heard_wav(folder / row.path), heard(stored, kept, most_s=60)
    assert abs(first.frames - copy.frames) <= 8000 * 0.15
    # The other side is 9.5 dB more quiet: they were neither mixed nor exchanged.
    assert copy.levels_db[0] - copy.levels_db[1] == pytest.approx(9.5, abs=1.0)
    assert file_sha256(folder / row.path) == row.sha256
    assert list((folder / ".work").iterdir()) == []


def test_original_goes_only_where_the_company_says_so_and_never_while_held(folder: Path) -> None:
    gone = recording_made(folder)
    policy(gone, keeps_original=False)
    held = recording_made(folder, tenant=gone.tenant)
    admin = UserFactory(tenant=gone.tenant, role="admin")
    with tenant_scope(gone.tenant_id):
        hold_place(user=admin, call=held.call, reason="court")
    gone = converted(gone)
    assert (gone.has_original, (folder / gone.path).exists()) == (False, False)
    assert gone.sha256, "the checksum of what was recorded is evidence"
    assert whole(gone)[:3] in (b"ID3", whole(gone)[:3])
    held = looked_at(held)
    assert (held.conversion, held.has_original) == (Conversion.DONE, True)
    assert (folder / held.path).exists()


def test_without_a_row_the_original_is_kept(folder: Path) -> None:
    row = converted(recording_made(folder))
    assert row.has_original
    assert (folder / row.path).exists()
    assert whole(row, is_original=True) == (folder / row.path).read_bytes()


def test_wav_beside_the_original_needs_no_copy(folder: Path) -> None:
    row = recording_made(folder)
    policy(row, format=KeptFormat.WAV)
    row = converted(row)
    assert (row.conversion, row.kept_name) == (Conversion.NOTHING, "")
    assert whole(row) == (folder / row.path).read_bytes()


@pytest.mark.parametrize("kept", [KeptFormat.MP3, KeptFormat.WAV])
def test_sealed_copy_is_read_from_anywhere_and_holds_nothing_plain(
    folder: Path, settings: Any, kept: KeptFormat
) -> None:
    settings.HUAWU_RECORDING_KEYS = [KEY]
    row = recording_made(folder, seconds=9)
    plain = (folder / row.path).read_bytes()
    policy(row, format=kept, is_sealed=True, keeps_original=False)
    row = converted(row)
    assert row.is_sealed
    assert not (folder / row.path).exists()
    found = recording_playable(row)
    everything = whole(row)
    if kept == KeptFormat.WAV:
        assert everything == plain
    for start, length in ((0, 10), (5, 70_000), (found.size - 3, 99), (found.size // 2, 1)):
        part = b"".join(found.pieces(start, length))
        assert part == everything[start : start + length]
    assert plain[4000:4032] not in (folder / row.kept_name).read_bytes()
    # A newer key seals from now on, the older still opens; without it nothing is heard.
    settings.HUAWU_RECORDING_KEYS = [b"n" * 32, KEY]
    assert whole(row) == everything
    settings.HUAWU_RECORDING_KEYS = [b"n" * 32]
    with pytest.raises(StoreDownError):
        whole(row)


def test_no_key_waits_and_heals(folder: Path, settings: Any) -> None:
    row = recording_made(folder)
    policy(row, is_sealed=True, keeps_original=False)
    row = converted(row)
    assert (row.conversion, row.trouble) == (Conversion.WAITING, Trouble.NO_KEY)
    settings.HUAWU_RECORDING_KEYS = [KEY]
    due(row)
    assert conversions_run() == 1
    assert (looked_at(row).trouble, looked_at(row).is_sealed, keys()) == ("", True, (KEY,))


def test_missing_ffmpeg_is_one_reason_for_all_and_heals(
    folder: Path, settings: Any, tmp_path: Path
) -> None:
    rows = [recording_made(folder) for _ in range(3)]
    there, settings.HUAWU_TOOLS_PATH = settings.HUAWU_TOOLS_PATH, str(tmp_path / "nothing")
    sounds_measure()
    assert conversions_run() == 0
    with all_tenants("test"):
        health = conversion_health()
    assert [(one.trouble, one.waiting, one.given_up) for one in health.troubles] == [
        (Trouble.NO_TOOL, 3, 0)
    ]
    for row in rows:
        assert whole(looked_at(row)) == (folder / row.path).read_bytes()
        due(row)
    settings.HUAWU_TOOLS_PATH = there
    assert conversions_run() == 3
    assert {looked_at(row).conversion for row in rows} == {Conversion.DONE}


def test_full_disk_leaves_nothing_half_and_is_tried_again_for_ever(
    folder: Path, settings: Any, tmp_path: Path
) -> None:
    row = recording_made(folder)
    there = settings.HUAWU_TOOLS_PATH
    # A real ENOSPC, said as ffmpeg says it.
    tool(settings, tmp_path, "cat /dev/zero > /dev/full")
    sounds_measure()
    for tries in range(1, MOST_TRIES + 3):
        conversions_run()
        found = looked_at(row)
        assert (found.conversion, found.trouble) == (Conversion.WAITING, Trouble.DISK_FULL)
        assert found.conversion_tries == tries
        assert found.conversion_due_at is not None
        assert timezone.now() < found.conversion_due_at
        due(row)
    assert list((folder / ".work").iterdir()) == []
    assert not (folder / "kept").exists()
    assert whole(found) == (folder / row.path).read_bytes()
    settings.HUAWU_TOOLS_PATH = there
    assert conversions_run() == 1
    assert looked_at(row).trouble == ""


class FullStore(FileSystemStorage):
    """A store whose disk is full."""

    def _save(self, name: str, content: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_store_that_is_full_is_told(folder: Path, settings: Any) -> None:
    row = recording_made(folder)
    full = {"BACKEND": f"{__name__}.FullStore"}
    settings.STORAGES = {**settings.STORAGES, "recordings": full}
    found = converted(row)
    assert (found.conversion, found.trouble) == (Conversion.WAITING, Trouble.DISK_FULL)
    assert whole(found) == (folder / row.path).read_bytes()


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Let no file grow over so many bytes: writes fail as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_full_while_the_wav_is_made_keeps_the_raw_file(folder: Path) -> None:
    raw = folder / "demo/a.raw"
    raw.parent.mkdir()
    raw.write_bytes(b"\1\0" * 400_000)
    with all_tenants("test"):
        row = recording_started(
            call=CallFactory(),
            leg_uniqueid="x",
            agent=None,
            path=str(raw),
            at=timezone.now() - timedelta(minutes=1),
        )
    assert row is not None
    with small_files(100_000), pytest.raises(OSError, match="File too large"):
        recording_ingest_path(str(raw))
    assert sorted(path.name for path in raw.parent.iterdir()) == ["a.raw"]
    assert looked_at(row).state == RecordingState.RUNNING
    assert recording_ingest_path(str(raw))
    assert looked_at(row).state == RecordingState.READY


@pytest.mark.parametrize("script", ["echo broken >&2; exit 1", "exit 0", "kill -9 $$"])
def test_what_cannot_be_converted_is_given_up_after_some_tries_and_kept(
    folder: Path, settings: Any, tmp_path: Path, script: str
) -> None:
    row = recording_made(folder)
    tool(settings, tmp_path, script)
    sounds_measure()
    for _ in range(MOST_TRIES):
        conversions_run()
        due(row)
    found = looked_at(row)
    assert (found.conversion, found.trouble) == (Conversion.FAILED, Trouble.BROKEN)
    assert (found.state, found.kept_name) == (RecordingState.READY, "")
    assert whole(found) == (folder / row.path).read_bytes()
    with tenant_scope(row.tenant_id):
        assert conversion_health().given_up == 1


def test_copy_with_its_sides_exchanged_is_refused(
    folder: Path, settings: Any, tmp_path: Path
) -> None:
    row = recording_made(folder)
    swap = 'set -- "${@:1:$#-1}" -af "pan=stereo|c0=c1|c1=c0" "${@: -1}"'
    tool(
        settings,
        tmp_path,
        f'case "$*" in *libmp3lame*) {swap};; esac; exec /usr/bin/ffmpeg "$@"',
    )
    found = converted(row)
    assert (found.conversion, found.trouble) == (Conversion.WAITING, Trouble.MISMATCH)
    assert found.trouble_detail.startswith("side 0")
    assert (found.kept_name, (folder / "kept").exists()) == ("", False)


def test_original_that_changed_is_not_converted(folder: Path) -> None:
    row = recording_made(folder)
    wav_make(folder / row.path, agent_hz=400)
    found = converted(row)
    assert (found.conversion, found.trouble) == (Conversion.WAITING, Trouble.MISMATCH)


def test_worker_killed_in_the_middle_is_replaced_when_its_claim_runs_out(folder: Path) -> None:
    row = recording_made(folder)
    sounds_measure()
    with tenant_scope(row.tenant_id):
        # Killed after it had stored its copy, before it could say so.
        half = folder / f"kept/{row.tenant_id}/{row.started_at:%Y-%m-%d}/{row.pk}-dead00000000.mp3"
        half.parent.mkdir(parents=True)
        half.write_bytes(b"half of it")
        Recording.objects.filter(pk=row.pk).update(
            conversion=Conversion.RUNNING,
            conversion_job="dead00000000",
            conversion_due_at=timezone.now() + timedelta(seconds=LEASE_S),
        )
        assert recording_convert(row.pk) == "taken"
    assert conversions_run() == 0
    due(row)
    assert conversions_run() == 1
    found = looked_at(row)
    assert (found.conversion, half.exists()) == (Conversion.DONE, False)
    assert [path.name for path in half.parent.iterdir()] == [Path(found.kept_name).name]


def test_only_so_many_are_converted_at_once(folder: Path, settings: Any) -> None:
    recording_made(folder)
    sounds_measure()
    settings.HUAWU_RECORDING_CONVERSIONS = 1
    cache.add("huawu:recordings:convert:0", "another", 60)
    assert conversions_run() == 0
    cache.clear()
    assert conversions_run() == 1


def test_original_that_is_gone_becomes_missing_after_a_while(folder: Path) -> None:
    row = recording_made(folder)
    sounds_measure()
    (folder / row.path).rename(folder / "away.wav")
    for _ in range(MOST_TRIES):
        assert looked_at(row).state == RecordingState.READY
        conversions_run()
        due(row)
    found = looked_at(row)
    assert (found.state, found.fault) == (RecordingState.MISSING, Fault.NO_FILE)
    with pytest.raises(NothingToHearError):
        recording_playable(found)


def test_an_s3_store_keeps_and_gives_parts(folder: Path, settings: Any) -> None:
    import boto3

    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        options = {
            "bucket_name": "calls",
            "endpoint_url": f"http://{host}:{port}",
            "region_name": "us-east-1",
            "access_key": "test",
            "secret_key": "test",
        }
        boto3.client(
            "s3",
            endpoint_url=options["endpoint_url"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_bucket(Bucket="calls")
        s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "recordings": s3}
        settings.HUAWU_RECORDING_KEYS = [KEY]
        for is_sealed in (False, True):
            row = recording_made(folder)
            policy(row, keeps_original=False, is_sealed=is_sealed)
            row = converted(row)
            assert (row.conversion, row.has_original) == (Conversion.DONE, False)
            assert not (folder / "kept").exists()
            found, everything = recording_playable(row), whole(row)
            assert len(everything) == found.size > 1000
            part = b"".join(found.pieces(700, 500))
            assert part == everything[700:1200]
    finally:
        server.stop()
    # The store is down, and the original is not there: said, not guessed.
    with pytest.raises(StoreDownError):
        recording_playable(row)
