"""Our IVR against the same dialogue in plain dialplan and by a bare asyncio FastAGI server.

Real Asterisk, SIPp with keys (RFC 4733), 100 calls/s offered: answer, menu prompt, key 1, a prompt,
hang-up by the flow's decision; so a call that is late is late, not lost. Ours is the product's own
process with PostgreSQL and its fact writer. What happened is read from Asterisk's CDR: only calls
whose key was heard and that ended by the decision count.
"""

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.report import Figure, at_least, at_most, emit, percentile, say
from tests.telephony.lab import ENDPOINT
from tests.telephony.ports import free_ports
from tests.telephony.waiting import until
from tools.lab import Asterisk, Settings
from tools.paths import ROOT
from tools.servers import Postgres, free_port
from tools.sipp import Keys, Pause, Sipp, WaitBye, caller_scenario

CALLS = 1_000
WARM_UP = 40
RATE = 100.0
SECRET = "bench-secret"
DID = "4008001000"
# Short prompts: what is measured is the dialogue, not the streaming of sound.
FLOW = {
    "name": "bench",
    "start": "menu",
    "nodes": {
        "menu": {
            "kind": "menu",
            "prompts": ["beep"],
            "keys": {"1": "end"},
            "tries": 1,
            "on_failed": "missed",
        },
        # A key that was not heard must end elsewhere, or a lost key would pass for a good call.
        "missed": {"kind": "voicemail", "box": "7001"},
        "end": {"kind": "hangup", "prompts": ["beep"]},
    },
}
KINDS = {"ours": "127.0.0.2", "plain": "127.0.0.3", "asyncio": "127.0.0.4"}
CONTEXTS = {"ours": "huawu-from-trunk", "plain": "bench-plain", "asyncio": "bench-asyncio"}
HEAD = """exten => _[+0-9]!,1,Set(HW_DID=${FILTER(0-9+,${EXTEN})})
 same => n,Set(CHANNEL(language)=zh)
 same => n,Set(CDR(userfield)=${HW_DID})
 same => n,GosubIf($[${DIALPLAN_EXISTS(huawu-dids,${HW_DID},1)}]?huawu-dids,${HW_DID},1)
 same => n,Set(__HW_TENANT=${FILTER(a-z0-9\\x2d,${HW_TENANT})})
 same => n,Set(HW_NEXT=)
"""
DIALPLAN = """
[huawu-dids]
exten => {did},1,Set(HW_TENANT=demo)
 same => n,Return()

[bench-plain]
{head} same => n,Answer()
 same => n,Goto(bench-menu,s,1)

[bench-menu]
exten => s,1,Background(huawu/beep)
 same => n,WaitExten(5)
exten => 1,1,Playback(huawu/beep)
 same => n,Set(HW_NEXT=hangup)
 same => n,Goto(huawu-decided,s,1)

[bench-asyncio]
{head} same => n,AGI(agi://127.0.0.1:{port}/bench)
 same => n,Goto(huawu-decided,s,1)
"""


@dataclass(frozen=True)
class Outcome:
    """What one kind did: calls that came to their end, their rate, CPU ms a call, ms to answer."""

    done: int
    calls_s: float
    asterisk_ms: float
    python_ms: float
    answer_p99_ms: float


async def serve_asyncio(port: int) -> None:
    """Be the least FastAGI server there can be: no checks, no facts, no database."""
    commands = [
        b"ANSWER\n",
        b'GET DATA "huawu/beep" 5000 1\n',
        b'STREAM FILE "huawu/beep" ""\n',
        b'SET VARIABLE HW_TENANT "demo"\n',
        b'SET VARIABLE HW_NEXT "hangup"\n',
    ]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        for command in commands:
            writer.write(command)
            answer = await reader.readline()
            if not answer.startswith(b"200"):
                break
            if command.startswith(b"GET DATA") and answer.strip() != b"200 result=1":
                break  # the key was not heard: no decision, so not counted
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def publish() -> None:
    """Make the bench's flow what answers the number."""
    import django

    django.setup()
    from apps.core.tenancy import all_tenants
    from apps.ivr.models import EntryPoint
    from apps.ivr.services import flow_publish

    with all_tenants("the bench's number"):
        flow_publish(flow=EntryPoint.objects.get(did__number=DID).flow, document=FLOW)


