"""Imports: read, tried, written; duplicates; all or nothing; cancelled, killed, queued, undone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.imports import files, rows, services, worker
from apps.imports.errors import FileGoneError, MappingError, NotReadyError, TooManyOpenError
from apps.imports.models import SILENT, ImportedRow, ImportRun
from apps.imports.selectors import import_errors, import_get_for
from tests.integration.imports.import_rows import (
    HEADER,
    counts,
    csv_bytes,
    person,
    started,
    uploaded,
    worked,
    xlsx_bytes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files of few rows into several chunks."""
    monkeypatch.setattr(worker, "CHUNK", 4)


def numbers(amount: int, begin: int = 13_900_000_000) -> list[list[str]]:
    return [[str(begin + at), f"spam {at}", ""] for at in range(amount)]


def entries(run: ImportRun) -> dict[str, str]:
    with tenant_scope(run.tenant_id):
        return dict(BlacklistEntry.objects.values_list("number", "reason"))


def errors(run: ImportRun) -> list[Any]:
    with tenant_scope(run.tenant_id):
        return list(import_errors(run))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_file_is_read_as_it_was_written(encoding: str, delimiter: str) -> None:
    run = uploaded(person(), csv_bytes([HEADER, *numbers(9)], encoding, delimiter))
    assert (run.state, run.rows_all, run.delimiter) == ("ready", 9, delimiter)
    assert run.header == HEADER
    assert run.columns == {0: "number", 1: "reason", 2: "expires_on"}
    assert run.sample[0] == [2, ["13900000000", "spam 0"], ""]


def test_a_workbook_is_read_with_its_numbers_and_days() -> None:
    user = person()
    rows_ = [
        HEADER,
        [13900000001, "figure", timezone.now().date() + timedelta(days=9)],
        ["010-1", "x"],
    ]
    run = worked(started(uploaded(user, xlsx_bytes(rows_), name="a.xlsx"), user))
    assert counts(run) == (2, 2, 0, 0, 0), errors(run)
    assert entries(run) == {"13900000001": "figure", "010-1": "x"}
    with tenant_scope(run.tenant_id):
        assert BlacklistEntry.objects.get(reason="figure").expires_at is not None


def test_a_dry_run_counts_and_writes_nothing() -> None:
    user = person()
    rows_ = [HEADER, *numbers(9), ["13900000000", "again", ""], ["not a number", "", ""]]
    run = uploaded(user, csv_bytes(rows_))
    with tenant_scope(run.tenant_id):
        services.import_check(run=run)
    run = worked(run)
    assert run.state == "ready"
    assert run.checked == {"rows_read": 11, "created": 9, "updated": 0, "skipped": 1, "failed": 1}
    assert entries(run) == {}
    [[number, cells, faults]] = errors(run)
    assert (number, cells) == (12, ["not a number"])
    assert [fault[0] for fault in faults] == ["原因", "号码"]
    written = worked(started(run, user))
    assert counts(written) == (11, 9, 0, 1, 1)


def test_every_good_row_is_kept_and_every_bad_one_told() -> None:
    user = person()
    bad = [["x", "letters", ""], ["13911111111", "", ""], ["13911111112", "past", "2001-01-01"]]
    run = worked(started(uploaded(user, csv_bytes([HEADER, *numbers(9), *bad])), user))
    assert (run.state, counts(run)) == ("done", (12, 9, 0, 0, 3))
    assert [error[0] for error in errors(run)] == [11, 12, 13]
    with tenant_scope(run.tenant_id):
        assert ImportedRow.objects.filter(run=run).count() == 9
        assert AuditEntry.objects.get(action="import.done").detail["failed"] == 3


