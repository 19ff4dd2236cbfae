"""The whole product as a deployment runs it: Asterisk, PostgreSQL, Redis and every process apart.

Each part can be stopped, killed and started again by its own process id.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from tests.telephony.ports import free_ports
from tests.telephony.waiting import until
from tools.lab import Asterisk, Settings
from tools.migrated import TEMPLATE, lay_out_cluster
from tools.paths import ROOT
from tools.servers import Postgres, Redis, free_port
from tools.sipp import Sipp, register_scenario

AMI_SECRET = "demo-ami-secret"
ADMIN_TOKEN = "demo-admin-token"
# Of `pjsip show contacts`: neither browsers, whose connection ends, nor the trunk.
DESK_CONTACT = re.compile(r"Contact:\s+(\d+)/sip:")
MANAGE = [sys.executable, str(ROOT / "manage.py")]
COMMANDS = {
    "web": [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "config.asgi:application", "-p"],
    "fastagi": [*MANAGE, "run_fastagi"],
    "ami": [*MANAGE, "run_ami"],
    "worker": [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "-P",
        "solo",
        "-l",
        "info",
    ],
}

# What is said of calls that do not end.
LIVE_CALLS = """
    SELECT c.linkedid, c.direction, c.caller, c.started_at::text,
           array_agg(f.kind ORDER BY f.at), max(f.at)::text, now()::text
    FROM calls_call c LEFT JOIN calls_callfact f USING (node, linkedid)
    WHERE c.ended_at IS NULL GROUP BY 1, 2, 3, 4
