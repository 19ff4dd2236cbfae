"""FastAGI by threads against greenlets on asyncio: the figures of docs/adr/0005.

Both serve the same dialogue with the same session class; only what a blocking `recv` does differs.
Measured: memory and CPU with 1,000 callers waiting in a menu, how soon all are served when all
press a key at once, and calls/s and CPU for each call with 50 at once.
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil

from tests.bench.report import Figure, at_least, at_most, emit, say

IDLE = 1_000
IDLE_S = 5.0
CALLS = 2_000
AT_ONCE = 50
ROUNDS = 3
KINDS = ("threads", "greenlets")

HEADER = (
    b"agi_network: yes\nagi_request: agi://127.0.0.1/enter\nagi_channel: PJSIP/trunk-carrier-1\n"
    b"agi_language: zh\nagi_type: PJSIP\nagi_uniqueid: pbx1-1700000000.1\nagi_version: 22.10\n"
    b"agi_callerid: 13800138000\nagi_calleridname: unknown\nagi_dnid: 4008001000\n"
    b"agi_rdnis: unknown\nagi_context: huawu-from-trunk\nagi_extension: 4008001000\n"
    b"agi_priority: 7\nagi_enhanced: 0.0\nagi_accountcode: \nagi_threadid: 140000000000\n"
    b"agi_arg_1: 4008001000\nagi_arg_2: trunk-carrier\n\n"
)


# --- the server's side, in a process of its own -------------------------------------------------


def dialogue(session: object) -> None:
    """Serve one caller: what `enter` does, without a database."""
    from apps.ivr.demo_flows import DEMO_FLOWS
    from apps.ivr.engine.documents import flow_parse
    from apps.ivr.engine.run import run_flow
    from apps.telephony.agi.session import AgiSession
    from apps.telephony.agi.voice import PhoneVoice

    assert isinstance(session, AgiSession)
    flow = FLOWS.setdefault("main", flow_parse(DEMO_FLOWS["main"]))
    decision = run_flow(
        flow, voice=PhoneVoice(session), lookups=NoLookups(), on_step=lambda step: None
    )
    session.set("HW_QUEUE", f"demo-{decision.target}")
    session.set("HW_NEXT", decision.next)


FLOWS: dict[str, object] = {}


class NoLookups:
    """Nobody asks."""

    def account_balance(self, *, account_number: str, pin: str) -> None:
        """Know nothing."""

    def is_open(self, calendar: str) -> bool:
        """Never close."""
        return True


def serve_threads() -> None:
    """Serve by the product's server until standard input ends."""
    from apps.telephony.agi.server import FastAgiServer

    server = FastAgiServer("127.0.0.1", 0, {"enter": dialogue}, max_calls=2_000)
    server.start()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop(0)


