"""`manage.py rollups rebuild|check|tend --tenant SLUG [--since DAY] [--until DAY]`."""

from datetime import date, timedelta

from apps.reports.check import rollup_check
from apps.reports.company_days import CompanyDaysCommand
from apps.reports.engine.periods import ONE_DAY
from apps.reports.rollups import known_days, rollup_rebuild, rollup_tend, rollup_waiting
from apps.tenants.models import Tenant

MOST_SHOWN = 20


class Command(CompanyDaysCommand):
    """Make the sums behind reports anew from the ledger, or compare them with it."""

    help = "Rebuild the rollups behind reports from the ledger, or compare them with it."

    def rebuild(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Roll the days up anew."""

        def told(day: date, done: int, of: int) -> None:
            self.stdout.write(f"{tenant.slug}: {day} made anew, {done} of {of} days")

        rollup_rebuild(tenant.pk, first=since, last=until, progress=told)
        return 0

    def tend(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Roll up what is marked."""
        done = 0
        while made := rollup_tend(tenant.pk):
            done += made
        self.stdout.write(f"{tenant.slug}: {done} quarter-hours rolled up")
        return 0

    def check_days(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Compare each row of the days with the ledger; return how many differ."""
        if waiting := rollup_waiting():
            self.stdout.write(f"{tenant.slug}: {waiting} quarter-hours are not yet rolled up")
        known = known_days(tenant.pk)
        day, last, found = since or known.first, until or known.last, 0
        days = (last - day) // timedelta(days=1) + 1
        while day <= last:
            for one in rollup_check(tenant.pk, day):
                found += 1
                if found <= MOST_SHOWN:
                    self.stdout.write(f"{tenant.slug}: {one}")
            day += ONE_DAY
        self.stdout.write(f"{tenant.slug}: {days} days compared, {found} rows differ")
        return found
