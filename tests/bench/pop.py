"""Time from the AMI bytes of an offered call to the card's arrival in the agent's browser.

Real PostgreSQL, Redis, Daphne and `run_ami`, each a process; Asterisk's manager and the browsers
are played. The recorded events of one real call are sent with other names: the caller waits, then
the agent's phone is offered the call. Measured from just before the offer's bytes are written to
the arrival of the first `call.changed` with that caller. Four calls a second is what 500 agents
take with calls of two minutes. Baseline: the same WebSockets, a message published past everything
of ours (channel layer only).
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.bench.report import at_most, emit, percentile, say
from tests.bench.serving import Browser, PretendAsterisk, RecordedCall
from tools.servers import Postgres, Redis, free_port, wait_for_port

SIZES = (1, 100, 500)
CALLS = 200
CALLS_A_SECOND = 4.0
BARE_A_SECOND = 20.0
AIM_MS = 50.0
TENANT = "bench"
ROOT = Path(__file__).parents[2]


def set_up(folder: Path, database: Postgres, redis: Redis, http: int) -> None:
    """Load Django with the services of this run."""
    import django

    os.environ.update(
        HUAWU_DATA_DIR=str(folder / "data"),
        HUAWU_ASTERISK_DIR=str(folder / "asterisk"),
        HUAWU_DATABASE_URL=database.url("postgres"),
        HUAWU_REDIS_URL=redis.url(),
        HUAWU_SECRET_KEY="only-for-the-bench",
        HUAWU_AMI_SECRET="only-for-the-bench",
        HUAWU_HTTP_PORT=str(http),
        HUAWU_LOG_LEVEL="WARNING",
        HUAWU_NODE="pbx1",
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    (folder / "data").mkdir()
    (folder / "asterisk").mkdir()
    django.setup()


def fill(agents: int) -> list[tuple[str, int, str]]:
    """Make a company with agents; return (SIP user, user id, session cookie) of each."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command

    from apps.accounts.models import Agent, User
    from apps.acd.models import Queue, QueueMember
    from apps.core.tenancy import all_tenants
    from apps.customers.models import Customer, CustomerNumber
    from apps.tenants.models import Tenant

    call_command("migrate", verbosity=0, skip_checks=True)
    made = []
    with all_tenants("the bench fills a company"):
        tenant = Tenant.objects.create(slug=TENANT, name="Bench")
        queue = Queue.objects.create(tenant=tenant, number="7001", name="Sales")
        for index in range(agents):
            name = f"b{index:04d}"
            user = User.objects.create(tenant=tenant, username=name, first_name=name, password="!")
            agent = Agent.objects.create(
                tenant=tenant, user=user, number=str(2000 + index), sip_username=name, sip_ha1="0"
            )
            QueueMember.objects.create(tenant=tenant, queue=queue, agent=agent)
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            made.append((name, user.pk, session.session_key))
        for index in range(CALLS):
            customer = Customer.objects.create(tenant=tenant, name=f"客户{index}", level="vip")
            CustomerNumber.objects.create(
                tenant=tenant, customer=customer, as_typed=caller_of(index), is_primary=True
            )
    return made


def caller_of(index: int) -> str:
    """Return the number that a call comes from."""
    return f"138{index % CALLS:08d}"


def run_processes(http: int, ami: int) -> list["subprocess.Popen[bytes]"]:
    """Start the web and the listener."""
    environment = {**os.environ, "HUAWU_AMI_PORT": str(ami), "PYTHONWARNINGS": "ignore"}
    daphne = ["-m", "daphne", "-b", "127.0.0.1", "-p", str(http), "-v", "0"]
    return [
        subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=sys.stderr)
        for arguments in (
            [*daphne, "config.asgi:application"],
            ["manage.py", "run_ami", "--node", "pbx1"],
        )
    ]


@contextlib.asynccontextmanager
async def processes(http: int, ami: int, asterisk: PretendAsterisk) -> AsyncIterator[None]:
    """Run the web and the listener until the block ends."""
    running = run_processes(http, ami)
    try:
        await asyncio.to_thread(wait_for_port, http, running[0], "Daphne")
        await asyncio.wait_for(asterisk.resynchronised.wait(), 30)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            await asyncio.to_thread(process.wait, 20)


