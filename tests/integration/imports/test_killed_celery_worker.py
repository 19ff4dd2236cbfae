"""5,000 customers, 1 % broken, by a real Celery worker that is killed; another one goes on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import Customer, CustomerNumber
from apps.imports.models import SILENT, ImportedRow, ImportRun
from apps.imports.selectors import import_errors
from apps.imports.tasks import import_work_task, imports_tend
from tests.celery_worker import CeleryWorker
from tests.integration.imports.import_rows import counts, csv_bytes, person, started, uploaded
from tests.telephony.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
ROWS, BROKEN_EVERY, FIRST_BROKEN = 5_000, 100, 7
# Not that of the tests themselves, in which their own tasks lie.
REDIS_NUMBER = 11
LONG_S = 240.0


def rows(*, with_broken: bool) -> Iterator[list[str]]:
    yield ["客户姓名", "手机", "固话", "邮箱"]
    for at in range(ROWS):
        broken = at % BROKEN_EVERY == FIRST_BROKEN
        if not broken or with_broken:
            number = "unknown" if broken else str(13_500_000_000 + at)
            yield [f"客户{at}", number, f"010-{20_000_000 + at}", f"user{at}@example.com"]


@pytest.fixture
def broker() -> str:
    return f"{os.environ['HUAWU_TEST_REDIS_URL'].rpartition('/')[0]}/{REDIS_NUMBER}"


@pytest.fixture
def worker(tmp_path: Path, broker: str) -> Iterator[CeleryWorker]:
    server = os.environ["HUAWU_DATABASE_URL"].rpartition("/")[0]
    found = CeleryWorker(
        {
            **os.environ,
            "HUAWU_DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "HUAWU_REDIS_URL": broker,
        },
        tmp_path / "worker.log",
    )
    yield found
    found.kill()


def now_of(run: ImportRun) -> ImportRun:
    with all_tenants("test"):
        run.refresh_from_db()
    return run


def is_writing() -> bool:
    """Say whether somebody has written customers and not committed."""
    with all_tenants("test"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE relation = 'customers_customer'::regclass"
            " AND mode = 'RowExclusiveLock' AND granted"
        )
        return cursor.fetchone() is not None


@pytest.mark.parametrize("mode", ["best_effort", "all_or_nothing"])
def test_after_a_kill_another_worker_goes_on_or_begins_anew(
    mode: str, worker: CeleryWorker, broker: str
) -> None:
    keeps = mode == "best_effort"
    user = person()
    run = started(uploaded(user, csv_bytes(rows(with_broken=keeps)), "customers"), user, mode=mode)
    good = ROWS - ROWS // BROKEN_EVERY
    with current_app.connection_for_write(broker) as link:
        import_work_task.apply_async((run.tenant_id, run.pk), connection=link)
        worker.start()
        # Behind the first chunk, before the last; or in the one transaction that writes all.
        until(lambda: now_of(run).rows_read if keeps else is_writing(), LONG_S, worker.said)
        worker.kill()
        with tenant_scope(run.tenant_id):
            run.refresh_from_db()
            assert run.state == "running"
            # What is there is what is counted; of all or none: none.
            expected = run.created if keeps else 0
            assert (Customer.objects.count(), ImportedRow.objects.count()) == (expected, expected)
            left = run.rows_read
            assert not keeps or 0 < left < ROWS
            token = run.token
            # Nobody waits a minute here until the dead one counts as silent.
            ImportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - SILENT * 2)
        worker.start()
        imports_tend.apply_async(connection=link)  # what beat does every 30 s
    until(lambda: now_of(run).state not in ("running", "waiting"), LONG_S, worker.said)
    assert run.token != token
    broken = ROWS - good if keeps else 0
    assert (run.state, counts(run)) == ("done", (good + broken, good, 0, 0, broken))
    with tenant_scope(run.tenant_id):
        assert (Customer.objects.count(), CustomerNumber.objects.count()) == (good, 2 * good)
        assert ImportedRow.objects.filter(run=run).count() == good
        wrong = range(FIRST_BROKEN, ROWS, BROKEN_EVERY) if keeps else ()
        assert [error[0] for error in import_errors(run)] == [at + 2 for at in wrong]