@pytest.mark.parametrize(
    ("duplicates", "expected", "reason"),
    [
        ("skip", (3, 2, 0, 1, 0), "old"),
        ("update", (3, 2, 1, 0, 0), "new"),
        ("merge", (3, 2, 1, 0, 0), "old"),
    ],
)
def test_what_is_there_is_skipped_overwritten_or_filled(
    duplicates: str, expected: tuple[int, ...], reason: str
) -> None:
    user = person()
    with tenant_scope(user.tenant_id or 0):
        BlacklistEntry.objects.create(tenant_id=user.tenant_id, number="13900000000", reason="old")
    rows_ = [HEADER, ["+86 139 0000 0000", "new", "2099-01-02"], *numbers(2, 13_900_000_001)]
    run = worked(started(uploaded(user, csv_bytes(rows_)), user, duplicates=duplicates))
    assert counts(run) == expected, errors(run)
    with tenant_scope(run.tenant_id):
        kept = BlacklistEntry.objects.get(number="13900000000")
    assert kept.reason == reason
    assert (kept.expires_at is not None) == (duplicates != "skip")


def test_a_row_that_repeats_one_of_its_own_chunk_changes_it() -> None:
    user = person()
    rows_ = [HEADER, ["13900000000", "first", ""], ["13900000000", "second", ""]]
    run = worked(started(uploaded(user, csv_bytes(rows_)), user, duplicates="update"))
    assert counts(run) == (2, 1, 1, 0, 0)
    assert entries(run) == {"13900000000": "second"}


def test_all_or_nothing_with_a_bad_row_writes_nothing() -> None:
    user = person()
    rows_ = [HEADER, *numbers(9), ["x", "", ""]]
    run = worked(started(uploaded(user, csv_bytes(rows_)), user, mode="all_or_nothing"))
    assert (run.state, run.problem) == ("failed", "has_faults")
    assert counts(run) == (10, 0, 0, 9, 1)
    assert entries(run) == {}
    assert len(errors(run)) == 1
    assert not run.can_be_undone


def test_all_or_nothing_with_good_rows_writes_all() -> None:
    user = person()
    run = worked(
        started(uploaded(user, csv_bytes([HEADER, *numbers(9)])), user, mode="all_or_nothing")
    )
    assert (run.state, counts(run)) == ("done", (9, 9, 0, 0, 0))
    assert len(entries(run)) == 9


def test_a_run_that_is_cancelled_keeps_what_it_counted() -> None:
    user = person()
    run = started(uploaded(user, csv_bytes([HEADER, *numbers(11)])), user)
    with tenant_scope(run.tenant_id):
        claimed = worker._claim(run.pk)
        assert claimed is not None
        _first_chunk(claimed)
        services.import_cancel(run=run, user=user)
        with pytest.raises(worker.StoppedError):
            worker._write(claimed)
    run.refresh_from_db()
    assert (run.state, counts(run)) == ("cancelled", (3, 3, 0, 0, 0))
    assert len(entries(run)) == 3
    assert worked(run).state == "cancelled"


def _first_chunk(run: ImportRun) -> None:
    """Write one chunk as the worker does, and leave it there."""
    one = worker.TURN_S
    try:
        worker.TURN_S = -1.0
        assert worker._write(run)
        ImportRun.objects.filter(pk=run.pk).update(state="running")
    finally:
        worker.TURN_S = one


def test_a_run_whose_worker_died_goes_on_behind_its_last_chunk() -> None:
    user = person()
    run = started(uploaded(user, csv_bytes([HEADER, *numbers(10), ["x", "", ""]])), user)
    with tenant_scope(run.tenant_id):
        dead = worker._claim(run.pk)
        assert dead is not None
        _first_chunk(dead)
        # What it had written of the next chunk's errors is cut off.
        files.errors_append(run.stored, 0, [["half a line of the dead"]])
    assert worked(run).state == "running"  # nobody may take it yet
    with tenant_scope(run.tenant_id):
        ImportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - SILENT * 2)
    run = worked(run)
    assert (run.state, counts(run)) == ("done", (11, 10, 0, 0, 1))
    assert [error[0] for error in errors(run)] == [12]
    # The dead one was only asleep: what it still holds is void.
    with tenant_scope(run.tenant_id), pytest.raises(worker.StoppedError):
        worker._told(dead, position=0)


