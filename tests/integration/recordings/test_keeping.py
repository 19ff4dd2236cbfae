"""Recordings go after their time and not before; what is held stays, whoever wants it gone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.erasure import customer_erase
from apps.recordings.choices import Fault, RecordingState
from apps.recordings.errors import (
    DaysError,
    HeldError,
    HoldLateError,
    HoldTwiceError,
    MarkTextError,
    NoKeyError,
    ReasonMissingError,
    SealedOriginalError,
)
from apps.recordings.holds import hold_of_call, hold_place, hold_release
from apps.recordings.kept_models import QueueKeepDays, RecordingPolicy, RetentionRun
from apps.recordings.marks import mark_add, mark_delete, mark_list_for
from apps.recordings.models import Recording
from apps.recordings.policies import recording_policy, recording_policy_set
from apps.recordings.retention import recordings_keep, retention_preview, retention_run
from tests.factories import AgentFactory, CallFactory, CustomerFactory, TenantFactory, UserFactory
from tests.integration.recordings.sounds_made import converted, looked_at, recording_made

pytestmark = pytest.mark.django_db
NIGHT = timezone.now().replace(hour=18, minute=30)  # half past two in Shanghai


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    (tmp_path / "recordings").mkdir()
    cache.clear()
    return tmp_path / "recordings"


@pytest.fixture
def admin() -> Any:
    return UserFactory(role=Role.ADMIN)


def old(folder: Path, admin: Any, days: int, *, queue: str = "", **values: Any) -> Recording:
    """Make a recording that began so many days ago."""
    began = timezone.now() - timedelta(days=days)
    call = CallFactory(tenant=admin.tenant, queue_number=queue, started_at=began)
    return recording_made(folder, tenant=admin.tenant, call=call, started_at=began, **values)


def set_days(admin: Any, days: int, **by_queue: int) -> None:
    with tenant_scope(admin.tenant_id):
        RecordingPolicy.objects.update_or_create(tenant=admin.tenant, defaults={"keep_days": days})
        for number, kept in by_queue.items():
            QueueKeepDays.objects.create(
                tenant=admin.tenant, queue_number=number[1:], keep_days=kept
            )


def test_what_is_past_its_time_goes_by_company_and_queue(folder: Path, admin: Any) -> None:
    young, past = old(folder, admin, 10), old(folder, admin, 40)
    kept_longer, kept_for_ever = (
        old(folder, admin, 40, queue="7001"),
        old(folder, admin, 4000, queue="7002"),
    )
    sooner = old(folder, admin, 10, queue="7003")
    others = recording_made(folder, started_at=timezone.now() - timedelta(days=900))
    past = converted(past)
    set_days(admin, 30, q7001=60, q7002=0, q7003=5)
    with tenant_scope(admin.tenant_id):
        seen = retention_preview(keep_days=30, by_queue={"7001": 60, "7002": 0, "7003": 5})
    assert (seen.count, seen.held) == (2, 0)
    assert recordings_keep(now=NIGHT) == 2
    for row in (past, sooner):
        now = looked_at(row)
        assert (now.state, now.kept_name, now.has_original) == (RecordingState.REMOVED, "", False)
        assert not (folder / row.path).exists()
        assert now.duration_ms == 4000, "how long was talked is still counted"
    assert past.kept_name
    assert not (folder / past.kept_name).exists()
    for row in (young, kept_longer, kept_for_ever, others):
        assert looked_at(row).state == RecordingState.READY
        assert (folder / row.path).exists()
    with tenant_scope(admin.tenant_id):
        run = RetentionRun.objects.get()
        entry = AuditEntry.objects.get(action="recording.remove")
    assert (run.removed, run.held, run.failed) == (2, 0, 0)
    assert run.removed_bytes >= (past.kept_bytes or 0) + (past.size_bytes or 0)
    assert (entry.actor, entry.detail["count"]) == (None, 2)
    assert recordings_keep(now=NIGHT + timedelta(hours=1)) == 0
    with tenant_scope(admin.tenant_id):
        assert RetentionRun.objects.count() == 1, "once a night"


def test_nothing_goes_where_nobody_said_so(folder: Path, admin: Any) -> None:
    row = old(folder, admin, 9000)
    assert recordings_keep(now=NIGHT) == 0
    assert looked_at(row).state == RecordingState.READY


def test_held_call_outlives_its_time_until_the_hold_ends(folder: Path, admin: Any) -> None:
    row = old(folder, admin, 40)
    set_days(admin, 30)
    with tenant_scope(admin.tenant_id):
        hold_place(user=admin, call=row.call, reason=" Court, file 12 ")
        with pytest.raises(HoldTwiceError):
            hold_place(user=admin, call=row.call, reason="again")
        run = retention_run(admin.tenant_id, now=timezone.now())
        assert (run.removed, run.held) == (0, 1)
        assert looked_at(row).state == RecordingState.READY
        hold_release(user=admin, call=row.call, reason="settled")
        assert hold_of_call(row.call_id) is None
        assert retention_run(admin.tenant_id, now=timezone.now()).removed == 1
        with pytest.raises(HoldLateError):
            hold_place(user=admin, call=row.call, reason="too late")
        found = list(AuditEntry.objects.order_by("pk").values_list("action", "actor", "detail"))
    assert found[0] == ("recording.hold", admin.pk, {"reason": "Court, file 12"})
    assert found[1][0] == "recording.hold_end"
    assert found[1][2]["why_ended"] == "settled"


def test_only_inspectors_and_admins_hold_and_only_admins_let_go(folder: Path, admin: Any) -> None:
    row = old(folder, admin, 1)
    inspector = UserFactory(tenant=admin.tenant, role=Role.INSPECTOR)
    with tenant_scope(admin.tenant_id):
        for role in (Role.AGENT, Role.TEAM_LEAD):
            with pytest.raises(ForbiddenError):
                hold_place(
                    user=UserFactory(tenant=admin.tenant, role=role), call=row.call, reason="x"
                )
        with pytest.raises(ReasonMissingError):
            hold_place(user=inspector, call=row.call, reason="  ")
        hold_place(user=inspector, call=row.call, reason="complaint")
        with pytest.raises(ForbiddenError):
            hold_release(user=inspector, call=row.call, reason="x")


def test_file_that_cannot_be_removed_is_tried_again(folder: Path, admin: Any) -> None:
    row = old(folder, admin, 40)
    set_days(admin, 30)
    path = folder / row.path
    path.unlink()
    path.mkdir()  # a folder is no file: unlink fails whoever we are
    with tenant_scope(admin.tenant_id):
        run = retention_run(admin.tenant_id, now=timezone.now())
        assert (run.removed, run.failed) == (0, 1)
        assert looked_at(row).state == RecordingState.REMOVING
        path.rmdir()
        assert retention_run(admin.tenant_id, now=timezone.now()).removed == 1


def test_person_under_a_hold_is_not_erased_and_loses_nothing(
    folder: Path, admin: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with tenant_scope(admin.tenant_id):
        person = CustomerFactory(tenant=admin.tenant, name="陈静")
        call = CallFactory(tenant=admin.tenant, customer=person)
        row = converted(recording_made(folder, tenant=admin.tenant, call=call))
        hold_place(user=admin, call=call, reason="court")
        with pytest.raises(HeldError):
            customer_erase(customer=person, actor=admin)
        person.refresh_from_db()
        assert (person.name, (folder / row.kept_name).exists()) == ("陈静", True)
        mark_add(user=admin, recording=row, at_ms=10, text="says his name", is_shared=True)
        hold_release(user=admin, call=call, reason="over")
        with django_capture_on_commit_callbacks(execute=True):
            customer_erase(customer=person, actor=admin)
        now = looked_at(row)
        assert (now.state, now.fault) == (RecordingState.MISSING, Fault.ERASED)
        assert not (folder / row.kept_name).exists()
        assert not (folder / row.path).exists()
        assert not now.marks.exists()


def test_policy_is_the_admins_and_makes_sense(admin: Any, settings: Any) -> None:
    def wanted(user: Any = admin, **values: Any) -> None:
        plain = {
            "format": "mp3",
            "keeps_original": False,
            "is_sealed": False,
            "keep_days": 0,
            "by_queue": {},
        }
        recording_policy_set(user=user, **{**plain, **values})

    with tenant_scope(admin.tenant_id):
        with pytest.raises(ForbiddenError):
            wanted(UserFactory(tenant=admin.tenant, role=Role.TEAM_LEAD))
        with pytest.raises(SealedOriginalError):
            wanted(is_sealed=True, keeps_original=True)
        with pytest.raises(NoKeyError):
            wanted(is_sealed=True)
        with pytest.raises(DaysError):
            wanted(by_queue={"7001": -1})
        settings.HUAWU_RECORDING_KEYS = [bytes(32)]
        wanted(is_sealed=True, keep_days=90, by_queue={"7001": 30})
        assert (recording_policy().is_sealed, recording_policy().keep_days) == (True, 90)
        wanted()
        assert not QueueKeepDays.objects.exists()
    with tenant_scope(TenantFactory().pk):
        assert recording_policy().keep_days == 0


def test_marks_are_their_writers_own_or_the_supervisors(folder: Path, admin: Any) -> None:
    agent = AgentFactory(tenant=admin.tenant)
    row = recording_made(folder, tenant=admin.tenant, agent=agent)
    lead = UserFactory(tenant=admin.tenant, role=Role.TEAM_LEAD)
    with tenant_scope(admin.tenant_id):
        own = mark_add(user=agent.user, recording=row, at_ms=100, text=" a ", is_shared=False)
        told = mark_add(user=agent.user, recording=row, at_ms=50, text="b", is_shared=True)
        theirs = mark_add(user=lead, recording=row, at_ms=70, text="c", is_shared=True)
        for at_ms, text in ((-1, "x"), (4001, "x"), (1, " "), (1, "x" * 201)):
            with pytest.raises(MarkTextError):
                mark_add(user=lead, recording=row, at_ms=at_ms, text=text, is_shared=False)
        assert list(mark_list_for(user=agent.user, recording=row)) == [told, own]
        assert list(mark_list_for(user=lead, recording=row)) == [told, theirs]
        with pytest.raises(NotFoundError):
            mark_delete(user=lead, recording=row, pk=told.pk)
        mark_delete(user=agent.user, recording=row, pk=told.pk)
        assert list(mark_list_for(user=lead, recording=row)) == [theirs]
    with all_tenants("test"):
        assert not AuditEntry.objects.exists()
