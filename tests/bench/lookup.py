"""Caller look-up: who is calling, with 1,000,000 customers on PostgreSQL.

Measured as the product does it: `customer_by_number` in a company's scope, signed in as an ordinary
role with row-level security in force. Baseline: the same row by a prepared statement, psycopg2
alone. Four companies share the rows, two numbers a customer.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.report import at_most, emit, percentile, say
from tools.servers import Postgres

CUSTOMERS = 1_000_000
COMPANIES = 4
LOOKUPS = 5_000
WARM_UP = 500
AIM_MS = 2.0
ROLE = "huawu_bench"

FILL = """
INSERT INTO tenants_tenant (slug, name, {tenant_columns})
    SELECT 'bench' || n, 'Bench ' || n, {tenant_values} FROM generate_series(1, {companies}) n;
INSERT INTO customers_customer
    (tenant_id, created_at, updated_at, name, level, kind, tags, note, account_number, pin_hash,
     custom)
    SELECT t.id, now(), now(), '客户' || n, 'normal', '', '[]', '', '', '', '{{}}'
    FROM generate_series(1, {customers}) n
    JOIN tenants_tenant t ON t.slug = 'bench' || (n % {companies} + 1);
INSERT INTO customers_customernumber
    (tenant_id, created_at, updated_at, customer_id, as_typed, lookup, is_primary)
    SELECT tenant_id, now(), now(), id, '13' || lpad(id::text, 9, '0'),
           '+8613' || lpad(id::text, 9, '0'), true
    FROM customers_customer;
INSERT INTO customers_customernumber
    (tenant_id, created_at, updated_at, customer_id, as_typed, lookup, is_primary)
    SELECT tenant_id, now(), now(), id, '15' || lpad(id::text, 9, '0'),
           '+8615' || lpad(id::text, 9, '0'), false
    FROM customers_customer;
"""
PREPARE = """
PREPARE look (text) AS
    SELECT c.* FROM customers_customernumber n
    JOIN customers_customer c ON c.id = n.customer_id
    WHERE n.tenant_id = %s AND n.lookup = $1 ORDER BY n.is_primary DESC, n.id LIMIT 1
"""


def fill() -> None:
    """Migrate, protect, load the customers and make the ordinary role; as superuser."""
    from django.core.management import call_command
    from django.db import connection

    from apps.core.management.commands.row_level_security import row_level_security_sql
    from apps.core.tenancy import all_tenants
    from apps.tenants.models import Tenant

    call_command("migrate", verbosity=0, skip_checks=True)
    sample = Tenant(slug="x", name="x")
    with all_tenants("the bench fills every company"), connection.cursor() as cursor:
        values = {}
        for field in Tenant._meta.concrete_fields:
            if field.column not in ("id", "slug", "name"):
                is_time = field.get_internal_type() == "DateTimeField"
                value = cursor.mogrify("%s", [getattr(sample, field.column)]).decode()
                values[field.column] = "now()" if is_time else value
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(row_level_security_sql())
        cursor.execute(
            FILL.format(
                tenant_columns=", ".join(values),
                tenant_values=", ".join(values.values()),
                companies=COMPANIES,
                customers=CUSTOMERS,
            )
        )
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")


def timed(ask: Callable[[str], object], numbers: list[str]) -> list[float]:
    """Return the milliseconds of each look-up; the first ones warm caches and do not count."""
    times = []
    for index, number in enumerate(numbers):
        begun = time.perf_counter()
        found = ask(number)
        if index >= WARM_UP:
            times.append((time.perf_counter() - begun) * 1000)
        if found is None:
            raise RuntimeError(f"{number} was not found")
    return times


def measure(url: str) -> None:
    """Look up random numbers through the product and past it."""
    import psycopg2
    from django.db import connection

    from apps.core.management.commands.row_level_security import is_role_exempt
    from apps.core.tenancy import all_tenants, tenant_scope
    from apps.customers.models import CustomerNumber
    from apps.customers.selectors import customer_by_number

    rng = random.Random(1)
    with all_tenants("the bench picks a company"):
        tenant_id = CustomerNumber.objects.values_list("tenant_id", flat=True).first()
        first = CustomerNumber.objects.filter(tenant_id=tenant_id).order_by("pk").first()
    assert first is not None
    residue = first.customer_id % COMPANIES
    ids = [
        identity
        for identity in (rng.randrange(CUSTOMERS) + 1 for _ in range(LOOKUPS * COMPANIES * 2))
        if identity % COMPANIES == residue
    ][: LOOKUPS + WARM_UP]
    prefixes = ("13", "15")
    numbers = [f"{prefixes[index % 2]}{identity:09d}" for index, identity in enumerate(ids)]

    with psycopg2.connect(url) as plain, plain.cursor() as cursor:
        cursor.execute("SET huawu.tenant = %s", [str(tenant_id)])
        cursor.execute(PREPARE, [tenant_id])

        def prepared(number: str) -> object:
            cursor.execute("EXECUTE look (%s)", ["+86" + number])
            return cursor.fetchone()

        bare = timed(prepared, numbers)

    if is_role_exempt():
        raise RuntimeError("the role must be bound by row-level security")
    with tenant_scope(tenant_id):
        ours = timed(customer_by_number, numbers)
        missing = [timed_miss(customer_by_number, index) for index in range(1_000)]
    connection.close()
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        emit(
            at_most(
                f"caller look-up, {CUSTOMERS:,} customers, {name}",
                percentile(ours, share),
                "ms",
                AIM_MS,
                percentile(bare, share),
                "prepared statement, psycopg2",
            )
        )
    emit(
        at_most(
            "caller look-up, unknown number, p99",
            percentile(missing, 0.99),
            "ms",
            AIM_MS,
            percentile(bare, 0.99),
            "prepared statement, psycopg2",
        )
    )


def timed_miss(ask: Callable[[str], object], index: int) -> float:
    """Return the milliseconds of a look-up that finds nobody."""
    begun = time.perf_counter()
    if ask(f"18{index:09d}") is not None:
        raise RuntimeError("nobody should have this number")
    return (time.perf_counter() - begun) * 1000


def set_up(url: str) -> None:
    """Load Django with this database."""
    import django

    os.environ.update(
        HUAWU_DATABASE_URL=url,
        HUAWU_SECRET_KEY="only-for-the-bench",
        HUAWU_REDIS_URL="",
        HUAWU_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    django.setup()


def main() -> None:
    """Run a PostgreSQL of our own, fill it in another process, measure in this one."""
    with tempfile.TemporaryDirectory(prefix="huawu-bench-") as name:
        os.environ["HUAWU_DATA_DIR"] = name
        database = Postgres(Path(name) / "postgres")
        try:
            database.start()
            say(f"loading {CUSTOMERS:,} customers")
            command = [sys.executable, "-m", "tests.bench.lookup", database.url("postgres")]
            subprocess.run(command, check=True)
            url = database.url("postgres", ROLE)
            set_up(url)
            say(f"looking up {LOOKUPS:,} callers")
            measure(url)
        finally:
            database.stop()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        set_up(sys.argv[1])
        fill()
    else:
        main()
