"""Ask pages as signed-in people do, through Django's test client, and see what each answer costs.

In process: every middleware, session, view, query and template is in the figure; the web server's
socket is not. Each request is another one (another customer, another page), the first ones of a
case do not count. Of each case: the 95th percentile of the answer, of its SQL, and of the
processor time of our process.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.test import Client

from tests.bench.report import at_most, emit, percentile, say

TURNS = int(os.environ.get("HUAWU_BENCH_TURNS") or 200)
WARM_UP = 5
PART = {"HX-Request": "true"}


@dataclass
class Cost:
    """Milliseconds of each request of a case, and its most queries."""

    answers: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    queries: int = 0


@contextmanager
def sql_timed(told: list[float]) -> Iterator[None]:
    """Append the milliseconds of each query."""

    def timed(execute: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*args)
        finally:
            told.append((time.perf_counter() - begun) * 1000)

    with connection.execute_wrapper(timed):
        yield


def client_of(username: str) -> Client:
    """Return a client that is signed in."""
    from apps.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def cost(client: Client, address: Callable[[int], str], *, headers: dict[str, str]) -> Cost:
    """Ask `TURNS` times; raise RuntimeError for an answer that is none."""
    told = Cost()
    for turn in range(TURNS + WARM_UP):
        asked: list[float] = []
        path = address(turn)
        with sql_timed(asked):
            begun, used = time.perf_counter(), time.process_time()
            response = client.get(path, headers=headers)
            took = (time.perf_counter() - begun) * 1000
            used = (time.process_time() - used) * 1000
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        if turn >= WARM_UP:
            told.answers.append(took)
            told.sql.append(sum(asked))
            told.processor.append(used)
            told.queries = max(told.queries, len(asked))
    return told


def tell(name: str, found: Cost, limit: float) -> None:
    """Emit the case: the answer's 95th percentile, beside it that of its SQL."""
    emit(
        at_most(
            f"{name}, p95",
            percentile(found.answers, 0.95),
            "ms",
            limit,
            percentile(found.sql, 0.95),
            "its SQL",
        )
    )
    middle, most = percentile(found.answers, 0.5), percentile(found.answers, 0.95)
    say(
        f"{name}: p50 {middle:.1f}, p95 {most:.1f}, SQL p95 {percentile(found.sql, 0.95):.1f}, own "
        f"processor p50 {percentile(found.processor, 0.5):.1f} ms, {found.queries} queries, load "
        f"{os.getloadavg()[0]:.1f}"
    )
