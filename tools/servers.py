"""Private PostgreSQL and Redis on loopback, for tests: started, stopped and killed by pid."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

READY_S = 30.0
INITDB_OPTIONS = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
REDIS_OPTIONS = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


LOW_PRIORITY = 10


class ServerError(Exception):
    """A server did not start; the text says which, why and what to install."""


def priority_set(nice: int) -> None:
    """Set the priority of this process and of those that it starts from now on (root only)."""
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        # Linux shares the processor among sessions first (CONFIG_SCHED_AUTOGROUP), and each stream
        # is one: between sessions only this counts.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(nice), "ascii")


def free_port() -> int:
    """Give a TCP port of 127.0.0.1 that nobody listens on now.

    Below the range that outgoing connections take theirs from: a server that is stopped and
    started again must find its port free.
    """
    while True:
        port = secrets.randbelow(12_000) + 20_000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], what: str) -> None:
    """Return when the port accepts; ServerError when the process ends or time is up."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerError(f"{what} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise ServerError(f"{what} does not listen on {port} after {READY_S:.0f} s")


def _as_postgres() -> list[str]:
    # PostgreSQL refuses to run as root.
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.geteuid() == 0
        else []
    )


class Postgres:
    """One cluster in a folder of its own; trust on loopback, no fsync: for tests only."""

    def __init__(self, folder: Path, **options: str) -> None:
        """Take a folder and, of the server's settings, what the ones below do not fit."""
        self.folder = folder
        self.options = options
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, user: str = "postgres") -> str:
        """Give the URL of one database."""
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    @property
    def _bin(self) -> Path:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found:
            raise ServerError("no PostgreSQL server; run: apt-get install postgresql")
        return found[-1].parent

    def client(self, program: str) -> list[str]:
        """Give the command of one of PostgreSQL's programs, connected to this cluster."""
        return [str(self._bin / program), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    def start(self) -> None:
        """Make the cluster at the first start, then run it."""
        data = self.folder / "data"
        self.folder.mkdir(parents=True, exist_ok=True)
        for parent in (self.folder, *self.folder.parents):
            if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
        if not data.exists():
            if os.geteuid() == 0:
                shutil.chown(self.folder, "postgres", "postgres")
            subprocess.run(
                [*_as_postgres(), str(self._bin / "initdb"), "-D", str(data), *INITDB_OPTIONS],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
            "log_min_messages": "warning",
            **self.options,
        }
        command = [*_as_postgres(), str(self._bin / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_for_port(self.port, self.process, "PostgreSQL")
        # It listens a moment before it lets anybody in.
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + READY_S
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > end:
                raise ServerError(f"PostgreSQL lets nobody in after {READY_S:.0f} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once: open transactions are rolled back, clients are cut off."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        self.process = None


class Redis:
    """One Redis without persistence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0) -> str:
        """Give the URL of one database."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        """Run it."""
        program = shutil.which("redis-server")
        if program is None:
            raise ServerError("no Redis; run: apt-get install redis-server")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program, "--port", str(self.port), "--dir", str(self.folder), *REDIS_OPTIONS],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for_port(self.port, self.process, "Redis")

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.process = None