def test_two_imports_of_a_company_run_one_after_the_other() -> None:
    user = person()
    first = started(uploaded(user, csv_bytes([HEADER, *numbers(3)])), user)
    second = started(uploaded(user, csv_bytes([HEADER, *numbers(3, 13_911_000_000)])), user)
    assert worked(second).state == "waiting"
    assert worked(first).state == "done"
    assert worked(second).state == "done"


def test_undoing_removes_what_nobody_touched() -> None:
    user = person()
    run = worked(started(uploaded(user, csv_bytes([HEADER, *numbers(9)])), user))
    with tenant_scope(run.tenant_id):
        touched = BlacklistEntry.objects.get(number="13900000004")
        touched.reason = "changed by hand"
        touched.save()
        services.import_undo(run=run, user=user)
    run = worked(run)
    assert (run.state, run.undone, run.undo_kept) == ("undone", 8, 1)
    assert entries(run) == {"13900000004": "changed by hand"}
    with tenant_scope(run.tenant_id), pytest.raises(NotReadyError):
        services.import_undo(run=run, user=user)


def test_a_row_that_the_database_refuses_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    user = person()
    run = started(uploaded(user, csv_bytes([HEADER, *numbers(4)])), user)
    # Between the look and the writing somebody else enters the same number.
    monkeypatch.setattr(rows, "_found", lambda line, there: None)
    with tenant_scope(run.tenant_id):
        BlacklistEntry.objects.create(tenant_id=run.tenant_id, number="13900000001", reason="his")
    run = worked(run)
    assert counts(run) == (4, 3, 0, 0, 1)
    assert [error[0] for error in errors(run)] == [3]


def test_who_may_not_and_who_is_a_stranger() -> None:
    admin = person()
    run = uploaded(admin, csv_bytes([HEADER, *numbers(1)]))
    for role in (Role.AGENT, Role.INSPECTOR):
        low = person(role, tenant=admin.tenant)
        with tenant_scope(admin.tenant_id or 0), pytest.raises(ForbiddenError):
            services.import_upload(user=low, target="blacklist", file_name="a", pieces=[b"1"])
    lead = person(Role.TEAM_LEAD, tenant=admin.tenant)
    with tenant_scope(admin.tenant_id or 0), pytest.raises(NotFoundError):
        import_get_for(user=lead, pk=run.pk)
    stranger = person()
    with tenant_scope(stranger.tenant_id or 0), pytest.raises(NotFoundError):
        import_get_for(user=stranger, pk=run.pk)


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    user = person()
    run = uploaded(user, csv_bytes([HEADER, *numbers(1)]))
    for mapping in (
        {0: "number"},
        {0: "number", 1: "number", 2: "reason"},
        {9: "number"},
        {0: "x"},
    ):
        with pytest.raises(MappingError):
            started(run, user, mapping=mapping)


def test_a_company_has_a_limit_of_open_imports() -> None:
    user = person()
    with tenant_scope(user.tenant_id or 0):
        for _one in range(services.MOST_OPEN):
            services.import_upload(user=user, target="blacklist", file_name="a", pieces=[b"1,2"])
        with pytest.raises(TooManyOpenError):
            services.import_upload(user=user, target="blacklist", file_name="a", pieces=[b"1,2"])


def test_old_files_go_and_the_run_says_so() -> None:
    user = person()
    run = worked(started(uploaded(user, csv_bytes([HEADER, *numbers(2)])), user))
    later = timezone.now() + timedelta(days=31)
    stored = run.stored
    assert services.imports_clean(now=later) >= 1
    assert not files.part_path(stored, "upload").exists()
    with all_tenants("test"):
        run.refresh_from_db()
    assert (run.stored, run.created) == ("", 2)
    with tenant_scope(run.tenant_id), pytest.raises(FileGoneError):
        services.import_undo(run=run, user=user)
