"""Counts of callers of today and of the last half hour: from rollups and the ledger together.

Quarter-hours that are rolled up are read as sums; those that are marked, or not over yet, are
counted in the ledger at this moment. Both give what the ledger alone gives (docs/figures.md), and
the cost does not grow with the day or with history.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apps.acd.queue_figures import QueueLimits, queue_counts
from apps.calls.engine.figures import Counts
from apps.reports.engine.periods import Period, bounds
from apps.reports.engine.quarters import QUARTER, quarter_of, runs_of
from apps.reports.models import Grain, QueueRollup, RollupDirty
from apps.reports.rollups import sums_by

LAST = timedelta(minutes=30)
# With more gaps between marked quarter-hours the day is counted at once.
MOST_RUNS = 6


def counts_today(limits: QueueLimits, zone: ZoneInfo, now: datetime) -> dict[str, Counts]:
    """Return the counts of callers who joined since the company's midnight, by queue.

    Of the queues in `limits`, in scope. 3 queries, and 1 for each further run of marked
    quarter-hours, 7 of them at most.
    """
    day = now.astimezone(zone).date()
    since, _end = bounds(Period(day, day), zone)
    # Marks are read before the sums: what is rolled up in between is counted in the ledger.
    marked = set(
        RollupDirty.objects.filter(quarter__gte=since, quarter__lte=now).values_list(
            "quarter", flat=True
        )
    )
    # Of now, and of a node whose clock is a little ahead.
    marked |= {quarter_of(now), quarter_of(now) + QUARTER}
    runs = runs_of(marked)
    if len(runs) > MOST_RUNS:
        return queue_counts(limits, since, now + QUARTER, limits)
    rows = QueueRollup.objects.filter(
        grain=Grain.QUARTER, start__gte=since, start__lt=now, queue_number__in=list(limits)
    ).exclude(start__in=marked)
    found = {
        row.pop("queue_number"): QueueRollup.SUMS(**row).counts
        for row in sums_by(QueueRollup, rows, "queue_number")
    }
    for start, end in runs:
        for number, counts in queue_counts(limits, max(start, since), end, limits).items():
            found[number] = found.get(number, Counts()) + counts
    return found


def counts_lately(limits: QueueLimits, now: datetime) -> dict[str, Counts]:
    """Return the counts of callers who joined in the last half hour, by queue. 1 query."""
    return queue_counts(limits, now - LAST, now + QUARTER, limits)
