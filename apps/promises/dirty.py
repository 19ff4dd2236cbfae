"""Note of which quarter-hours a company's calls are to be measured anew."""

from collections.abc import Sequence

from apps.core.times_changed import Stretch
from apps.promises.models import PromiseDirty
from apps.reports.dirty import changed_quarters


def times_changed(stretches: Sequence[Stretch]) -> None:
    """Mark every quarter-hour of the stretches; a listener of `core.times_changed`. 1 query.

    A call counts where it began, and a correction may have moved that anywhere in its stretch.
    """
    PromiseDirty.objects.bulk_create(
        PromiseDirty(tenant_id=tenant_id, quarter=quarter)
        for tenant_id, quarter in changed_quarters(stretches)
    )
