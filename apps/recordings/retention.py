"""Remove what is past its time: each night, company by company, what is held stays.

In two steps, so that neither a crash nor a hold placed meanwhile loses track of a file: first the
row says that it is being removed (no hold can come after that), then the files go, then the row
says so. What could not be removed is tried again the next night.
"""

import logging
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.audit.services import audit_record
from apps.core.tenancy import all_tenants, tenant_scope
from apps.recordings.choices import PLAYABLE, Conversion, Fault, RecordingState
from apps.recordings.conversion import WORK, original_drop
from apps.recordings.errors import ConversionError
from apps.recordings.kept_models import RecordingHold, RecordingPolicy, RecordingWave, RetentionRun
from apps.recordings.models import Recording
from apps.recordings.policies import queue_keep_days, recording_policy
from apps.recordings.services import recordings_folder
from apps.recordings.store import kept_delete
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

BATCH = 500
NIGHT = range(1, 6)
ONCE, AT_LAST = timedelta(hours=20), timedelta(hours=30)
OLD_WORK_S = 24 * 3600


@dataclass(frozen=True)
class Preview:
    """What would be removed by some times: recordings, bytes, and how many more are held."""

    count: int
    size_bytes: int
    held: int
    oldest_at: datetime | None


def recordings_due(
    *, keep_days: int, by_queue: dict[str, int], now: datetime
) -> "QuerySet[Recording]":
    """Return the recordings past their time, of the company in scope; held ones among them."""
    due = Q(pk__in=[])
    if keep_days:
        due |= Q(started_at__lt=now - timedelta(days=keep_days)) & ~Q(
            call__queue_number__in=list(by_queue)
        )
    for number, days in by_queue.items():
        if days:
            due |= Q(started_at__lt=now - timedelta(days=days), call__queue_number=number)
    # Files of what cannot be played hold a voice as well.
    broken = Q(state=RecordingState.MISSING, fault__in=(Fault.UNREADABLE, Fault.EMPTY))
    rows: QuerySet[Recording] = Recording.objects.filter(Q(state__in=PLAYABLE) | broken)
    return rows.filter(due)


def _held() -> Exists:
    return Exists(RecordingHold.objects.filter(call=OuterRef("call"), released_at=None))


def retention_preview(*, keep_days: int, by_queue: dict[str, int]) -> Preview:
    """Return what the next night would remove by these times. 2 queries."""
    rows = recordings_due(keep_days=keep_days, by_queue=by_queue, now=timezone.now())
    size = Coalesce("kept_bytes", 0) + Coalesce("size_bytes", 0)
    found = rows.exclude(_held()).aggregate(count=Count("pk"), size=Sum(size))
    first = rows.exclude(_held()).order_by("started_at").values_list("started_at", flat=True)
    return Preview(
        count=found["count"],
        size_bytes=found["size"] or 0,
        held=rows.filter(_held()).count(),
        oldest_at=first.first(),
    )


def recordings_keep(*, now: datetime | None = None) -> int:
    """Once a night and company, remove what is past its time; return how many recordings went."""
    now = now or timezone.now()
    with all_tenants("the worker serves every company"):
        companies = list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    removed = 0
    for tenant_id in companies:
        with tenant_scope(tenant_id):
            if _is_time(now):
                removed += retention_run(tenant_id, now=now).removed
    _work_clean()
    return removed


def _is_time(now: datetime) -> bool:
    """Say whether it is night and was not done yet, or was not done for longer than a day."""
    last = RetentionRun.objects.values_list("ran_at", flat=True).first()
    if last is None or now - last > AT_LAST:
        return True
    return now - last > ONCE and timezone.localtime(now).hour in NIGHT


def retention_run(tenant_id: int, *, now: datetime) -> RetentionRun:
    """Remove what is past its time in the company in scope; return and keep what was done."""
    policy, by_queue = recording_policy(), queue_keep_days()
    run = RetentionRun(tenant_id=tenant_id, ran_at=now)
    rows = recordings_due(keep_days=policy.keep_days, by_queue=by_queue, now=now)
    if policy.keep_days or any(by_queue.values()):
        run.held = rows.filter(_held()).count()
        last = 0
        while ids := list(
            rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            last = ids[-1]
            _claim(ids)
    _remove_claimed(run)
    _originals_drop(policy)
    run.save()
    return run


def _claim(ids: list[int]) -> None:
    """Say of these that they are being removed, but for those whose call is held."""
    with transaction.atomic():
        rows = Recording.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        calls = {row.pk: row.call_id for row in rows}
        # Asked once they are locked: who holds a call locks them too.
        held = set(
            RecordingHold.objects.filter(
                call__in=set(calls.values()), released_at=None
            ).values_list("call_id", flat=True)
        )
        free = [pk for pk, call_id in calls.items() if call_id not in held]
        Recording.objects.filter(pk__in=free).exclude(state=RecordingState.REMOVED).update(
            state=RecordingState.REMOVING, conversion="", conversion_due_at=None
        )


def _remove_claimed(run: RetentionRun) -> None:
    last = 0
    while rows := list(
        Recording.objects.filter(state=RecordingState.REMOVING, pk__gt=last).order_by("pk")[:BATCH]
    ):
        last = rows[-1].pk
        gone = [row for row in rows if _files_remove(row)]
        ids = [row.pk for row in gone]
        with transaction.atomic():
            RecordingWave.objects.filter(recording__in=ids).delete()
            Recording.objects.filter(pk__in=ids).update(
                state=RecordingState.REMOVED,
                has_original=False,
                kept_name="",
                kept_bytes=None,
                size_bytes=None,
                updated_at=timezone.now(),
            )
            if ids:
                audit_record(
                    actor=None,
                    tenant_id=run.tenant_id,
                    action="recording.remove",
                    object_type="recording",
                    object_id=ids[0],
                    detail={"count": len(ids), "recordings": ids},
                )
        run.removed += len(gone)
        run.removed_bytes += sum((row.kept_bytes or 0) + (row.size_bytes or 0) for row in gone)
        run.failed += len(rows) - len(gone)


def _files_remove(row: Recording) -> bool:
    original = recordings_folder() / row.path
    try:
        kept_delete(row.kept_name)
        original.unlink(missing_ok=True)
        original.with_suffix(".raw").unlink(missing_ok=True)
    except (OSError, ConversionError):
        logger.exception("recording %s could not be removed", row.pk)
        return False
    return True


def _originals_drop(policy: RecordingPolicy) -> None:
    """Remove originals that were kept by an earlier policy, or for a hold that has ended."""
    if policy.pk is None or policy.keeps_original:
        return
    last = 0
    while ids := list(
        Recording.objects.filter(conversion=Conversion.DONE, has_original=True, pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:BATCH]
    ):
        last = ids[-1]
        for pk in ids:
            original_drop(pk)


def _work_clean() -> None:
    """Remove what conversions left that were killed a day ago or before."""
    base = recordings_folder() / WORK
    for folder in base.iterdir() if base.is_dir() else []:
        if time.time() - folder.stat().st_mtime > OLD_WORK_S:
            shutil.rmtree(folder, ignore_errors=True)
