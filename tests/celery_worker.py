"""A real Celery worker as a deployment runs it, with its processes: to be measured and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tools.paths import ROOT

# As in deploy/systemd/huawu-worker.service, with one process: what is measured or killed is it.
COMMAND = (
    *(sys.executable, "-m", "celery", "-A", "config", "worker"),
    *("--concurrency", "1", "--max-tasks-per-child", "1000"),
)


class CeleryWorker:
    """The worker's main process and the one that does its tasks, in a process group of their own.

    `environment` names database, broker and data folder; what both print goes to `log`.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment, self.log = dict(environment), log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it takes tasks as soon as it can."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                COMMAND,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End every process of it at once and without a word, as a power cut does."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def memory_mb(self) -> tuple[float, float]:
        """Return the resident memory of the process that does the tasks, now and at most."""
        assert self.process is not None
        main = Path(f"/proc/{self.process.pid}")
        found = [0.0, 0.0]
        with suppress(OSError):
            for child in (main / "task" / main.name / "children").read_text().split():
                lines = Path(f"/proc/{child}/status").read_text().splitlines()
                said = dict(line.split(":", 1) for line in lines)
                for at, name in enumerate(("VmRSS", "VmHWM")):
                    found[at] = max(found[at], int(said.get(name, "0").split()[0]) / 1024)
        return found[0], found[1]

    def said(self) -> str:
        """Return the end of what it printed."""
        return self.log.read_text("utf-8", "replace")[-4000:] if self.log.exists() else ""