class Bench:
    """Asterisk, PostgreSQL and both FastAGI servers in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asyncio_port = free_port()
        self.postgres = Postgres(folder / "postgres")
        settings = Settings(folder / "pbx", node="pbx1", ports=free_ports(2_000), secret=SECRET)
        self.asterisk = Asterisk(settings)
        (folder / "sipp").mkdir()
        self.sipp = Sipp(folder / "sipp", f"127.0.0.1:{settings.ports.sip}")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def env(self) -> dict[str, str]:
        """Give the product's environment."""
        (self.folder / "data").mkdir(exist_ok=True)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")},
            "HUAWU_DEMO": "1",
            "HUAWU_AGI_PORT": str(self.asterisk.settings.ports.agi),
            "HUAWU_NODE": "pbx1",
            "HUAWU_DATA_DIR": str(self.folder / "data"),
            "HUAWU_DATABASE_URL": self.postgres.url("postgres"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }

    def start(self) -> None:
        """Bring everything up."""
        self.postgres.start()
        manage = [sys.executable, "manage.py"]
        bench = [sys.executable, "-m", "tests.bench.agi_asterisk"]
        for command in (
            [*manage, "migrate", "--verbosity", "0"],
            [*manage, "demo_data"],
            [*bench, "--publish"],
        ):
            subprocess.run(command, env=self.env, cwd=ROOT, check=True, stdout=sys.stderr)
        self.asterisk.lay_out()
        pjsip = ""
        for kind, address in KINDS.items():
            pjsip += ENDPOINT.format(name=f"trunk-{kind}", context=CONTEXTS[kind], extra="")
            pjsip += f"[trunk-{kind}]\ntype = aor\n[trunk-{kind}]\ntype = identify\n"
            pjsip += f"endpoint = trunk-{kind}\nmatch = {address}\n"
        dialplan = DIALPLAN.format(did=DID, head=HEAD, port=self.asyncio_port)
        for name, text in (
            ("pjsip_huawu.conf", pjsip),
            ("extensions_dids.conf", dialplan),
        ):
            (self.asterisk.rendered_dir / name).write_text(text, "utf-8")
        self.asterisk.start()
        self._run("asyncio", [*bench, "--serve", str(self.asyncio_port)])
        self._run("ours", [*manage, "run_fastagi"])

    def _run(self, name: str, command: Sequence[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.env, cwd=ROOT, stdout=log, stderr=log
            )
        ports = {"asyncio": self.asyncio_port, "ours": self.asterisk.settings.ports.agi}
        until(lambda: self._listens(ports[name]), 30, f"{name} listens")

    def _listens(self, port: int) -> bool:
        listening = psutil.net_connections("tcp4")
        return any(one.laddr.port == port and one.status == "LISTEN" for one in listening)

    def stop(self) -> None:
        """Bring everything down."""
        self.sipp.stop_all()
        for process in self.processes.values():
            process.terminate()
            process.wait(40)
        self.asterisk.stop()
        self.postgres.stop()

    def records(self, kind: str) -> list[dict[str, str]]:
        """Give this kind's calls that the decision ended, as Asterisk's CDR has them."""
        path = self.asterisk.instance / "log/cdr-custom/Master.csv"
        if not path.exists():
            return []
        names = ["linkedid", "uniqueid", "channel", "dstchannel", "src", "dst", "dcontext"]
        names += ["lastapp", "start", "answer", "end"]
        with path.open(encoding="utf-8", newline="") as file:
            rows = [dict(zip(names, row, strict=False)) for row in csv.reader(file)]
        mine = [row for row in rows if row["channel"].startswith(f"PJSIP/trunk-{kind}-")]
        return [row for row in mine if row["dst"] == "hangup" and row["lastapp"] == "Hangup"]

    def calls(self, kind: str, calls: int) -> None:
        """Make calls from this kind's carrier and wait for their end."""
        scenario = caller_scenario([Pause(100), Keys("1"), WaitBye(30_000)])
        run = self.sipp.start(
            scenario, ip=KINDS[kind], service=DID, calls=calls, rate=RATE, at_once=800
        )
        try:
            run.wait(120)
        except AssertionError as error:
            say(f"{kind}: SIPp: {str(error)[:300]}")
        until(lambda: "0 active channels" in self.asterisk.cli("core show channels count"), 30)

    def measure(self, kind: str) -> Outcome:
        """Measure one kind."""
        self.calls(kind, WARM_UP)
        known = len(self.records(kind))
        names = {"asterisk": psutil.Process(self.asterisk.pid)}
        if kind in self.processes:
            names["python"] = psutil.Process(self.processes[kind].pid)
        before = {name: sum(process.cpu_times()[:2]) for name, process in names.items()}
        self.calls(kind, CALLS)
        time.sleep(1)  # the fact writer's rest belongs to these calls
        used = {
            name: (sum(process.cpu_times()[:2]) - before[name]) / CALLS * 1000
            for name, process in names.items()
        }
        rows = self.records(kind)[known:]
        ends = sorted(float(row["end"]) for row in rows)
        waits = [(float(row["answer"]) - float(row["start"])) * 1000 for row in rows]
        return Outcome(
            done=len(rows),
            calls_s=(len(ends) - 1) / (ends[-1] - ends[0]),
            asterisk_ms=used["asterisk"],
            python_ms=used.get("python", 0.0),
            answer_p99_ms=percentile(waits, 0.99),
        )


def main() -> None:
    """Measure all kinds one after the other and report."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        Path(name).chmod(0o755)
        bench = Bench(Path(name))
        try:
            bench.start()
            found = {}
            for kind in ("plain", "asyncio", "ours"):
                say(f"{kind}: {CALLS:,} calls at {RATE:.0f}/s …")
                found[kind] = bench.measure(kind)
                say(f"{kind}: {found[kind]}")
        finally:
            bench.stop()
    ours, plain, bare = found["ours"], found["plain"], found["asyncio"]
    emit(
        at_least(
            f"IVR, {RATE:.0f} calls/s offered",
            ours.calls_s,
            "calls/s",
            0.8 * plain.calls_s,
            plain.calls_s,
            "plain dialplan",
        )
    )
    failed, others = CALLS - ours.done, CALLS - plain.done
    emit(at_most(f"IVR, failed of {CALLS:,} calls", failed, "calls", 0, others, "plain dialplan"))
    for what, value, unit, baselines in (
        (
            "IVR, calls/s",
            ours.calls_s,
            "calls/s",
            [(bare.calls_s, "bare asyncio FastAGI")],
        ),
        (
            "IVR, Asterisk's CPU for each call",
            ours.asterisk_ms,
            "ms",
            [(plain.asterisk_ms, "plain dialplan"), (bare.asterisk_ms, "bare asyncio FastAGI")],
        ),
        (
            "IVR, Python's CPU for each call",
            ours.python_ms,
            "ms",
            [(bare.python_ms, "bare asyncio FastAGI")],
        ),
        (
            "IVR, INVITE to answer, p99",
            ours.answer_p99_ms,
            "ms",
            [(plain.answer_p99_ms, "plain dialplan"), (bare.answer_p99_ms, "bare asyncio FastAGI")],
        ),
    ):
        for baseline, baseline_name in baselines:
            emit(Figure(what, value, unit, baseline=baseline, baseline_name=baseline_name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve_asyncio(int(sys.argv[2])))
    elif sys.argv[1:2] == ["--publish"]:
        publish()
    else:
        main()
