"""500 desks under 50 calls a second: time from event to message, memory of one desk.

Real PostgreSQL, Redis, Daphne and `run_ami`, each a process; Asterisk's manager and the browsers
are played, as in pop.py; at the higher pace all events of 50 recorded calls begin in each second.
Measured from just before the bytes of an offered call are written to the arrival of its card at the
agent's WebSocket. Every call is waited for: when the listener cannot keep up, its queue grows and
so does the time. Memory is Daphne's unique set size with 500 desks connected against none
(after one that warmed it up), divided by 500. Baseline: the same WebSockets, a message published
past everything of ours.
"""

import time

import psutil

from tests.bench import pop
from tests.bench.report import Figure, at_most, emit, percentile, say
from tests.bench.serving import PretendAsterisk

AGENTS = 500
# (calls a second, calls): what 500 agents could take with calls of 50 seconds, and the aim's pace.
PACES = ((10.0, 200), (50.0, 400))
AIM_MS = 100.0
PATIENCE_S = 240.0


def child(word: str) -> psutil.Process:
    """Return our child with this word on its command line."""
    for process in psutil.Process().children(recursive=True):
        if word in process.cmdline():
            return process
    raise RuntimeError(f"no process {word}")


def cpu_s(process: psutil.Process) -> float:
    """Return the processor time that a process has had, in seconds."""
    times = process.cpu_times()
    return float(times.user + times.system)


def memory_mib(process: psutil.Process) -> float:
    """Return what would be free again if the process ended, in MiB."""
    return float(process.memory_full_info().uss) / 2**20


async def measure(http: int, people: list[tuple[str, int, str]]) -> None:
    """Connect everybody, then all calls at their pace."""
    asterisk = PretendAsterisk()
    ami = await asterisk.start()
    async with pop.processes(http, ami, asterisk):
        web, listener = child("daphne"), child("run_ami")
        first = pop.Round(people[:1], asterisk, calls=20)
        await first.open(http)
        await first.cards(first_call=100_000)
        await first.close()
        alone = memory_mib(web)
        crowd = pop.Round(people, asterisk, calls=100)
        await crowd.open(http)
        connected = memory_mib(web)
        bare = await crowd.bare()
        each = 1024 / AGENTS
        emit(
            Figure(
                f"memory of one desk's socket, {AGENTS} desks", (connected - alone) * each, "KiB"
            )
        )
        await crowd.close()
        first_call = 1
        for pace, calls in PACES:
            turn = pop.Round(
                people, asterisk, calls=calls, calls_a_second=pace, patience_s=PATIENCE_S
            )
            await turn.open(http)
            say(f"{AGENTS} agents connected, {calls} calls at {pace:g} a second")
            begun, used = time.monotonic(), cpu_s(listener)
            ours = await turn.cards(first_call=first_call)
            took, used = time.monotonic() - begun, cpu_s(listener) - used
            first_call += calls
            await turn.close()
            tell(pace, ours, bare, calls / took, used * 1000 / calls)
    await asterisk.stop()


def tell(pace: float, ours: list[float], bare: list[float], done: float, cpu_ms: float) -> None:
    """Emit what one pace came to."""
    emit(Figure(f"calls done a second, {pace:g} offered", done, "calls/s"))
    emit(Figure(f"listener's processor time for one call, {pace:g} calls/s", cpu_ms, "ms"))
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
