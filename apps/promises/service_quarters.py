"""Add heartbeats up by quarter-hour: of the installation, for every company the same."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min

from apps.calls.models import LinkGap
from apps.promises.engine.service import QUARTER, Quarter, quarter_measured, slot_of
from apps.promises.models import Heartbeat, ServiceQuarter
from apps.reports.engine.quarters import quarter_of

# Beats that come later than this are not looked at any more.
KEPT = timedelta(days=7)
# Quarter-hours of one round; after a long silence of the worker more rounds follow.
MOST_QUARTERS = 700
LINK_LOST = "link lost"
# Clocks of two machines, and rows that were written while the last round read.
OVERLAP = timedelta(minutes=2)


def service_tend(now: datetime) -> int:
    """Reckon what is new, and anew what a late beat belongs to; return how many quarter-hours.

    Forgets beats older than a week. About 5 queries, and 1 write for each quarter-hour.
    """
    first = Heartbeat.objects.aggregate(first=Min("slot"))["first"]
    if first is None:
        return 0
    known = ServiceQuarter.objects.aggregate(last=Max("quarter"), made=Max("made_at"))
    earliest = ServiceQuarter.objects.aggregate(first=Min("quarter"))["first"]
    due = _due(first, known["last"], known["made"], now)
    # The first beat ever may be forgotten already: then all of a quarter-hour is measured.
    began = first if earliest is None or earliest >= quarter_of(first) else earliest
    with transaction.atomic():
        for quarter in due:
            _write(quarter, began, now)
    Heartbeat.objects.filter(slot__lt=now - KEPT).delete()
    return len(due)


def _due(
    first: datetime, last: datetime | None, made: datetime | None, now: datetime
) -> list[datetime]:
    """Return the quarter-hours to reckon: since the last one, and those of late beats."""
    quarter = quarter_of(first) if last is None else last
    found: set[datetime] = set()
    # The one before the last may not have been over when it was made.
    quarter = max(quarter_of(first), quarter - QUARTER)
    while quarter <= now and len(found) < MOST_QUARTERS:
        found.add(quarter)
        quarter += QUARTER
    if made is not None:
        late = Heartbeat.objects.filter(written_at__gte=made - OVERLAP, slot__gte=now - KEPT)
        found |= {quarter_of(slot) for slot in late.values_list("slot", flat=True).distinct()}
    return sorted(found)


def _write(quarter: datetime, began: datetime, now: datetime) -> None:
    one = _measured(quarter, began, now)
    if one.slots:
        ServiceQuarter.objects.update_or_create(
            quarter=quarter,
            defaults={
                "up": one.up,
                "down": one.down,
                "unknown": one.unknown,
                "causes": dict(one.causes),
            },
        )


def _measured(quarter: datetime, began: datetime, now: datetime) -> Quarter:
    beats = Heartbeat.objects.filter(slot__gte=quarter, slot__lt=quarter + QUARTER)
    gaps = LinkGap.objects.filter(
        reason=LINK_LOST, started_at__lt=quarter + QUARTER, ended_at__gt=quarter
    )
    return quarter_measured(
        quarter,
        [(component, slot) for component, slot in beats.values_list("component", "slot")],
        [(start, end or now) for start, end in gaps.values_list("started_at", "ended_at")],
        first=slot_of(began),
        now=now,
    )
