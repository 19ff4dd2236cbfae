"""`manage.py rollups rebuild|check|tend --tenant SLUG [--since DAY] [--until DAY]`."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.tenancy import tenant_scope
from apps.reports.check import rollup_check
from apps.reports.engine.periods import ONE_DAY
from apps.reports.rollups import known_days, rollup_rebuild, rollup_tend, rollup_waiting
from apps.tenants.models import Tenant

MOST_SHOWN = 20


class Command(BaseCommand):
    """Make the sums behind reports anew from the ledger, or compare them with it."""

    help = "Rebuild the rollups behind reports from the ledger, or compare them with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, of whom, and of which days."""
        parser.add_argument("act", choices=["rebuild", "check", "tend"])
        parser.add_argument("--tenant", help="Short name of one company; without it all.")
        parser.add_argument("--since", type=date.fromisoformat, help="First day, YYYY-MM-DD.")
        parser.add_argument("--until", type=date.fromisoformat, help="Last day, YYYY-MM-DD.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it for each company; CommandError when a check finds a difference."""
        tenants = Tenant.objects.order_by("slug")
        if options["tenant"]:
            tenants = tenants.filter(slug=options["tenant"])
            if not tenants:
                raise CommandError(f"no company {options['tenant']!r}")
        act = {"rebuild": self._rebuild, "check": self._check, "tend": self._tend}[options["act"]]
        wrong = 0
        for tenant in tenants:
            with tenant_scope(tenant.pk):
                wrong += act(tenant, options["since"], options["until"])
        if wrong:
            raise CommandError(f"{wrong} rows differ from the ledger: rebuild those days")

    def _rebuild(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        def told(day: date, done: int, of: int) -> None:
            self.stdout.write(f"{tenant.slug}: {day} made anew, {done} of {of} days")

        rollup_rebuild(tenant.pk, first=since, last=until, progress=told)
        return 0

    def _tend(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        done = 0
        while made := rollup_tend(tenant.pk):
            done += made
        self.stdout.write(f"{tenant.slug}: {done} quarter-hours rolled up")
        return 0

    def _check(self, tenant: Tenant, since: date | None, until: date | None) -> int:
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