class GreenSocket:
    """What AgiSession needs of a socket; waiting switches to the event loop's greenlet."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        wait: Callable[[object], object],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._wait = wait
        self._timeout: float | None = None

    def setsockopt(self, *options: object) -> None:
        """Leave the options to asyncio."""

    def settimeout(self, seconds: float | None) -> None:
        """Bound the next wait."""
        self._timeout = seconds

    def recv(self, most: int) -> object:
        """Wait for bytes."""
        return self._wait(asyncio.wait_for(self._reader.read(most), self._timeout))

    def sendall(self, data: bytes) -> None:
        """Send; single small lines never fill the buffer."""
        self._writer.write(data)

    def close(self) -> None:
        """Close."""
        self._writer.close()


def serve_greenlets() -> None:
    """Serve by greenlets on one event loop until standard input ends."""
    from greenlet import greenlet

    from apps.ivr.engine.voice import CallerGoneError
    from apps.telephony.agi.session import AgiSession

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def session() -> None:
            try:
                dialogue(AgiSession(GreenSocket(reader, writer, hub.switch)))  # type: ignore[arg-type]
            except CallerGoneError:
                return

        hub = greenlet.getcurrent()
        runner = greenlet(session)
        waiting = runner.switch()
        while not runner.dead:
            try:
                value = await waiting
            except BaseException as error:  # noqa: BLE001 - handed on to the session
                waiting = runner.throw(error)
            else:
                waiting = runner.switch(value)
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=1024)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait_for_end() -> None:
            sys.stdin.read()
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=wait_for_end, daemon=True).start()
        await ended.wait()
        server.close()

    asyncio.run(serve())


# --- the callers' side --------------------------------------------------------------------------


class Caller(asyncio.Protocol):
    """One call: says the header, answers commands, presses 1; `hold` waits to be let go first."""

    def __init__(self, hold: asyncio.Event | None = None) -> None:
        self._hold = hold
        self._rest = b""
        self.in_menu = asyncio.get_running_loop().create_future()
        self.ended = asyncio.get_running_loop().create_future()
        self.next = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the header."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(HEADER)

    def data_received(self, data: bytes) -> None:
        """Answer each command."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"GET DATA"):
                self.in_menu.set_result(None)
                if self._hold is None:
                    self.press()
            elif line.startswith(b"GET FULL VARIABLE"):
                once = line.split(b'"')[1].split(b" ")[0]
                self._transport.write(b"200 result=1 (" + once + b" pbx1-1700000000.1)\n")
            else:
                if line.startswith(b"SET VARIABLE HW_NEXT"):
                    self.next = line
                self._transport.write(b"200 result=0\n")

    def press(self) -> None:
        """Press 1."""
        self._transport.write(b"200 result=1\n")

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end; a call without a decision is a failure."""
        if self.next == b'SET VARIABLE HW_NEXT "queue"':
            self.ended.set_result(None)
        else:
            self.ended.set_exception(RuntimeError(f"no decision: {self.next!r} {error}"))


async def idle(port: int, server: psutil.Process) -> tuple[float, float, float, float]:
    """Hold 1,000 callers; give MB before and with them, CPU share waiting, seconds to end."""
    loop = asyncio.get_running_loop()
    warm = Caller()
    await loop.create_connection(lambda: warm, "127.0.0.1", port)
    await warm.ended
    before = server.memory_info().rss
    hold = asyncio.Event()
    callers = [Caller(hold) for _ in range(IDLE)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(caller.in_menu for caller in callers))
    during = server.memory_info().rss
    used = sum(server.cpu_times()[:2])
    await asyncio.sleep(IDLE_S)
    share = (sum(server.cpu_times()[:2]) - used) / IDLE_S
    begun = time.perf_counter()
    for caller in callers:
        caller.press()
    await asyncio.gather(*(caller.ended for caller in callers))
    return before / 2**20, during / 2**20, share, time.perf_counter() - begun


async def rate(port: int, server: psutil.Process) -> tuple[float, float]:
    """Make calls one after the other on 50 lines; give calls/s and CPU ms for each call."""
    loop = asyncio.get_running_loop()

    async def line(calls: int) -> None:
        for _ in range(calls):
            caller = Caller()
            await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
            await caller.ended

    used, begun = sum(server.cpu_times()[:2]), time.perf_counter()
    await asyncio.gather(*(line(CALLS // AT_ONCE) for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - begun
    return CALLS / seconds, (sum(server.cpu_times()[:2]) - used) / CALLS * 1000


def measure(kind: str) -> dict[str, float]:
    """Measure one kind of server; the best of some rounds, since other programs run too."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.agi_transport", "--serve", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        server = psutil.Process(process.pid)
        empty_mb, full_mb, idle_cpu, burst_s = asyncio.run(idle(port, server))
        rounds = [asyncio.run(rate(port, server)) for _ in range(ROUNDS)]
    finally:
        process.communicate(timeout=30)
    return {
        "empty_mb": empty_mb,
        "full_mb": full_mb,
        "kb_each": (full_mb - empty_mb) * 1024 / IDLE,
        "idle_cpu": idle_cpu * 100,
        "burst_s": burst_s,
        "calls_s": max(calls for calls, _ in rounds),
        "cpu_ms": min(cpu for _, cpu in rounds),
    }


def main() -> None:
    """Measure both and report the product's against the other."""
    found = {}
    for kind in KINDS:
        say(f"{kind} …")
        found[kind] = measure(kind)
        say(f"{kind}: " + ", ".join(f"{name} {value:.2f}" for name, value in found[kind].items()))
    ours, other = found["threads"], found["greenlets"]
    name = "greenlets on asyncio"
    emit(
        at_most(
            f"AGI, {IDLE:,} callers in a menu, memory",
            ours["full_mb"],
            "MB",
            100,
            other["full_mb"],
            name,
        )
    )
    for what, key, unit in (
        (f"AGI, memory for each of {IDLE:,} callers", "kb_each", "kB"),
        (f"AGI, CPU while {IDLE:,} callers wait", "idle_cpu", "%"),
        (f"AGI, {IDLE:,} keys at once, all served in", "burst_s", "s"),
        ("AGI, CPU for each call (menu to queue)", "cpu_ms", "ms"),
    ):
        emit(Figure(what, ours[key], unit, baseline=other[key], baseline_name=name))
    emit(at_least("AGI, 50 at once", ours["calls_s"], "calls/s", 100, other["calls_s"], name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        {"threads": serve_threads, "greenlets": serve_greenlets}[sys.argv[2]]()
    else:
        main()
