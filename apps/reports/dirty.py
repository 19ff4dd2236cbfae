"""Note which quarter-hours are to be rolled up anew: one INSERT for a batch of changes."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from apps.core.times_changed import Stretch
from apps.reports.engine.quarters import quarters_of
from apps.reports.models import RollupDirty

# A stretch that is longer is told by clocks gone wrong, or a rebuild is nearer at hand.
LONGEST = timedelta(days=32)


def times_changed(stretches: Sequence[Stretch]) -> None:
    """Mark every quarter-hour of the stretches; a listener of `core.times_changed`. 1 query."""
    now = timezone.now()
    found = {
        (tenant_id, quarter)
        for tenant_id, since, until in stretches
        # What has not been yet is marked when it has.
        for quarter in quarters_of(max(since, until - LONGEST), min(until, max(now, since)))
    }
    RollupDirty.objects.bulk_create(
        [RollupDirty(tenant_id=tenant_id, quarter=quarter) for tenant_id, quarter in sorted(found)]
    )