class Round:
    """One size: so many browsers, so many calls, every card waited for."""

    def __init__(
        self,
        people: list[tuple[str, int, str]],
        asterisk: PretendAsterisk,
        *,
        calls: int = CALLS,
        calls_a_second: float = CALLS_A_SECOND,
        patience_s: float = 20.0,
    ) -> None:
        self._people = people
        self._calls, self._calls_a_second, self._patience_s = calls, calls_a_second, patience_s
        self._asterisk = asterisk
        self._expected: dict[tuple[int, str], asyncio.Future[float]] = {}
        self._browsers: list[Browser] = []

    async def open(self, http: int) -> None:
        """Connect every browser, a few at a time as at the start of a shift."""
        gate = asyncio.Semaphore(10)

        async def one(index: int, cookie: str) -> None:
            async with gate:
                browser = Browser(lambda envelope, at: self._event(index, envelope, at))
                await browser.open(http, cookie)
                self._browsers.append(browser)

        await asyncio.gather(*(one(i, person[2]) for i, person in enumerate(self._people)))

    async def close(self) -> None:
        """Disconnect every browser."""
        for browser in self._browsers:
            await browser.close()

    def _event(self, index: int, envelope: dict[str, Any], at: float) -> None:
        data = envelope["data"]
        number = str(data.get("caller", {}).get("number", data.get("bench", "")))
        waiting = self._expected.pop((index, number), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(at)

    def _expect(self, index: int, number: str) -> "asyncio.Future[float]":
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._expected[index, number] = future
        return future

    async def cards(self, first_call: int) -> list[float]:
        """Offer the calls at an even pace; return the milliseconds until each card."""
        recorded = RecordedCall()
        prepared = [
            recorded.parts(
                call=first_call + number,
                tenant=TENANT,
                agent=self._people[number % len(self._people)][0],
                caller=caller_of(number),
                shared=os.environ["HUAWU_ASTERISK_DIR"],
            )
            for number in range(self._calls)
        ]

        async def one(number: int) -> float:
            waits, rings, talks = prepared[number]
            self._asterisk.send(waits.now())
            await asyncio.sleep(0.3)  # the caller's music; not waited for anything
            arrival = self._expect(number % len(self._people), caller_of(number))
            begun = time.perf_counter()
            self._asterisk.send(rings.now())
            arrived = await asyncio.wait_for(arrival, self._patience_s)
            await asyncio.sleep(0.2)
            self._asterisk.send(talks.now())
            return (arrived - begun) * 1000

        return await self._paced(one, self._calls_a_second)

    async def bare(self) -> list[float]:
        """Publish past our code; return the milliseconds until each arrival."""
        from channels.layers import get_channel_layer

        layer = get_channel_layer()

        async def one(number: int) -> float:
            index = number % len(self._people)
            mark = f"bare{number}"
            envelope = {"v": 1, "seq": 0, "kind": "bench", "data": {"bench": mark}}
            arrival = self._expect(index, mark)
            begun = time.perf_counter()
            await layer.group_send(
                f"stream.user.{self._people[index][1]}",
                {"type": "stream.event", "envelope": envelope},
            )
            return (await asyncio.wait_for(arrival, 20) - begun) * 1000

        return await self._paced(one, BARE_A_SECOND)

    async def _paced(self, one: Any, a_second: float) -> list[float]:
        tasks = []
        begun = time.perf_counter()
        for number in range(self._calls):
            # By the clock: a sleep of one pace each would fall behind.
            await asyncio.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number)))
        return list(await asyncio.gather(*tasks))


async def measure(http: int, people: list[tuple[str, int, str]]) -> None:
    """Measure every size with the same processes."""
    asterisk = PretendAsterisk()
    ami = await asterisk.start()
    async with processes(http, ami, asterisk):
        for number, size in enumerate(SIZES):
            say(f"{size} agents connected, {CALLS} calls at {CALLS_A_SECOND:g} a second")
            turn = Round(people[:size], asterisk)
            await turn.open(http)
            bare = await turn.bare()
            ours = await turn.cards(first_call=1 + number * CALLS)
            await turn.close()
            for share, name in ((0.5, "p50"), (0.99, "p99")):
                emit(
                    at_most(
                        f"AMI bytes to browser, {size} agents, {name}",
                        percentile(ours, share),
                        "ms",
                        AIM_MS,
                        percentile(bare, share),
                        "channel layer to browser only",
                    )
                )
    await asterisk.stop()


Measure = Callable[[int, list[tuple[str, int, str]]], Coroutine[Any, Any, None]]


def main(agents: int = max(SIZES), measured: Measure = measure) -> None:
    """Start services, fill, measure, stop."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        folder = Path(name)
        database, redis = Postgres(folder / "postgres"), Redis(folder / "redis")
        try:
            database.start()
            redis.start()
            http = free_port()
            set_up(folder, database, redis, http)
            people = fill(agents)
            from django.db import connection

            connection.close()
            asyncio.run(measured(http, people))
        finally:
            redis.stop()
            database.stop()


if __name__ == "__main__":
    main()
