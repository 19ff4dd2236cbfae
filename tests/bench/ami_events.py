"""AMI events a second: through the listener, and reading the socket with panoramisk alone.

The recorded storm (20 callers, two agents) is sent again and again over loopback by a process of
its own, as fast as it is read. Ours: the product's link, translation to facts and the fact writer's
queue with a thread that takes them. Counted by the reading process's own CPU time, so that one core
is what is measured, and by the clock. The last figure is how fast facts reach PostgreSQL.
"""

import asyncio
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.report import Figure, at_least, emit, say
from tools.servers import Postgres

EVENTS = 60_000
AIM = 5_000.0
CALLS = 600
ROUNDS = 3
LOGIN = b"Response: Success\r\nActionID: %s\r\nMessage: Authentication accepted\r\n\r\n"


def serve(port_file: str) -> None:
    """Be the manager: let in, then send `EVENTS` events in pieces as TCP would cut them."""
    from tests.fixtures.replay import BANNER, ami_bytes

    storm = ami_bytes("storm")
    times = EVENTS // (b"\n" + storm).count(b"\nEvent: ") + 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Path(port_file).write_text(str(listener.getsockname()[1]))
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(BANNER)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += connection.recv(4096)
                number = asked.split(b"ActionID: ")[1].split(b"\r\n")[0]
                connection.sendall(LOGIN % number)
                for _ in range(times):
                    connection.sendall(storm)
                try:
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass


def cpu_s() -> float:
    """Return this process's CPU seconds so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(read: Callable[[], int]) -> tuple[float, float]:
    """Return events per CPU second and per second of the clock."""
    cpu, clock = cpu_s(), time.perf_counter()
    count = read()
    return count / (cpu_s() - cpu), count / (time.perf_counter() - clock)


def read_with_panoramisk(port: int) -> int:
    """Count events with panoramisk's own manager and nothing else."""
    from panoramisk.manager import Manager

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    done, count = loop.create_future(), 0

    def handle(_manager: Any, _message: Any) -> None:
        nonlocal count
        count += 1
        if count >= EVENTS and not done.done():
            done.set_result(None)

    manager = Manager(host="127.0.0.1", port=port, username="x", secret="x", loop=loop)
    manager.register_event("*", handle)
    manager.connect()
    loop.run_until_complete(done)
    manager.connection_lost = lambda _error: None
    manager.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    return count


def read_with_listener(port: int) -> int:
    """Count events through link, translation and the writer's queue (no database)."""
    from apps.calls.spool import Spool
    from apps.calls.writer import FactWriter
    from apps.telephony.ami.connection import AmiConfig, AmiLink
    from apps.telephony.ami.events import fact_from_event

    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        writer = FactWriter(Spool(Path(folder), "bench"), apply=lambda facts: [])
        writer.start()

        def on_event(message: Any, received_at: datetime) -> None:
            fact = fact_from_event(message, node="bench", received_at=received_at)
            if fact is not None:
                writer.put(fact)
            if link.events_read >= EVENTS:
                done.set()

        link = AmiLink(
            AmiConfig("bench", "127.0.0.1", port, "x", "x"),
            on_event=on_event,
            on_up=lambda epoch: None,
            on_down=lambda: None,
        )
        link.start()
        done.wait(120)
        writer.wait_idle(60)
        count = link.events_read
        link.stop()
        writer.stop()
    return count


def read(kind: str, port: int) -> None:
    """Be the reading process of one kind; print both rates."""
    import django

    django.setup()
    reader = {"panoramisk": read_with_panoramisk, "listener": read_with_listener}[kind]
    per_cpu, per_clock = measured(lambda: reader(port))
    sys.stdout.write(f"{per_cpu} {per_clock}\n")


def write_ledger() -> None:
    """Write the storm's facts under new names; print facts a second (batches, and one by one)."""
    import django

    django.setup()
    from django.core.management import call_command

    from apps.calls.services import facts_apply
    from tests.fixtures.replay import facts

    call_command("migrate", verbosity=0, skip_checks=True)
    storm = facts("storm")

    def renamed(number: int) -> list[Any]:
        def new(text: str) -> str:
            return text.replace("lab-1", f"bench{number}")

        return [
            replace(fact, linkedid=new(fact.linkedid), uniqueid=new(fact.uniqueid),
                    key=new(fact.key), at=datetime.now(UTC))
            for fact in storm
        ]  # fmt: skip

    facts_apply(renamed(0))
    many = [fact for number in range(1, CALLS // 20 + 1) for fact in renamed(number)]
    begun = time.perf_counter()
    for start in range(0, len(many), 200):
        facts_apply(many[start : start + 200])
    batched = len(many) / (time.perf_counter() - begun)
    single = renamed(9999)
    begun = time.perf_counter()
    for fact in single:
        facts_apply([fact])
    sys.stdout.write(f"{batched} {len(single) / (time.perf_counter() - begun)}\n")


def child(*arguments: str, **environment: str) -> tuple[float, float]:
    """Run one part of this module as a process; return the two numbers that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.ami_events", *arguments],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    first, second = done.stdout.split()[-2:]
    return float(first), float(second)


def main() -> None:
    """Measure both readers in turn, best of `ROUNDS`, then the ledger."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as folder:
        port_file = Path(folder) / "port"
        arguments = [sys.executable, "-m", "tests.bench.ami_events", "serve", str(port_file)]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        server = subprocess.Popen(arguments, env=environment)
        try:
            end = time.monotonic() + 30
            while not port_file.exists() or not port_file.read_text():
                if time.monotonic() > end or server.poll() is not None:
                    raise RuntimeError("the sending process did not start")
                time.sleep(0.05)
            rates: dict[str, Sequence[float]] = {}
            for kind in ("panoramisk", "listener") * ROUNDS:
                found = child("read", kind, port_file.read_text())
                say(f"{kind}: {found[0]:,.0f} events/s of CPU, {found[1]:,.0f} by the clock")
                rates[kind] = max(found, rates.get(kind, (0.0, 0.0)))
        finally:
            server.kill()
            server.wait()
        alone = rates["panoramisk"]
        name = "panoramisk alone"
        emit(at_least("AMI events/s on one core", rates["listener"][0], "1/s", AIM, alone[0], name))
        emit(Figure("AMI events/s by the clock", rates["listener"][1], "1/s",
                    baseline=alone[1], baseline_name=name))  # fmt: skip
        database = Postgres(Path(folder) / "pg")
        try:
            database.start()
            url = database.url("postgres")
            batched, single = child("ledger", HUAWU_TEST_DATABASE_URL=url)
        finally:
            database.stop()
        emit(Figure("facts/s into PostgreSQL, in batches", batched, "1/s"))
        emit(Figure("facts/s into PostgreSQL, one by one", single, "1/s"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        import django

        django.setup()
        serve(sys.argv[2])
    elif sys.argv[1:2] == ["read"]:
        read(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["ledger"]:
        write_ledger()
    else:
        main()
