"""Customers at size: list, search and history, 1,000,000 customers and 10,000,000 calls.

PostgreSQL, four companies, signed in as an ordinary role with row-level security in force.
Measured is what a page asks for: the query through the selectors and its rows as objects, for a
person who sees the whole company. Baseline: the same rows by SQL, psycopg2 alone.
HUAWU_BENCH_CUSTOMERS and HUAWU_BENCH_CALLS make it smaller, and the figures' names say so.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.lookup import set_up
from tests.bench.report import at_most, emit, percentile, say
from tools.servers import Postgres

CUSTOMERS = int(os.environ.get("HUAWU_BENCH_CUSTOMERS") or 1_000_000)
CALLS = int(os.environ.get("HUAWU_BENCH_CALLS") or 10_000_000)
COMPANIES, TURNS, WARM_UP, PAGE = 4, 200, 20, 25
AIM_MS = 50.0
ROLE = "huawu_bench"
NAMES = "王李张刘陈杨黄赵周吴"


def fill() -> None:
    """Migrate, protect, load; as superuser."""
    from django.core.management import call_command
    from django.db import connection

    from apps.accounts.choices import Role
    from apps.accounts.models import User
    from apps.calls.models import Call
    from apps.core.management.commands.row_level_security import (
        INDEXED,
        leakproof_sql,
        row_level_security_sql,
    )
    from apps.core.tenancy import all_tenants
    from apps.customers.models import Customer, CustomerNumber
    from apps.tenants.models import Tenant
    from tests.bench.rows import insert_sql

    call_command("migrate", verbosity=0, skip_checks=True)
    with all_tenants("the bench fills every company"), connection.cursor() as cursor:
        tenants = [
            Tenant.objects.create(slug=f"bench{n}", name=f"Bench {n}") for n in range(COMPANIES)
        ]
        User.objects.create(tenant=tenants[0], username="admin", role=Role.ADMIN, password="!")
        first = tenants[0].pk
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")  # no look at each foreign key
        company = f"{first} + n % {COMPANIES}"
        number = "'138' || lpad(n::text, 8, '0')"
        sign = f"substr('{NAMES}', 1 + n % {len(NAMES)}, 1)"
        code = "'u' || to_hex(ascii(" + sign + ")) || 'z'"
        customers = {
            "id": "n",
            "tenant_id": company,
            "name": f"{sign} || n",
            "name_key": f"{sign} || n",
            "search_text": f"{code} || n || ' ' || {number}",
            "created_at": "now() - n * interval '1 second'",
        }
        numbers = {
            "tenant_id": company,
            "customer_id": "n",
            "as_typed": number,
            "lookup": f"'+86' || {number}",
            "is_primary": "true",
        }
        calls = {
            "tenant_id": f"{first} + c % {COMPANIES}",
            "customer_id": "c",
            "node": "'pbx1'",
            "linkedid": "'bench.' || k",
            "caller": "'138' || lpad(c::text, 8, '0')",
            "caller_lookup": "'+86138' || lpad(c::text, 8, '0')",
            "outcome": "'answered'",
            "started_at": "now() - k * interval '2 seconds'",
            "ended_at": "now() - k * interval '2 seconds' + interval '1 second'",
            "wait_ms": "5000",
            "talk_ms": "90000",
        }
        rows = f"FROM generate_series(1, {CUSTOMERS}) n"
        many = f"FROM (SELECT k, 1 + k::bigint * 7919 % {CUSTOMERS} AS c"
        many += f" FROM generate_series(1, {CALLS}) k) made"
        for model, given, source in (
            (Customer, customers, rows),
            (CustomerNumber, numbers, rows),
            (Call, calls, many),
        ):
            begun = time.monotonic()
            cursor.execute(insert_sql(model, given, source))
            say(f"{model.__name__}: {cursor.rowcount:,} rows in {time.monotonic() - begun:.0f} s")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(row_level_security_sql())
        cursor.execute(leakproof_sql(list(INDEXED)))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def timed(ask: Callable[[int], Any], ids: list[int]) -> list[float]:
    """Return the milliseconds of each turn; the first ones warm caches and do not count."""
    times = []
    for turn, identity in enumerate(ids):
        begun = time.perf_counter()
        found = ask(identity)
        if turn >= WARM_UP:
            times.append((time.perf_counter() - begun) * 1000)
        if not found:
            raise RuntimeError(f"nothing was found for {identity}")
    return times


def tell(what: str, ours: list[float], bare: list[float]) -> None:
    """Emit the 95th percentile."""
    emit(
        at_most(
            f"{what}, {CUSTOMERS:,} customers, {CALLS:,} calls, p95",
            percentile(ours, 0.95),
            "ms",
            AIM_MS,
            percentile(bare, 0.95),
            "the same rows, psycopg2",
        )
    )


def measure(url: str) -> None:
    """Ask for random customers through the product and past it."""
    import psycopg2

    from apps.accounts.models import User
    from apps.calls.selectors import call_list_for
    from apps.core.management.commands.row_level_security import is_role_exempt
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.customers.selectors import customer_list_for, customer_search

    if is_role_exempt():
        raise RuntimeError("the role must be bound by row-level security")
    with all_tenants("the bench picks a person"):
        user = User.objects.select_related("tenant").get(username="admin")
    tenant_id = user.tenant_id
    rng = random.Random(1)
    ids = [rng.randrange(1, CUSTOMERS // COMPANIES) * COMPANIES for _ in range(TURNS + WARM_UP)]

    def shown(rows: Any) -> list[Any]:
        return list(rows[:PAGE])

    def searched(words: str) -> list[Any]:
        return shown(customer_search(customer_list_for(user=user), words, user=user))

    with psycopg2.connect(url) as plain, plain.cursor() as cursor:
        cursor.execute("SET huawu.tenant = %s", [str(tenant_id)])

        def bare(query: str, *values: Any) -> list[Any]:
            cursor.execute(query, [tenant_id, *values])
            return cursor.fetchall()

        newest = "SELECT * FROM customers_customer WHERE tenant_id = %s AND state = 'active'"
        end = f" ORDER BY created_at DESC, id DESC LIMIT {PAGE}"
        like = newest + " AND search_text LIKE %s" + end
        calls = "SELECT * FROM calls_call WHERE tenant_id = %s AND customer_id = %s"
        calls += f" ORDER BY started_at DESC, id DESC LIMIT {PAGE}"
        with tenant_scope(tenant_id):
            tell(
                "customer list",
                timed(lambda _: shown(customer_list_for(user=user)), ids),
                timed(lambda _: bare(newest + end), ids),
            )
            tell(
                "customer search, whole number",
                timed(lambda pk: searched(f"138{pk:08d}"), ids),
                timed(lambda pk: bare(like, f"%138{pk:08d}%"), ids),
            )
            tell(
                "customer search, part of a number",
                timed(lambda pk: searched(f"{pk % 1_000_000:06d}"), ids),
                timed(lambda pk: bare(like, f"%{pk % 1_000_000:06d}%"), ids),
            )
            tell(
                "customer's calls",
                timed(lambda pk: shown(call_list_for(user=user).filter(customer=pk)), ids),
                timed(lambda pk: bare(calls, pk), ids),
            )


def main() -> None:
    """Run a PostgreSQL of our own, fill it in another process, measure in this one."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        os.environ["HUAWU_DATA_DIR"] = name
        database = Postgres(Path(name) / "postgres")
        try:
            database.start()
            say(f"loading {CUSTOMERS:,} customers and {CALLS:,} calls")
            command = [sys.executable, "-m", "tests.bench.customers", database.url("postgres")]
            subprocess.run(command, check=True)
            url = database.url("postgres", ROLE)
            set_up(url)
            measure(url)
        finally:
            database.stop()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        set_up(sys.argv[1])
        fill()
    else:
        main()
