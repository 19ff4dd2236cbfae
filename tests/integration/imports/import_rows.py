"""What the tests of imports share: a person, a file, a run brought to its end."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.tenancy import all_tenants, tenant_scope
from apps.imports import services
from apps.imports.models import ImportRun
from apps.imports.worker import import_work
from tests.factories import TenantFactory, UserFactory

HEADER = ["号码", "原因", "有效期"]


def person(role: str = Role.ADMIN, **fields: Any) -> User:
    """Make a person of a company of his own, or of `tenant`."""
    with all_tenants("test"):
        found: User = UserFactory(role=role, **({"tenant": TenantFactory(language="en")} | fields))
    return found


def csv_bytes(
    rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    """Return a simple CSV file."""
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a workbook with one sheet."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    return target.getvalue()


def uploaded(
    user: User, content: bytes, target: str = "blacklist", name: str = "a.csv"
) -> ImportRun:
    """Upload a file and have it read."""
    with tenant_scope(user.tenant_id or 0):
        run = services.import_upload(user=user, target=target, file_name=name, pieces=[content])
    return worked(run)


def worked(run: ImportRun) -> ImportRun:
    """Do what the worker does, to the end of the job."""
    with tenant_scope(run.tenant_id):
        while import_work(run.pk):
            pass
        run.refresh_from_db()
    return run


def started(run: ImportRun, user: User, **wishes: Any) -> ImportRun:
    """Map, when asked for something, and start."""
    with tenant_scope(run.tenant_id):
        if wishes:
            services.import_map(
                run=run,
                mapping=wishes.get("mapping", run.columns),
                duplicates=wishes.get("duplicates", "skip"),
                mode=wishes.get("mode", "best_effort"),
            )
            run.refresh_from_db()
        return services.import_start(run=run, user=user)


def counts(run: ImportRun) -> tuple[int, int, int, int, int]:
    """Return rows, created, updated, skipped, failed."""
    return (run.rows_read, run.created, run.updated, run.skipped, run.failed)
