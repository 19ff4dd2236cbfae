"""500 desks under 50 calls a second: time from event to message, memory of one desk.

Real PostgreSQL, Redis, Daphne and `run_ami`, each a process; Asterisk's manager and the browsers
are played, as in pop.py; at the higher pace all events of 50 recorded calls begin in each second.
Measured from just before the bytes of an offered call are written to the arrival of its card at the
agent's WebSocket. Every call is waited for: when the listener cannot keep up, its queue grows and
so does the time. Processor time is that of all processes while the calls ran, divided by the calls:
it says what a machine can do, also when others use it. Memory is Daphne's unique set size with 500
desks connected against none (after one that warmed it up), divided by 500. Baseline: the same
WebSockets, a message published past everything of ours.
"""

import time
from collections import Counter

import psutil

from tests.bench import pop
from tests.bench.report import Figure, at_most, emit, is_small, percentile, say
from tests.bench.serving import PretendAsterisk

AGENTS = 60 if is_small() else 500
# (calls a second, calls): what 500 agents could take with calls of 50 seconds, and the aim's pace.
PACES = ((10.0, 20), (50.0, 60)) if is_small() else ((10.0, 150), (50.0, 1_000))
AIM_MS = 100.0
PATIENCE_S = 60.0
# A word of the command line -> what the process is.
PROCESSES = {
    "daphne": "web",
    "run_ami": "listener",
    "postgres": "PostgreSQL",
    "redis-server": "Redis",
}


def child(word: str) -> psutil.Process:
    """Return our child with this word on its command line."""
    for process in psutil.Process().children(recursive=True):
        if word in process.cmdline():
            return process
    raise RuntimeError(f"no process {word}")


def used_s() -> Counter[str]:
    """Return the processor time that each kind of process has had, in seconds."""
    found: Counter[str] = Counter()
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            line, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        name = next((name for word, name in PROCESSES.items() if word in line), "bench itself")
        # Of PostgreSQL's connections that have ended too.
        found[name] += times.user + times.system + times.children_user + times.children_system
    return found


def memory_mib(process: psutil.Process) -> float:
    """Return what would be free again if the process ended, in MiB."""
    return float(process.memory_full_info().uss) / 2**20


async def measure(http: int, people: list[tuple[str, int, str]]) -> None:
    """Connect everybody, then all calls at their pace."""
    asterisk = PretendAsterisk()
    ami = await asterisk.start()
    async with pop.processes(http, ami, asterisk):
        web = child("daphne")
        first = pop.Round(people[:1], asterisk, calls=20)
        await first.open(http)
        await first.cards(first_call=100_000)
        await first.close()
        alone = memory_mib(web)
        crowd = pop.Round(people, asterisk, calls=100)
        await crowd.open(http)
        each = (memory_mib(web) - alone) * 1024 / AGENTS
        emit(Figure(f"memory of one desk's socket, {AGENTS} desks", each, "KiB"))
        bare = await crowd.bare()
        await crowd.close()
        first_call = 1
        for pace, calls in PACES:
            turn = pop.Round(
                people, asterisk, calls=calls, calls_a_second=pace, patience_s=PATIENCE_S
            )
            await turn.open(http)
            say(f"{AGENTS} agents connected, {calls} calls at {pace:g} a second")
            begun, before = time.monotonic(), used_s()
            ours = await turn.cards(first_call=first_call)
            took, used = time.monotonic() - begun, used_s()
            used.subtract(before)
            first_call += calls
            await turn.close()
            tell(pace, ours, bare, calls / took, {k: v * 1000 / calls for k, v in used.items()})
    await asterisk.stop()


def tell(
    pace: float, ours: list[float], bare: list[float], done: float, used_ms: dict[str, float]
) -> None:
    """Emit what one pace came to."""
    emit(Figure(f"calls done a second, {pace:g} offered", done, "calls/s"))
    for name, each_ms in used_ms.items():
        emit(Figure(f"processor time for one call, {pace:g} calls/s: {name}", each_ms, "ms"))
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        emit(
            at_most(
                f"event to message, {AGENTS} desks, {pace:g} calls/s, {name}",
                percentile(ours, share),
                "ms",
                AIM_MS,
                percentile(bare, share),
                "channel layer to browser only",
            )
        )


if __name__ == "__main__":
    pop.main(AGENTS, measure)
