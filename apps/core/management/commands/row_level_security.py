"""Row-level security: PostgreSQL itself refuses rows of another company.

The scoped managers are the first wall; this is the second, for the query somebody writes by hand.
The policies read the session variable `huawu.tenant`, which `apps.core.postgresql` sets before each
query from the scope: '' (or unset) nothing, '*' every company, else one company's id.
Source: PostgreSQL 15, "Row Security Policies", CREATE POLICY.
"""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, models, transaction

POLICY = "huawu_tenant"
NOT_COVERED = frozenset({"accounts.User"})
"""Sign-in happens before any company is known, so users are read without a scope."""

INDEXED = ("textlike(text, text)", "jsonb_contains(jsonb, jsonb)")
"""What searches ask of an index: LIKE on trigrams, @> on JSON. Under a policy PostgreSQL uses the
index only when the function is leak-proof, which a superuser must say (deploy/postgres/role.sh).
Source: PostgreSQL 15, CREATE FUNCTION, LEAKPROOF; plan with and without: docs/bench.md."""

HEADER = """\
-- Written by `manage.py row_level_security --sql`; a test compares. Apply it with --apply, after
-- `migrate`. Safe to run again. The role that Huawu signs in with must be neither superuser nor
-- BYPASSRLS; it may own the tables (FORCE). A dump needs a role with BYPASSRLS: deploy/backup.sh.
"""

TABLE_SQL = """\
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS {policy} ON {table};
CREATE POLICY {policy} ON {table}
    USING (
        (SELECT current_setting('huawu.tenant', true)) = '*'
        OR tenant_id = (
            SELECT NULLIF(NULLIF(current_setting('huawu.tenant', true), ''), '*')::bigint
        )
    );
"""
# Without WITH CHECK the same condition holds for rows written. The sub-selects are evaluated once a
# query, not once a row. A row without a company (`tenant_id` null) is seen under '*' only.


def protected_tables() -> list[str]:
    """Return the tables whose rows belong to a company, sorted."""
    tenant = apps.get_model("tenants", "Tenant")
    tables = set()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed or model._meta.label in NOT_COVERED:
            continue
        for field in model._meta.concrete_fields:
            is_owner = isinstance(field, models.ForeignKey) and field.related_model is tenant
            if is_owner and field.name == "tenant":
                tables.add(model._meta.db_table)
    return sorted(tables)


def row_level_security_sql() -> str:
    """Return the script that puts the policy on every table of `protected_tables`."""
    blocks = [TABLE_SQL.format(table=f'"{table}"', policy=POLICY) for table in protected_tables()]
    return "\n".join([HEADER, *blocks])


def unprotected_tables() -> list[str]:
    """Return the tables that lack the policy or on which it is not forced. 1 query, PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE p.polname = %s AND c.relrowsecurity AND c.relforcerowsecurity",
            [POLICY],
        )
        protected = {row[0] for row in cursor.fetchall()}
    return [table for table in protected_tables() if table not in protected]


def is_role_exempt() -> bool:
    """Return whether the role signed in walks past every policy. 1 query, PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def functions_not_leakproof() -> list[str]:
    """Return those of `INDEXED` whose indexes no query under a policy uses. 1 query, PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted FROM unnest(%s) wanted JOIN pg_proc p "
            "ON p.oid = ('pg_catalog.' || wanted)::regprocedure WHERE NOT p.proleakproof",
            [list(INDEXED)],
        )
        return [row[0] for row in cursor.fetchall()]


def leakproof_sql(functions: list[str]) -> str:
    """Return what a superuser runs in Huawu's database so that searches use their indexes."""
    return " ".join(f"ALTER FUNCTION pg_catalog.{name} LEAKPROOF;" for name in functions)


class Command(BaseCommand):
    """`manage.py row_level_security --sql | --apply | --check`."""

    help = "Row-level security of the companies' tables on PostgreSQL."
    # It looks at models and the catalogue only; a fault in a view must not stop it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take exactly one of the three verbs."""
        verbs = parser.add_mutually_exclusive_group(required=True)
        verbs.add_argument("--sql", action="store_true", help="Print the script.")
        verbs.add_argument("--apply", action="store_true", help="Run it on the database.")
        verbs.add_argument("--check", action="store_true", help="Name tables that lack the policy.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, apply or check."""
        if options["sql"]:
            self.stdout.write(row_level_security_sql(), ending="")
            return
        if connection.vendor != "postgresql":
            raise CommandError(
                "Row-level security exists on PostgreSQL only; see HUAWU_DATABASE_URL."
            )
        if options["apply"]:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(row_level_security_sql())
            self.stdout.write(f"{len(protected_tables())} tables protected.")
        slow = functions_not_leakproof()
        if slow:
            self.stdout.write(
                "Searches are slow with many customers until a superuser runs in this database: "
                + leakproof_sql(slow)
            )
        missing = unprotected_tables()
        if missing:
            raise CommandError(f"No policy {POLICY} on: {', '.join(missing)}. Run with --apply.")
        if is_role_exempt():
            raise CommandError(
                "The database role is a superuser or has BYPASSRLS: the policies do not bind it. "
                "Give Huawu a role of its own (docs/operator-guide.md, Database)."
            )
