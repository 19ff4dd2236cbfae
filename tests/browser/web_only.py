"""Our web process alone, without Asterisk: for tests that only look at pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.office import MANAGE
from tests.telephony.waiting import until
from tools.migrated import lay_out_sqlite
from tools.paths import ROOT
from tools.servers import free_port

SERVE = """
from daphne.cli import CommandLineInterface
CommandLineInterface().run(["-b", "127.0.0.1", "-p", "{port}", "config.asgi:application"])
"""
SAMPLES = """
import json
from apps.accounts.models import Agent
from apps.core.tenancy import all_tenants
from tests.addresses import addresses, sample_rows
with all_tenants("test"):
    agents = Agent.objects.select_related("user__department", "tenant")
    agent = agents.get(number="1001", tenant__slug="demo")
samples = sample_rows(agent)
print(json.dumps({a.name: a.url(samples) for a in addresses() if a.name.startswith("console:")}))
"""


@dataclass
class WebOnly:
    """Daphne on SQLite with the demo's companies and one row of each kind."""

    folder: Path
    port: int = field(default_factory=free_port)
    pages: dict[str, str] = field(default_factory=dict)
    web: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give the address that the browser opens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """Give the environment: nothing of the tests' own, embedded defaults."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")}
        return {
            **own,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUAWU_DEMO": "1",
            "HUAWU_HTTP_PORT": str(self.port),
            "HUAWU_DATA_DIR": str(self.folder / "data"),
            "HUAWU_ASTERISK_DIR": str(self.folder / "asterisk"),
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> None:
        """Make database and rows, start the server, wait until it answers."""
        (self.folder / "data").mkdir(parents=True)
        (self.folder / "asterisk").mkdir()
        if not lay_out_sqlite(self.folder / "data" / "huawu.sqlite3"):
            self._done(*MANAGE, "migrate", "--verbosity", "0")
        self._done(*MANAGE, "demo_data")
        printed = self._done(*MANAGE, "shell", "--no-imports", "-c", SAMPLES)
        self.pages = json.loads(printed.splitlines()[-1])
        command = SERVE.format(port=self.port)
        with self.log.open("wb") as log:
            self.web = subprocess.Popen(
                [sys.executable, "-c", command], env=self.env, cwd=ROOT, stdout=log, stderr=log
            )
        until(self._answers, 60, lambda: self.log.read_text("utf-8", "replace")[-4000:])

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and give what it printed."""
        return self._done(*MANAGE, *arguments)

    @property
    def log(self) -> Path:
        """Give the file of what the server has written."""
        return self.folder / "web.log"

    def stop(self) -> None:
        """End the server."""
        if self.web is not None:
            self.web.kill()
            self.web.wait()

    def _done(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/login/", timeout=5) as answer:  # noqa: S310 - ours
                return answer.status == 200
        except OSError:
            return False
