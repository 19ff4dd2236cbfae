"""Customers from a file: numbers, tags, custom fields; found again, filled, undone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import Customer, CustomerField
from apps.imports import services
from apps.imports.models import ImportRun
from apps.imports.selectors import import_errors
from apps.imports.targets import target_get
from tests.factories import CallFactory, CustomerFactory, CustomerNumberFactory
from tests.integration.imports.import_rows import (
    counts,
    csv_bytes,
    person,
    started,
    uploaded,
    worked,
)

pytestmark = pytest.mark.django_db
HEADER = ["客户姓名", "手机", "电话2", "E-mail", "等级", "标签", "合同号"]
WANG = ["王芳", "138 0013 8000", "020-88886666", "wang@example.com", "VIP", "老客户；重要", "C-1"]


def written(*rows: list[str], user: object = None, **wishes: str) -> ImportRun:
    who = user or person()
    with tenant_scope(who.tenant_id):  # type: ignore[attr-defined]  # a User
        CustomerField.objects.get_or_create(
            tenant_id=who.tenant_id,  # type: ignore[attr-defined]
            key="contract_no",
            defaults={"label": "合同号", "kind": "text"},
        )
    run = uploaded(who, csv_bytes([HEADER, *rows]), target="customers")  # type: ignore[arg-type]
    assert len(run.columns) == 7, run.columns
    return worked(started(run, who, **wishes))  # type: ignore[arg-type]


def the_only(run: ImportRun) -> Customer:
    with tenant_scope(run.tenant_id):
        found: Customer = Customer.objects.prefetch_related("numbers", "emails").get()
        len(found.numbers.all()), len(found.emails.all())
        return found


def test_a_row_becomes_a_customer_with_all_that_it_says() -> None:
    run = written(WANG)
    assert counts(run) == (1, 1, 0, 0, 0)
    customer = the_only(run)
    assert (customer.name, customer.level) == ("王芳", "vip")
    assert sorted(customer.tags) == sorted(["老客户", "重要"])
    assert customer.custom == {"contract_no": "C-1"}
    assert {one.lookup for one in customer.numbers.all()} == {"+8613800138000", "+862088886666"}
    assert [one.address for one in customer.emails.all()] == ["wang@example.com"]


def test_each_fault_names_the_files_own_column() -> None:
    user = person()
    run = written(["", "abc", "", "no-mail", "Platinum", "", ""], user=user)
    assert counts(run) == (1, 0, 0, 0, 1)
    with tenant_scope(run.tenant_id):
        [[number, _cells, faults]] = list(import_errors(run))
    assert number == 2
    assert {fault[0] for fault in faults} == {"客户姓名", "手机", "E-mail", "等级"}


@pytest.mark.parametrize(
    ("duplicates", "expected", "name", "account"),
    [
        ("skip", (1, 0, 0, 1, 0), "Old name", ""),
        ("update", (1, 0, 1, 0, 0), "王芳", "C-1"),
        ("merge", (1, 0, 1, 0, 0), "Old name", "C-1"),
    ],
)
def test_a_known_number_finds_the_customer(
    duplicates: str, expected: tuple[int, ...], name: str, account: str
) -> None:
    user = person()
    with all_tenants("test"):
        old = CustomerFactory(tenant=user.tenant, name="Old name")
        CustomerNumberFactory(tenant=user.tenant, customer=old, as_typed="13800138000")
    run = written(WANG, user=user, duplicates=duplicates)
    assert counts(run) == expected
    customer = the_only(run)
    assert customer.name == name
    assert customer.custom.get("contract_no", "") == account
    # Lists grow and lose nothing.
    assert customer.numbers.count() == (1 if duplicates == "skip" else 2)


def test_the_same_row_twice_changes_nothing_the_second_time() -> None:
    user = person()
    written(WANG, user=user)
    run = written(WANG, user=user, duplicates="merge")
    assert counts(run) == (1, 0, 0, 1, 0)


@pytest.mark.parametrize("duplicates", ["update", "merge"])
def test_a_file_that_says_nothing_new_is_not_asked_about_row_by_row(duplicates: str) -> None:
    user = person()
    rows = [[f"客户{at}", f"1390013{at:04d}", *WANG[2:6], f"C-{at}"] for at in range(30)]
    for row in rows:
        row[2] = row[3] = ""
    written(*rows, user=user)
    header = [HEADER, *rows, ["王芳", "13900130003", "", "", "", "", "C-3"]]
    run = started(uploaded(user, csv_bytes(header), "customers"), user, duplicates=duplicates)
    with CaptureQueriesContext(connection) as asked:
        run = worked(run)
    # The last row has another name for the fourth customer; only overwriting takes it.
    expected = (31, 0, 1, 30, 0) if duplicates == "update" else (31, 0, 0, 31, 0)
    assert counts(run) == expected
    queries = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(queries) < 70, queries


def test_a_customer_whom_the_lead_does_not_see_is_not_changed() -> None:
    admin = person()
    with all_tenants("test"):
        admin.tenant.agents_see_all_customers = False
        admin.tenant.save()
        old = CustomerFactory(tenant=admin.tenant, name="His")
        CustomerNumberFactory(tenant=admin.tenant, customer=old, as_typed="13800138000")
    lead = person(Role.TEAM_LEAD, tenant=admin.tenant)
    run = written(WANG, user=lead, duplicates="update")
    assert counts(run) == (1, 0, 0, 0, 1)
    assert the_only(run).name == "His"


def test_undoing_leaves_who_has_called_since() -> None:
    user = person()
    others = [[f"客户{at}", str(13_900_000_000 + at), "", "", "", "", ""] for at in range(3)]
    run = written(*others, user=user)
    with all_tenants("test"):
        called = Customer.objects.get(name="客户1", tenant=user.tenant)
        CallFactory(tenant=user.tenant, customer=called)
    with tenant_scope(run.tenant_id):
        services.import_undo(run=run, user=user)
    run = worked(run)
    assert (run.undone, run.undo_kept) == (2, 1)
    assert the_only(run).name == "客户1"


def test_an_account_number_taken_costs_only_its_row() -> None:
    user = person()
    header = ["name", "customer number"]
    rows = [["a", "1"], ["b", "2"], ["c", "1"], ["d", "3"]]
    run = uploaded(user, csv_bytes([header, *rows]), target="customers")
    run = worked(started(run, user))
    assert counts(run) == (4, 3, 0, 1, 0)


def test_account_numbers_are_looked_up_as_their_index_is_defined() -> None:
    """`customer_account_unique` leaves out empty ones. Of a list of more than 100 PostgreSQL does
    not prove that none is empty, and reads the whole table unless the query says so itself."""
    user = person()
    with tenant_scope(user.tenant_id or 0):
        session = target_get("customers").open(tenant_id=user.tenant_id or 0, actor=user)
        with CaptureQueriesContext(connection) as asked:
            session.existing([f"a:{at}" for at in range(500)])
    assert (
        """NOT ("customers_customer"."account_number" = '')""" in asked.captured_queries[0]["sql"]
    )
