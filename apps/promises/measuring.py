"""Measure calls by quarter-hour: always anew from the ledger, never by adding to what is there.

As rollups are made (ADR 0019): what is told late, twice or corrected cannot be counted wrongly.
Callers hold the company's scope.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.core.tenancy import all_tenants, tenant_scope
from apps.promises.engine.calls import measured_all
from apps.promises.ledger import ended_calls
from apps.promises.models import PromiseCall, PromiseDirty, PromiseQuarter, PromiseState
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.engine.quarters import runs_of
from apps.tenants.models import Tenant

# Quarter-hours of one transaction: a day's.
MOST_QUARTERS = 96
MOST_MARKS = 20_000
Progress = Callable[[date, int, int], None]


def promises_tend() -> int:
    """Measure what is marked, of every company; return how many quarter-hours."""
    with all_tenants("every company's ledger goes on"):
        marked = PromiseDirty.objects.order_by().values_list("tenant", flat=True).distinct()
        tenants = sorted(marked)
    done = 0
    for tenant_id in tenants:
        with tenant_scope(tenant_id):
            while made := promise_tend(tenant_id):
                done += made
    return done


def promise_tend(tenant_id: int, *, most: int = MOST_QUARTERS) -> int:
    """Measure at most so many marked quarter-hours of a company; return how many.

    One transaction, one at a time for a company: 0 also when somebody else is at it. A mark is
    read before the ledger and removed after it, so what is committed meanwhile stays marked.
    """
    with transaction.atomic():
        if not _locked(tenant_id):
            return 0
        marks = list(
            PromiseDirty.objects.order_by("quarter").values_list("pk", "quarter")[:MOST_MARKS]
        )
        quarters = sorted({quarter for _pk, quarter in marks})[:most]
        for since, until in runs_of(quarters):
            _write(tenant_id, since, until)
        wanted = set(quarters)
        PromiseDirty.objects.filter(pk__in=[pk for pk, at in marks if at in wanted]).delete()
    return len(quarters)


def promise_waiting() -> int:
    """Return how many quarter-hours of the company in scope are marked. 1 query."""
    return PromiseDirty.objects.values("quarter").distinct().count()


def promise_rebuild(tenant_id: int, period: Period, progress: Progress | None = None) -> None:
    """Measure these days anew, a day a transaction."""
    zone = ZoneInfo(Tenant.objects.get(pk=tenant_id).timezone)
    for number in range(period.days):
        day = period.first + number * ONE_DAY
        with transaction.atomic():
            _locked(tenant_id, is_waiting=True)
            _write(tenant_id, *bounds(Period(day, day), zone))
        if progress is not None:
            progress(day, number + 1, period.days)
    PromiseState.objects.update(rebuilt_at=timezone.now())


def _locked(tenant_id: int, *, is_waiting: bool = False) -> bool:
    """Lock the company's state to the end of the transaction; say whether we have it."""
    PromiseState.objects.get_or_create(tenant_id=tenant_id)
    rows = PromiseState.objects.select_for_update(no_key=True, skip_locked=not is_waiting)
    return rows.filter(tenant=tenant_id).first() is not None


def _write(tenant_id: int, since: datetime, until: datetime) -> None:
    """Put what the ledger says of [since, until) where there was something."""
    sums, against = measured_all(ended_calls(since, until))
    PromiseQuarter.objects.filter(quarter__gte=since, quarter__lt=until).delete()
    PromiseQuarter.objects.bulk_create(
        PromiseQuarter(tenant_id=tenant_id, quarter=quarter, **asdict(one))
        for quarter, one in sums.items()
    )
    PromiseCall.objects.filter(quarter__gte=since, quarter__lt=until).delete()
    # A call that has moved to another quarter-hour is still there until that one is made anew.
    calls = {call_id for _quarter, call_id, _what in against}
    PromiseCall.objects.filter(call__in=calls).delete()
    PromiseCall.objects.bulk_create(
        PromiseCall(tenant_id=tenant_id, quarter=quarter, call_id=call_id, against=what)
        for quarter, call_id, what in against
    )
