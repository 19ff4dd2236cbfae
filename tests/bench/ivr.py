"""Menus: the real FastAGI process with 200 callers waiting in one, and what a node costs.

The process is `manage.py run_fastagi` with the demo company in PostgreSQL and Redis; the callers
speak AGI. A node's cost is the interpreter's, without Asterisk and without look-ups; baseline: a
loop that only looks the nodes up.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg2

from tests.bench.agi_transport import Caller, NoLookups
from tests.bench.report import Figure, at_most, emit
from tools.paths import ROOT
from tools.servers import Postgres, Redis, free_port

CALLERS = 200
AIM_MB = 100.0
AIM_MS = 0.3
NODES = 90
ROUNDS = 200
READY_S = 60.0
MANAGE = [sys.executable, str(ROOT / "manage.py")]


class Silent:
    """A caller who hears at once and presses nothing."""

    def answer(self) -> None:
        """Pick up."""

    def play(self, prompts: object) -> None:
        """Hear."""

    def ask(self, prompts: object, timeout_s: float) -> str:
        """Press 1."""
        return "1"

    def collect(self, prompts: object, timeout_s: float, most: int) -> str:
        """Press 1."""
        return "1"

    def set_language(self, language: str) -> None:
        """Understand."""


def step_cost() -> None:
    """Measure milliseconds for each node of a flow of menus, variables, branches and prompts."""
    from apps.ivr.engine.documents import flow_parse
    from apps.ivr.engine.run import run_flow

    kinds = (
        {"kind": "menu", "prompts": ["main-menu"], "keys": {"1": ""}},
        {"kind": "set", "variable": "level", "value": "2", "to": ""},
        {
            "kind": "branch",
            "cases": [{"all": [{"variable": "level", "is": "less", "value": "1"}], "to": "end"}],
            "otherwise": "",
        },
        {"kind": "speak", "variable": "level", "as": "number", "to": ""},
        {"kind": "play", "prompts": ["welcome"], "to": ""},
    )
    nodes: dict[str, dict[str, object]] = {"end": {"kind": "hangup"}}
    for place in range(NODES):
        onward = f"n{place + 1}" if place + 1 < NODES else "end"
        node = {key: onward if value == "" else value for key, value in kinds[place % 5].items()}
        nodes[f"n{place}"] = {**node, "keys": {"1": onward}} if node["kind"] == "menu" else node
    flow = flow_parse({"name": "bench", "start": "n0", "nodes": nodes})
    told: list[object] = []
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        run_flow(flow, voice=Silent(), lookups=NoLookups(), on_step=told.append)  # type: ignore[arg-type]
    taken_ms = (time.perf_counter() - begun) * 1000
    if len(told) != ROUNDS * (NODES + 1):
        raise RuntimeError(f"{len(told)} steps were told")
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for node_id in nodes:
            flow.nodes[node_id]
    bare_ms = (time.perf_counter() - begun) * 1000
    bare = bare_ms / len(told)
    emit(at_most("IVR node step", taken_ms / len(told), "ms", AIM_MS, bare, "dict look-up"))


async def held(port: int, process: psutil.Process) -> tuple[float, float]:
    """Hold the callers in the menu; give the process's MB after one call, and with all."""
    loop = asyncio.get_running_loop()
    first = Caller()
    await loop.create_connection(lambda: first, "127.0.0.1", port)
    await first.ended
    before = process.memory_info().rss
    hold = asyncio.Event()
    callers = [Caller(hold) for _ in range(CALLERS)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(caller.in_menu for caller in callers))
    during = process.memory_info().rss
    for caller in callers:
        caller.press()
    await asyncio.gather(*(caller.ended for caller in callers))
    return before / 2**20, during / 2**20


def wait_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process takes connections."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        listening = psutil.Process(process.pid).net_connections("tcp")
        if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in listening):
            return
        time.sleep(0.1)
    raise RuntimeError("run_fastagi does not listen")


def memory(folder: Path) -> None:
    """Measure the process with callers in the demo's main menu."""
    postgres, redis, port = Postgres(folder / "postgres"), Redis(folder / "redis"), free_port()
    postgres.start()
    redis.start()
    try:
        connection = psycopg2.connect(postgres.url("postgres"))
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE huawu")
        connection.close()
        env = {name: value for name, value in os.environ.items() if not name.startswith("HUAWU_")}
        env |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "HUAWU_DEMO": "1",
            "HUAWU_DATABASE_URL": postgres.url("huawu"),
            "HUAWU_REDIS_URL": redis.url(),
            "HUAWU_DATA_DIR": str(folder / "data"),
            "HUAWU_AGI_PORT": str(port),
            "HUAWU_NODE": "pbx1",
        }
        (folder / "data").mkdir()
        for command in (["migrate", "--verbosity", "0"], ["demo_data"]):
            subprocess.run([*MANAGE, *command], env=env, check=True, stdout=sys.stderr)
        process = subprocess.Popen([*MANAGE, "run_fastagi"], env=env, stdout=sys.stderr)
        try:
            wait_listening(port, process)
            before, during = asyncio.run(held(port, psutil.Process(process.pid)))
        finally:
            process.terminate()
            process.wait(30)
        name = f"FastAGI process, {CALLERS} callers waiting in menus"
        emit(at_most(name, during, "MB", AIM_MB, before, "no caller waits"))
        emit(Figure(f"{name}: what they add", during - before, "MB"))
    finally:
        redis.stop()
        postgres.stop()


def main() -> None:
    """Measure both."""
    step_cost()
    with tempfile.TemporaryDirectory(prefix="huawu-bench-ivr-") as folder:
        memory(Path(folder))


if __name__ == "__main__":
    main()
