"""Note which quarter-hours are to be rolled up anew: one INSERT for a batch of changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from apps.core.times_changed import Stretch
from apps.reports.engine.quarters import quarters_of
from apps.reports.models import RollupDirty

# A stretch that is longer is told by clocks gone wrong, or a rebuild is nearer at hand.
LONGEST = timedelta(days=32)


def changed_quarters(stretches: Sequence[Stretch]) -> list[tuple[int, datetime]]:
    """Return (company, quarter-hour) of every one that the stretches touch, each once, in order."""
    now = timezone.now()
    return sorted(
        {
            (tenant_id, quarter)
            for tenant_id, since, until in stretches
            # What has not been yet is marked when it has.
            for quarter in quarters_of(max(since, until - LONGEST), min(until, max(now, since)))
        }
    )


def times_changed(stretches: Sequence[Stretch]) -> None:
    """Mark every quarter-hour of the stretches; a listener of `core.times_changed`. 1 query."""
    RollupDirty.objects.bulk_create(
        RollupDirty(tenant_id=tenant_id, quarter=quarter)
        for tenant_id, quarter in changed_quarters(stretches)
    )
