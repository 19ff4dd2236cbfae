"""The small office as `make demo` runs it: a real Asterisk and one process of ours, on SQLite."""

from __future__ import annotations

import contextlib
import csv
import os
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.telephony.ports import free_ports
from tests.telephony.waiting import until
from tools.lab import Asterisk, Settings
from tools.migrated import lay_out_sqlite
from tools.paths import ROOT
from tools.servers import free_port
from tools.sipp import Sipp

AMI_SECRET = "demo-ami-secret"
MANAGE = [sys.executable, str(ROOT / "manage.py")]


@dataclass(frozen=True)
class Times:
    """Hold what Asterisk says of one call, in Unix seconds; `billed` is a duration."""

    picked_up: float
    queued: float
    agent_answered: float
    ended: float
    billed: float


@dataclass
class Office:
    """One installation in a folder, the demo's companies in it."""

    folder: Path
    asterisk: Asterisk = field(init=False)
    sipp: Sipp = field(init=False)
    huawu: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.http_port = free_port()
        settings = Settings(
            self.folder / "asterisk", node="pbx1", ports=free_ports(), secret=AMI_SECRET
        )
        self.asterisk = Asterisk(settings)
        (self.folder / "sipp").mkdir(parents=True)
        self.sipp = Sipp(self.folder / "sipp", f"127.0.0.1:{settings.ports.sip}")

    @property
    def url(self) -> str:
        """Give the address that the browser opens."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def env(self) -> dict[str, str]:
        """Give the environment of manage.py: nothing of the tests' own, embedded defaults."""
        ports = self.asterisk.settings.ports
        own = {name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")}
        return {
            **own,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUAWU_DEMO": "1",
            "HUAWU_HTTP_PORT": str(self.http_port),
            "HUAWU_SIP_PORT": str(ports.sip),
            "HUAWU_WS_PORT": str(ports.ws),
            "HUAWU_AMI_PORT": str(ports.ami),
            "HUAWU_AMI_SECRET": AMI_SECRET,
            "HUAWU_AGI_PORT": str(ports.agi),
            "HUAWU_NODE": "pbx1",
            "HUAWU_DATA_DIR": str(self.folder / "data"),
            "HUAWU_ASTERISK_DIR": str(self.asterisk.instance),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        """Start Asterisk, make the demo companies, start our process, wait for health."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.asterisk.lay_out()
        self.asterisk.start()
        if not lay_out_sqlite(self.folder / "data" / "huawu.sqlite3"):
            self.manage("migrate", "--verbosity", "0")
        self.manage("demo_data")
        self.run()
        until(lambda: "demo-7001" in self.asterisk.cli("queue show"), 10, "queues are rendered")

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and give what it printed."""
        command = [*MANAGE, *arguments]
        done = subprocess.run(
            command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self) -> None:
        """Start our process and wait until it is healthy; its output goes to `huawu.log`."""
        with (self.folder / "huawu.log").open("ab") as log:
            self.huawu = subprocess.Popen(
                [*MANAGE, "runall"],
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._is_healthy, 60, self.log)

    def _is_healthy(self) -> bool:
        if self.huawu is not None and self.huawu.poll() is not None:
            raise AssertionError(f"runall ended with {self.huawu.returncode}\n{self.log()}")
        return self.get("/healthz")[0] == 200

    def end(self) -> None:
        """End our process with SIGTERM (SIGKILL when it does not listen)."""
        if self.huawu is None:
            return
        self.huawu.terminate()
        try:
            self.huawu.wait(20)
        except subprocess.TimeoutExpired:
            self.huawu.kill()
            self.huawu.wait()
        self.huawu = None

    def stop(self) -> None:
        """End everything, callers first."""
        self.sipp.stop_all()
        self.end()
        self.asterisk.stop()

    def log(self) -> str:
        """Give the end of what our process has written."""
        return (self.folder / "huawu.log").read_text("utf-8", "replace")[-4000:]

    def get(self, path: str) -> tuple[int, bytes]:
        """Give status and body of a GET without a session; (0, b"") when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:  # noqa: S310 - our own server
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Give the rows of a query on the product's database."""
        database = f"file:{self.folder / 'data/huawu.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(database, uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def cdr(self, linkedid: str) -> list[dict[str, str]]:
        """Give Asterisk's own records (CDR) of one call."""
        names = ["linkedid", "uniqueid", "channel", "dstchannel", "src", "dst", "dcontext"]
        names += ["lastapp", "start", "answer", "end", "duration", "billsec", "disposition"]
        return self._records("cdr-custom", names, linkedid)

    def cel(self, linkedid: str) -> list[dict[str, str]]:
        """Give Asterisk's own events (CEL) of one call, in its order."""
        names = ["event", "at", "linkedid", "uniqueid", "channel", "exten", "context"]
        return self._records("cel-custom", [*names, "caller", "name", "app"], linkedid)

    def times(self, linkedid: str) -> Times:
        """Give what Asterisk itself says of a call from a queue to one agent.

        The CDR knows one record from pick-up to end; when the wait ended only CEL knows.
        """
        (record,) = self.cdr(linkedid)
        events = self.cel(linkedid)
        queued = next(e for e in events if e["event"] == "HuawuQueued")
        answers = [e for e in events if e["event"] == "ANSWER"]
        return Times(
            picked_up=float(record["answer"]),
            queued=float(queued["at"]),
            agent_answered=float(answers[-1]["at"]),
            ended=float(record["end"]),
            billed=float(record["billsec"]),
        )

    def _records(self, kind: str, names: list[str], linkedid: str) -> list[dict[str, str]]:
        path = self.asterisk.instance / "log" / kind / "Master.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as file:
            rows = [dict(zip(names, row, strict=False)) for row in csv.reader(file)]
        return [row for row in rows if row.get("linkedid") == linkedid]

    def channels(self) -> int:
        """Give the number of channels that Asterisk holds now."""
        return int(self.asterisk.cli("core show channels count").partition(" active chan")[0])
