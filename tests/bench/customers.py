"""Customers at size: list, search, timeline and history at 1,000,000 customers, 10,000,000 calls.

    HUAWU_BENCH_KEEP=/var/tmp/bench python -m tests.bench.customers [part of a case's name]

PostgreSQL, signed in as an ordinary role with row-level security in force; all rows are one
company's (company.py). Asked are the console's own pages (asking.py) by an admin, by a team lead
who sees his department, and by an agent who sees his own. HUAWU_BENCH_CUSTOMERS and
HUAWU_BENCH_CALLS make it smaller, and the figures' names say so; HUAWU_BENCH_TURNS is the number of
requests a case.
"""

import random
import sys
import time
from collections.abc import Callable

from tests.bench.company import AGENTS, CALLS, CUSTOMERS, GIVEN, HEAVY, ROWS, SURNAMES
from tests.bench.kept import ROLE, loaded_database
from tests.bench.lookup import set_up
from tests.bench.report import say

AIM_MS = 50.0
RNG = random.Random(1)
LIST, HISTORY = "/customers/", "/history/"
Address = Callable[[int], str]


def some() -> int:
    """Return a customer of the company."""
    return RNG.randrange(HEAVY + 1, CUSTOMERS + 1)


def named() -> str:
    """Return a name of three signs that about one customer in 400,000 has."""
    return RNG.choice(SURNAMES) + RNG.choice(GIVEN) + RNG.choice(GIVEN)


def list_cases() -> dict[str, Address]:
    """Return what is asked of the list by who sees all of it."""
    month = "2026-0"
    return {
        "list, first page": lambda _: LIST,
        "list, a page of the first 400": lambda _: f"{LIST}?page={RNG.randrange(2, 400)}",
        "list, level": lambda _: f"{LIST}?level=vip",
        "list, owner": lambda _: f"{LIST}?owner={1000 + RNG.randrange(AGENTS)}",
        "list, tag": lambda _: f"{LIST}?tag=标签{RNG.randrange(10)}",
        "list, type and city": lambda _: f"{LIST}?type=w1&city=城市{RNG.randrange(200)}",
        "list, month": lambda _: f"{LIST}?month={month}{RNG.randrange(1, 10)}",
        "list, oldest first": lambda _: f"{LIST}?sort=created_at",
        "list, by name": lambda _: f"{LIST}?sort=name",
    }


def search_cases() -> dict[str, Address]:
    """Return what is typed into the search."""
    return {
        "search, whole number": lambda _: f"{LIST}?q=138{some():08d}",
        "search, last six digits": lambda _: f"{LIST}?q={some() % 1_000_000:06d}",
        "search, last four digits": lambda _: f"{LIST}?q={some() % 10_000:04d}",
        "search, name": lambda _: f"{LIST}?q={named()}",
        "search, family name": lambda _: f"{LIST}?q={RNG.choice(SURNAMES)}",
        "search, pinyin": lambda _: f"{LIST}?q={RNG.choice(('wangwei', 'lina', 'zhangmin'))}",
        "search, e-mail": lambda _: f"{LIST}?q=user{some() // 2 * 2}@example.com",
        "search, nobody": lambda _: f"{LIST}?q=nobody{some()}",
    }


def customer_cases() -> dict[str, Address]:
    """Return what is asked of one customer."""

    def later(turn: int) -> str:
        day = 1 + turn % 28
        after = f"2026-0{1 + turn % 9}-{day:02d}T00:00:00%2B00:00~call~1"
        return f"{LIST}{1 + turn % HEAVY}/timeline/?after={after}"

    return {
        "customer's page, ten calls": lambda _: f"{LIST}{some()}/",
        "customer's page, 5,000 calls": lambda turn: f"{LIST}{1 + turn % HEAVY}/",
        "timeline, later page of 5,000 calls": later,
    }


def history_cases() -> dict[str, Address]:
    """Return what is asked of the call history."""
    return {
        "history, first page": lambda _: HISTORY,
        "history, a page of the first 400": lambda _: f"{HISTORY}?page={RNG.randrange(2, 400)}",
        "history, a number": lambda _: f"{HISTORY}?number=138{some():08d}",
        "history, outcome": lambda _: f"{HISTORY}?outcome=abandoned",
        "history, direction": lambda _: f"{HISTORY}?direction=out",
        "history, a day": lambda _: (
            f"{HISTORY}?on=2026-0{RNG.randrange(1, 10)}-{RNG.randrange(1, 28):02d}"
        ),
        "history, disposition": lambda _: f"{HISTORY}?disposition={RNG.randrange(6, 20)}",
    }


def yardstick() -> float:
    """Return the processor's milliseconds for a fixed piece of Python, the best of twenty.

    Machines differ by two and more, and one machine from day to day: figures of two days can be
    compared when this is the same.
    """
    best = float("inf")
    for _ in range(20):
        begun, kept = time.process_time(), {}
        for at in range(60_000):
            kept[at % 97] = f"{at}x"
        best = min(best, (time.process_time() - begun) * 1000)
    return best


def measure(only: str) -> None:
    """Ask every page as every person."""
    from django.conf import settings

    from apps.core.long_lived import loaded_kept
    from apps.core.management.commands.row_level_security import (
        functions_not_leakproof,
        is_role_exempt,
    )
    from tests.bench.asking import PART, client_of, cost, tell

    if is_role_exempt() or functions_not_leakproof():
        raise RuntimeError("the role must be bound by row-level security, its functions leak-proof")
    settings.ALLOWED_HOSTS = ["*"]
    every = {**list_cases(), **search_cases(), **customer_cases(), **history_cases()}
    say(f"yardstick: {yardstick():.1f} ms")
    loaded_kept()  # as the web process does
    for username in ("admin", "lead3", "agent42"):
        client = client_of(username)
        for name, address in every.items():
            if only in f"{username} {name}":
                found = cost(client, address, headers=PART)
                tell(f"{name}, {username}, {CUSTOMERS:,} and {CALLS:,}", found, AIM_MS)


def main() -> None:
    """Run a PostgreSQL with the rows, and measure in this process."""
    with loaded_database("tests.bench.company", ROWS) as database:
        set_up(database.url("postgres", ROLE))
        measure(sys.argv[1] if len(sys.argv) > 1 else "")


if __name__ == "__main__":
    main()