"""


@dataclass
class Stack:
    """One installation in a folder; `start` brings everything up, `stop` everything down."""

    folder: Path
    # Settings of our processes beside those that every installation has.
    settings: dict[str, str] = field(default_factory=dict)
    postgres: Postgres = field(init=False)
    redis: Redis = field(init=False)
    asterisk: Asterisk = field(init=False)
    sipp: Sipp = field(init=False)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http_port = free_port()
        self.postgres = Postgres(self.folder / "postgres")
        self.redis = Redis(self.folder / "redis")
        self.asterisk = Asterisk(
            Settings(
                self.folder / "asterisk", node="pbx1", ports=free_ports(800), secret=AMI_SECRET
            )
        )
        calls = self.folder / "sipp"
        calls.mkdir(parents=True)
        self.sipp = Sipp(calls, f"127.0.0.1:{self.asterisk.settings.ports.sip}")

    @property
    def env(self) -> dict[str, str]:
        """Give the environment that every process is configured by."""
        ports = self.asterisk.settings.ports
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")},
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
            "HUAWU_DATABASE_URL": self.postgres.url("huawu"),
            "HUAWU_REDIS_URL": self.redis.url(),
            # The services that flows ask in tests are on this machine.
            "HUAWU_HTTP_LOOKUP_NETWORKS": "127.0.0.0/8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }

    def start(self) -> None:
        """Start the servers, make the demo companies, start every process, wait for health."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        is_migrated = lay_out_cluster(self.postgres.folder)
        self.postgres.start()
        self.redis.start()
        with contextlib.closing(psycopg2.connect(self.postgres.url("postgres"))) as connection:
            connection.autocommit = True
            template = f" TEMPLATE {TEMPLATE}" if is_migrated else ""
            connection.cursor().execute("CREATE DATABASE huawu" + template)
        if not is_migrated:
            self.manage("migrate", "--verbosity", "0")
        self.manage("demo_data")
        self.asterisk.lay_out()
        self.asterisk.start()
        for name in COMMANDS:
            self.run(name)
        until(lambda: self.health()[0] == 200, 40, "the stack is healthy")
        until(lambda: "demo-7001" in self.asterisk.cli("queue show"), 10, "queues are rendered")

    def mend(self) -> None:
        """Start again whatever a test left stopped, so that the next one does not pay for it."""
        if self.postgres.process is None:
            self.postgres.start()
        if self.redis.process is None:
            self.redis.start()
        if self.asterisk.process is None:
            self.asterisk.start()
        for name in COMMANDS:
            if name not in self.processes or self.processes[name].poll() is not None:
                self.run(name)

    def heal(self) -> None:
        """Make it whole and healthy after a test, and wait until no call is left.

        Fails when that does not come by itself; the next test has a product started anew all the
        same, so that it does not pay for this one.
        """
        self.mend()
        try:
            self.wait_healthy()
            self.wait_ledger_quiet()
        except AssertionError:
            self.start_anew()
            raise

    def wait_healthy(self) -> None:
        """Wait until every part says that it is well."""
        until(lambda: self.health()[0] == 200, 60, lambda: f"healthy again: {self.health()}")

    def start_anew(self) -> None:
        """End every call and every process of ours, and start the processes again."""
        self.hang_up_all()
        for name in list(self.processes):
            self.kill(name)
        self.mend()
        self.wait_healthy()
        self.wait_ledger_quiet()

    def forget_callers(self) -> None:
        """Let nobody be found by the number of a call that is over.

        Test files choose their callers' numbers apart, run in random order, and ask the ledger by
        number. The facts change with their calls: a late one folds its call anew.
        """
        self.sql(
            "UPDATE calls_callfact f SET data = jsonb_set(f.data, '{caller}', '\"earlier\"')"
            " FROM calls_call c WHERE c.node = f.node AND c.linkedid = f.linkedid"
            " AND c.direction = 'in' AND c.ended_at IS NOT NULL AND f.data ? 'caller' RETURNING 1"
        )
        self.sql(
            "UPDATE calls_call SET caller = 'earlier', caller_lookup = ''"
            " WHERE direction = 'in' AND ended_at IS NOT NULL RETURNING 1"
        )

    def forget_phones(self) -> None:
        """Let no desk phone be registered that nobody plays any more: it would ring, unanswered."""
        phones = sorted(set(DESK_CONTACT.findall(self.asterisk.cli("pjsip show contacts"))))
        goodbyes = [register_scenario(one, f"demo-{one}", one, expires=0) for one in phones]
        for run in [self.sipp.start(one, ip="127.0.0.1") for one in goodbyes]:
            run.wait(15)

    def hang_up_all(self) -> None:
        """Stop every SIPp and end its calls: who was stopped in a talk has said no goodbye."""
        self.sipp.stop_all()
        self.asterisk.cli("channel request hangup all")

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and give what it printed."""
        done = subprocess.run(
            [*MANAGE, *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, name: str) -> None:
        """Start one process; its output goes to `<name>.log`."""
        command = list(COMMANDS[name])
        if name == "web":
            command.append(str(self.http_port))
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """End one process with SIGKILL."""
        process = self.processes.pop(name)
        process.kill()
        process.wait(10)

    def terminate(self, name: str, timeout_s: float = 40.0) -> int:
        """End one process with SIGTERM and give its exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(timeout_s)

    def stop(self) -> None:
        """End everything, callers first."""
        self.sipp.stop_all()
        for name in list(self.processes):
            process = self.processes.pop(name)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.asterisk.stop()
        self.redis.stop()
        self.postgres.stop()

    def log(self, name: str) -> str:
        """Give what a process has written."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def health(self) -> tuple[int, dict[str, Any]]:
        """Give the answer of /healthz; (0, {}) when nobody answers."""
        return self.get("/healthz", token="")

    def get(self, path: str, *, token: str = ADMIN_TOKEN) -> tuple[int, Any]:
        """Give status and JSON of a GET."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}")
        if token:
            request.add_header("Authorization", f"Token {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with contextlib.suppress(ValueError):
                return error.code, json.load(error)
            return error.code, {}
        except (TimeoutError, OSError):
            return 0, {}

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Give the rows of a query on the product's database."""
        with contextlib.closing(psycopg2.connect(self.postgres.url("huawu"))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def wait_ledger_quiet(self, timeout: float = 120.0) -> None:
        """Wait until no call is live in Asterisk nor in the ledger."""
        until(
            lambda: "0 active channels" in self.asterisk.cli("core show channels count"),
            timeout,
            lambda: (
                "no channel is left in Asterisk: "
                + self.asterisk.cli("core show channels concise").replace("\n", " | ")
            ),
        )
        until(
            lambda: self.sql("SELECT count(*) FROM calls_call WHERE ended_at IS NULL") == [(0,)],
            timeout,
            lambda: f"no call is live in the ledger: {self.sql(LIVE_CALLS)}",
        )
