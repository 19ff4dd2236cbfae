"""Recordings: from Asterisk's raw files to compared MP3s, in seconds of sound per second.

    python -m tests.bench.recordings

What 50 concurrent calls bring is 50 s of sound a second. Two worker processes do what the product's
do: ingest, measure, outline, convert, compare, store (one of them does what beat would start once).
PostgreSQL beside them. Baseline: ffmpeg alone, two at a time, for the same files.
HUAWU_BENCH_RECORDINGS makes it smaller.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.bench.report import Figure, at_least, emit, say
from tools.servers import Postgres

RECORDINGS = int(os.environ.get("HUAWU_BENCH_RECORDINGS") or 60)
SECONDS = 150
AIM = 50.0
WORKERS = 2
PATIENCE_S = 900


def talk(rng: np.random.Generator) -> bytes:
    """Return raw samples of two who speak in turn, over a line's noise: as MixMonitor writes."""
    count = SECONDS * 8000
    at = np.arange(count) / 8000
    turns = (np.floor(at / 4) % 2).astype(bool)
    sides = []
    for is_mine in (turns, ~turns):
        voice = np.zeros(count)
        for hz in (140, 280, 620, 1250, 2400):
            voice += rng.uniform(300, 1800) * np.sin(2 * np.pi * hz * at + rng.uniform(0, 6))
        words = 0.5 + 0.5 * np.sin(2 * np.pi * 3.7 * at)
        sides.append(np.where(is_mine, voice * words, 0) + rng.normal(0, 40, count))
    return np.stack(sides, axis=1).clip(-32768, 32767).astype("<i2").tobytes()


def fill() -> None:
    """Migrate, and make calls whose raw files wait, as a node leaves them."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from apps.core.tenancy import all_tenants
    from apps.recordings.services import recording_started, recordings_folder
    from tests.factories import CallFactory, TenantFactory

    call_command("migrate", verbosity=0, skip_checks=True)
    rng = np.random.default_rng(7)
    folder = recordings_folder()
    folder.mkdir(parents=True)
    with all_tenants("the bench fills every company"):
        tenant = TenantFactory()
        for number in range(RECORDINGS):
            raw = folder / f"{number}.raw"
            raw.write_bytes(talk(rng))
            os.utime(raw, (time.time() - 60, time.time() - 60))
            recording_started(
                call=CallFactory(tenant=tenant),
                leg_uniqueid=str(number),
                agent=None,
                path=str(raw),
                at=timezone.now(),
            )


def work(is_first: bool) -> None:
    """Do a worker's part until every recording is done."""
    import django

    django.setup()
    from apps.core.tenancy import all_tenants
    from apps.recordings.choices import Conversion
    from apps.recordings.conversion import conversions_run
    from apps.recordings.models import Recording
    from apps.recordings.services import recordings_ingest
    from apps.recordings.sounds import sounds_measure

    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if is_first:
            recordings_ingest()
            sounds_measure()
        conversions_run()
        with all_tenants("the bench looks at every company"):
            done = Recording.objects.filter(conversion=Conversion.DONE).count()
        if done == RECORDINGS:
            return
    raise SystemExit(f"only {done} of {RECORDINGS} were converted")


def _alone(folder: Path) -> float:
    """Return the seconds of sound a second that ffmpeg alone converts, two at a time."""
    files = sorted(folder.glob("*.wav"))
    begun = time.monotonic()
    running: list[subprocess.Popen[bytes]] = []
    for path in files:
        if len(running) == WORKERS:
            running.pop(0).wait()
        command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", str(path)]
        options = ["-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3", "-y", f"{path}.alone"]
        running.append(subprocess.Popen([*command, *options]))
    for process in running:
        process.wait()
    return len(files) * SECONDS / (time.monotonic() - begun)


def main() -> None:
    """Fill, work, compare, tell."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(name)
        database = Postgres(folder / "postgres")
        try:
            database.start()
            environ = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "HUAWU_DEMO": "1",
                "HUAWU_LOG_LEVEL": "ERROR",
                "HUAWU_DATABASE_URL": database.url("postgres"),
                "HUAWU_DATA_DIR": str(folder / "data"),
                "HUAWU_ASTERISK_DIR": str(folder / "asterisk"),
            }
            base = [sys.executable, "-m", "tests.bench.recordings"]
            say(f"making {RECORDINGS} recordings of {SECONDS} s")
            subprocess.run([*base, "fill"], env=environ, check=True)
            begun = time.monotonic()
            workers = [
                subprocess.Popen([*base, "work", "first" if n == 0 else ""], env=environ)
                for n in range(WORKERS)
            ]
            codes = [worker.wait() for worker in workers]
            took = time.monotonic() - begun
            if any(codes):
                raise SystemExit("a worker broke")
            recordings = folder / "asterisk" / "recordings"
            size = sum(path.stat().st_size for path in recordings.rglob("kept/**/*.mp3"))
            speed = RECORDINGS * SECONDS / took
            emit(
                at_least(
                    "recordings: sound measured, converted and compared",
                    speed,
                    "s/s",
                    AIM,
                    _alone(recordings),
                    "ffmpeg alone",
                )
            )
            hours = RECORDINGS * SECONDS / 3600
            emit(Figure("recordings: room of an hour of talk", size / hours / 1024**2, "MB"))
        finally:
            database.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["fill"]:
        fill()
    elif sys.argv[1:2] == ["work"]:
        work(sys.argv[2:3] == ["first"])
    else:
        main()
