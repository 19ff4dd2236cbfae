"""Fill tables by the million: without their indexes, which are built when the rows are there."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, models

from apps.core.management.commands.row_level_security import (
    INDEXED,
    leakproof_sql,
    row_level_security_sql,
)
from tests.bench.lookup import ROLE, set_up
from tests.bench.report import say
from tests.bench.rows import insert_sql


def prepare() -> None:
    """Migrate. Nothing is cut off for being slow, as it is at the lowest priority."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    call_command("migrate", verbosity=0, skip_checks=True)


def protect() -> None:
    """Put the policies on, and make the ordinary role that measures."""
    with connection.cursor() as cursor:
        cursor.execute(row_level_security_sql())
        cursor.execute(leakproof_sql(list(INDEXED)))
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def settle() -> None:
    """Gather statistics, as autovacuum would have."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def without_indexes(*tables: type[models.Model]) -> Iterator[None]:
    """Take away all indexes but keys and constraints, and build them at the end. No foreign keys
    are looked at meanwhile.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        # An index of millions takes longer than a page may; the connection may be another by now.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS "
            "(SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [names],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for name, definition in indexes:
            begun = time.monotonic()
            cursor.execute(definition)
            say(f"{name} in {time.monotonic() - begun:.0f} s")
        cursor.execute("SET session_replication_role = origin")


def insert(model: type[models.Model], given: dict[str, str], source: str) -> None:
    """Insert `SELECT given FROM source`, and set the key's sequence behind the rows."""
    begun = time.monotonic()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(insert_sql(model, given, source))
        say(f"{table}: {cursor.rowcount:,} rows in {time.monotonic() - begun:.0f} s")
        last = model._default_manager.order_by("-pk").values_list("pk", flat=True)[0]
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])


if __name__ == "__main__":
    # A cluster that was kept may be older than the code.
    set_up(sys.argv[1])
    prepare()
    protect()
