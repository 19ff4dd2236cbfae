"""20,000 rows with 1 % broken ones; the worker is killed in the middle, another one goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry, Customer
from apps.customers.services import customer_create
from apps.imports import services
from apps.imports.models import SILENT, ImportRun
from apps.imports.selectors import import_errors
from tests.integration.imports.import_rows import (
    HEADER,
    counts,
    csv_bytes,
    person,
    started,
    uploaded,
    worked,
)
from tests.telephony.waiting import until
from tools.paths import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, BROKEN_EVERY = 20_000, 100
WORK = """
import sys, django
django.setup()
from apps.core.tenancy import tenant_scope
from apps.imports.worker import import_work
with tenant_scope(int(sys.argv[1])):
    import_work(int(sys.argv[2]))
"""


def rows() -> Iterator[list[str]]:
    yield HEADER
    for at in range(ROWS):
        broken = at % BROKEN_EVERY == 7
        yield ["not a number" if broken else str(13_000_000_000 + at), f"spam {at}", ""]


def another_worker(run: ImportRun) -> "subprocess.Popen[bytes]":
    """Start a process that does what the worker does, on the test's database."""
    server = os.environ["HUAWU_DATABASE_URL"].rpartition("/")[0]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "HUAWU_DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
    }
    command = [sys.executable, "-c", WORK, str(run.tenant_id), str(run.pk)]
    return subprocess.Popen(command, env=env, cwd=ROOT)


@pytest.mark.parametrize("mode", ["best_effort", "all_or_nothing"])
def test_a_killed_worker_loses_no_row_and_doubles_none(mode: str) -> None:
    user = person()
    good = [row for row in rows() if mode == "best_effort" or "not a number" not in row]
    run = started(uploaded(user, csv_bytes(good)), user, mode=mode)
    worker = another_worker(run)

    def is_in_the_middle() -> bool:
        with all_tenants("test"):
            run.refresh_from_db()
        return max(run.rows_read, run.progress) > 2_000

    until(is_in_the_middle, 240)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    with tenant_scope(run.tenant_id):
        run.refresh_from_db()
        there = BlacklistEntry.objects.count()
        # What is counted is there, and what is there is counted; or nothing is.
        assert (run.state, there) == ("running", run.created if mode == "best_effort" else 0)
        ImportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - SILENT * 2)
    run = worked(run)
    broken = ROWS // BROKEN_EVERY if mode == "best_effort" else 0
    amount = len(good) - 1
    assert (run.state, counts(run)) == ("done", (amount, amount - broken, 0, 0, broken))
    with tenant_scope(run.tenant_id):
        assert BlacklistEntry.objects.count() == amount - broken
        assert [error[0] for error in import_errors(run)] == [
            at + 2 for at in range(ROWS) if broken and at % BROKEN_EVERY == 7
        ]
        services.import_delete(run=run, user=user)


def test_a_row_that_somebody_holds_is_waited_for_and_not_given_up() -> None:
    """The database ends the wait for a lock after 3 s; the step is tried again later."""
    user = person()
    table = [["姓名", "手机", "备注"], ["王芳", "13900000001", "new"], ["李明", "13900000002", ""]]
    with tenant_scope(user.tenant_id or 0):
        values = {"name": "王芳", "numbers": "13900000001"}
        customer = customer_create(tenant_id=user.tenant_id or 0, values=values)
    run = uploaded(user, csv_bytes(table), "customers")
    run = started(run, user, duplicates="update")
    server = os.environ["HUAWU_DATABASE_URL"].rpartition("/")[0]
    name = connection.settings_dict["NAME"]
    with closing(psycopg2.connect(f"{server}/{name}")) as other:
        other.cursor().execute(
            "SELECT 1 FROM customers_customer WHERE id = %s FOR UPDATE", [customer.pk]
        )
        run = worked(run)
        assert (run.state, run.attempts, counts(run)) == ("running", 1, (0, 0, 0, 0, 0))
    with tenant_scope(run.tenant_id):
        assert Customer.objects.count() == 1
        ImportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - SILENT * 2)
    run = worked(run)
    assert (run.state, run.attempts, counts(run)) == ("done", 0, (2, 1, 1, 0, 0))
