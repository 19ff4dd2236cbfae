"""`manage.py promises rebuild|check|tend [--tenant SLUG] [--since DAY] [--until DAY]`."""

from dataclasses import asdict
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.promises.engine.calls import measured_all
from apps.promises.engine.sums import CallSums
from apps.promises.ledger import ended_calls
from apps.promises.measuring import promise_rebuild, promise_tend
from apps.promises.models import PromiseQuarter
from apps.promises.service_quarters import service_tend
from apps.reports.company_days import CompanyDaysCommand
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.rollups import known_days
from apps.tenants.models import Tenant


class Command(CompanyDaysCommand):
    """Measure the promises anew from the ledger, or compare what is kept with it."""

    help = "Measure the service's promises anew from the ledger, or compare them with it."

    differ = "days differ from the ledger: rebuild them"

    def rebuild(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Measure the days anew."""

        def told(day: date, done: int, of: int) -> None:
            self.stdout.write(f"{tenant.slug}: {day} measured anew, {done} of {of} days")

        promise_rebuild(tenant.pk, _period(tenant, since, until), told)
        return 0

    def tend(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Measure what is marked."""
        done = 0
        while made := promise_tend(tenant.pk):
            done += made
        self.stdout.write(f"{tenant.slug}: {done} quarter-hours measured")
        return 0

    def check_days(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Compare each day with the ledger; return how many differ."""
        period = _period(tenant, since, until)
        zone, wrong = ZoneInfo(tenant.timezone), 0
        for number in range(period.days):
            day = period.first + number * ONE_DAY
            since, until = bounds(Period(day, day), zone)
            expected, _against = measured_all(ended_calls(since, until))
            rows = PromiseQuarter.objects.filter(quarter__gte=since, quarter__lt=until)
            kept = {
                row.quarter: CallSums(**{name: getattr(row, name) for name in asdict(CallSums())})
                for row in rows
            }
            if kept != dict(expected):
                wrong += 1
                self.stdout.write(f"{tenant.slug}: {day} differs from the ledger")
        self.stdout.write(f"{tenant.slug}: {period.days} days compared, {wrong} differ")
        return wrong

    def tended(self) -> None:
        """Sum up the installation's heartbeats."""
        service_tend(timezone.now())


def _period(tenant: Tenant, since: date | None, until: date | None) -> Period:
    known = known_days(tenant.pk)
    return Period(since or known.first, until or known.last)
