"""Databases that are migrated already, for tests: each stack would spend half a minute on it.

<cache>/migrated-<fingerprint>/pg (a cluster with the database `migrated`, to be copied) and
huawu.sqlite3. The fingerprint is of everything that a migration depends on, so a changed migration
makes another folder; whoever tests a clean start without it still migrates.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.paths import ROOT, cache_dir, venv_python
from tools.servers import Postgres, Redis

TEMPLATE = "migrated"
SOURCES = ("apps/*/migrations/*.py", "constraints.txt", "tools/migrated.py")
MOST_KEPT = 6


def fingerprint() -> str:
    """Return what the migrations of this checkout are, as a short text."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def migrated_folder() -> Path:
    """Return where this checkout's migrated databases lie, or will."""
    return cache_dir() / f"migrated-{fingerprint()}"


def prepare() -> None:
    """Make them unless they are there. The caller holds a lock."""
    found = migrated_folder()
    if found.exists():
        os.utime(found)
        return
    found.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="huawu-migrated-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        _migrate(f"sqlite:///{folder / 'huawu.sqlite3'}", folder)
        with _cluster(folder / "pg") as postgres:
            subprocess.run(
                [*postgres.client("psql"), "-qc", f"CREATE DATABASE {TEMPLATE}", "postgres"],
                check=True,
            )
            _migrate(postgres.url(TEMPLATE), folder)
        made = found.with_suffix(".new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        subprocess.run(["cp", "-a", str(folder / "pg" / "data"), str(made / "pg")], check=True)
        shutil.copy2(folder / "huawu.sqlite3", made / "huawu.sqlite3")
        made.rename(found)
    _forget_old(found.parent)


@contextlib.contextmanager
def _cluster(folder: Path) -> Iterator[Postgres]:
    postgres = Postgres(folder)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.stop()


def _migrate(url: str, folder: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")},
        "HUAWU_SECRET_KEY": "only-for-tests-" + "0" * 40,
        "HUAWU_AMI_SECRET": "only-for-tests",
        "HUAWU_DATABASE_URL": url,
        "HUAWU_DATA_DIR": str(folder),
        "HUAWU_ASTERISK_DIR": str(folder),
    }
    command = [str(venv_python()), str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _forget_old(cache: Path) -> None:
    """Remove what no checkout has used for long; one in use is only read at a stack's start."""
    known = sorted(cache.glob("migrated-*"), key=lambda path: path.stat().st_mtime)
    for path in known[:-MOST_KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def lay_out_cluster(folder: Path) -> bool:
    """Put a copy of the cluster at `folder`/data, for `Postgres(folder)`; False without one."""
    source = migrated_folder() / "pg"
    if not source.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    subprocess.run(["cp", "-a", str(source), str(folder / "data")], check=True)
    return True


def lay_out_sqlite(path: Path) -> bool:
    """Put a copy of the SQLite database at `path`; False without one."""
    source = migrated_folder() / "huawu.sqlite3"
    if not source.exists():
        return False
    shutil.copy2(source, path)
    return True


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """Run a PostgreSQL and a Redis of our own; give the environment that names them for tests."""
    with tempfile.TemporaryDirectory(prefix="huawu-services-") as name:
        database, cache = Postgres(Path(name) / "postgres"), Redis(Path(name) / "redis")
        try:
            is_migrated = lay_out_cluster(database.folder)
            database.start()
            cache.start()
            yield {
                "HUAWU_TEST_DATABASE_TEMPLATE": TEMPLATE if is_migrated else "",
                "HUAWU_TEST_DATABASE_URL": database.url("postgres"),
                "HUAWU_TEST_REDIS_URL": cache.url(),
            }
        finally:
            cache.stop()
            database.stop()
