"""Note of which quarter-hours a company's calls are to be measured anew."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from apps.core.times_changed import Stretch
from apps.promises.models import PromiseDirty
from apps.reports.engine.quarters import quarters_of

# As in reports: a longer stretch is told by clocks gone wrong.
LONGEST = timedelta(days=32)


def times_changed(stretches: Sequence[Stretch]) -> None:
    """Mark every quarter-hour of the stretches; a listener of `core.times_changed`. 1 query.

    A call counts where it began, and a correction may have moved that anywhere in its stretch.
    """
    now = timezone.now()
    found = {
        (tenant_id, quarter)
        for tenant_id, since, until in stretches
        for quarter in quarters_of(max(since, until - LONGEST), min(until, max(now, since)))
    }
    PromiseDirty.objects.bulk_create(
        [PromiseDirty(tenant_id=tenant_id, quarter=quarter) for tenant_id, quarter in sorted(found)]
    )
