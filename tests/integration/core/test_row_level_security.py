"""PostgreSQL itself refuses the rows of another company, whatever the query says."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from apps.acd.models import Queue
from apps.calls.models import CallFact
from apps.core.management.commands.row_level_security import (
    INDEXED,
    functions_not_leakproof,
    leakproof_sql,
    protected_tables,
    row_level_security_sql,
    unprotected_tables,
)
from apps.core.tenancy import all_tenants, tenant_scope
from apps.tenants.models import Tenant
from tests.factories import QueueFactory, TenantFactory

pytestmark = pytest.mark.django_db

ROLE = "huawu_rls_test"
COUNT = "SELECT count(*) FROM acd_queue"


def one(sql: str, params: list[object] | None = None) -> int:
    """Run a query that somebody wrote by hand, past every manager."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.fetchone()[0])


@pytest.fixture
def companies(db: None) -> tuple[Tenant, Tenant]:
    """Two companies with one queue each; the test runs as an ordinary role that owns the tables.

    Role, policies and rows live in the test's transaction and go with it.
    """
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(row_level_security_sql())
        cursor.execute(f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS")
        cursor.execute(f"GRANT ALL ON SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
        for table in protected_tables():
            cursor.execute(f'ALTER TABLE "{table}" OWNER TO {ROLE}')
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    with all_tenants("two companies for the test"):
        a, b = TenantFactory(), TenantFactory()
        QueueFactory(tenant=a, number="7001", department=None)
        QueueFactory(tenant=b, number="7001", department=None)
    return a, b


def test_query_without_scope_sees_nothing(companies: tuple[Tenant, Tenant]) -> None:
    assert one(COUNT) == 0


def test_session_that_never_heard_of_a_scope_sees_nothing(
    companies: tuple[Tenant, Tenant],
) -> None:
    # A psql session of the same role: the variable is not even declared there, or is empty.
    with connection.connection.cursor() as cursor:
        cursor.execute("RESET huawu.tenant")
        cursor.execute(COUNT)
        assert cursor.fetchone()[0] == 0


def test_scope_of_one_company_sees_nothing_of_another(companies: tuple[Tenant, Tenant]) -> None:
    a, b = companies
    with tenant_scope(b.pk):
        assert one(COUNT) == 1
        assert one(COUNT + " WHERE tenant_id = %s", [a.pk]) == 0
        assert one(COUNT + " WHERE tenant_id = %s", [b.pk]) == 1


def test_lifted_scope_sees_every_company(companies: tuple[Tenant, Tenant]) -> None:
    with all_tenants("test"):
        assert one(COUNT) == 2


def test_scope_left_is_forgotten(companies: tuple[Tenant, Tenant]) -> None:
    a, b = companies
    with tenant_scope(b.pk):
        with tenant_scope(a.pk):
            assert one("SELECT tenant_id FROM acd_queue") == a.pk
        assert one("SELECT tenant_id FROM acd_queue") == b.pk
    assert one(COUNT) == 0


def test_row_of_another_company_cannot_be_written(companies: tuple[Tenant, Tenant]) -> None:
    a, b = companies
    with tenant_scope(b.pk):
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE acd_queue SET tenant_id = %s", [a.pk])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM acd_queue WHERE tenant_id = %s", [a.pk])
            assert cursor.rowcount == 0
    with all_tenants("count what is left"):
        assert one(COUNT) == 2


def test_row_without_company_is_seen_under_all_companies_only(
    companies: tuple[Tenant, Tenant],
) -> None:
    a, _ = companies
    with all_tenants("a call to a number that nobody owns"):
        CallFact.objects.create(
            tenant=None,
            node="pbx1",
            linkedid="1",
            key="1:entered",
            kind="entered",
            at=timezone.now(),
            source="agi",
            data={},
        )
        assert one("SELECT count(*) FROM calls_callfact") == 1
    with tenant_scope(a.pk):
        assert one("SELECT count(*) FROM calls_callfact") == 0


def test_scope_survives_a_rollback_to_a_savepoint(companies: tuple[Tenant, Tenant]) -> None:
    a, b = companies
    with tenant_scope(a.pk):
        assert one(COUNT) == 1
    with transaction.atomic(), tenant_scope(b.pk):
        assert one("SELECT tenant_id FROM acd_queue") == b.pk
        transaction.set_rollback(True)
    with tenant_scope(a.pk):
        assert one("SELECT tenant_id FROM acd_queue") == a.pk


def test_managers_and_policies_agree(companies: tuple[Tenant, Tenant]) -> None:
    a, _ = companies
    with tenant_scope(a.pk):
        assert Queue.objects.count() == one(COUNT) == 1


def test_every_owned_table_has_a_policy(companies: tuple[Tenant, Tenant]) -> None:
    assert unprotected_tables() == []
    assert {"acd_queue", "calls_call", "calls_callfact", "customers_customer"} <= set(
        protected_tables()
    )
    assert "accounts_user" not in protected_tables()


def test_check_names_a_table_without_policy(companies: tuple[Tenant, Tenant]) -> None:
    call_command("row_level_security", "--check")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE acd_queue NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(CommandError, match="acd_queue"):
        call_command("row_level_security", "--check")


def test_check_refuses_a_role_that_walks_past_policies(companies: tuple[Tenant, Tenant]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with pytest.raises(CommandError, match="BYPASSRLS"):
        call_command("row_level_security", "--check")


def test_search_uses_its_index_under_the_policies(
    companies: tuple[Tenant, Tenant], capsys: pytest.CaptureFixture[str]
) -> None:
    query = "EXPLAIN SELECT id FROM customers_customer WHERE search_text LIKE '%%13800138000%%'"
    call_command("row_level_security", "--check")
    assert leakproof_sql(list(INDEXED)) in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(leakproof_sql(list(INDEXED)))
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert functions_not_leakproof() == []
    with tenant_scope(companies[0].pk), connection.cursor() as cursor:
        cursor.execute(query.replace("%%", "%"))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "customer_search_trigrams" in plan


def test_installing_says_of_every_function_that_it_is_leak_proof(settings: object) -> None:
    script = Path(settings.BASE_DIR) / "deploy/postgres/role.sh"  # type: ignore[attr-defined]
    written = script.read_text(encoding="utf-8")
    assert all(leakproof_sql([name]) in written for name in INDEXED)


def test_script_in_deploy_is_current(settings: object) -> None:
    written = Path(settings.BASE_DIR) / "deploy/postgres/row_level_security.sql"  # type: ignore[attr-defined]
    assert written.read_text(encoding="utf-8") == row_level_security_sql(), (
        "run: manage.py row_level_security --sql > deploy/postgres/row_level_security.sql"
    )
