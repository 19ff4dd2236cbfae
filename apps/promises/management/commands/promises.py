"""`manage.py promises rebuild|check|tend [--tenant SLUG] [--since DAY] [--until DAY]`."""

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.tenancy import tenant_scope
from apps.promises.engine.calls import measured_all
from apps.promises.engine.sums import CallSums
from apps.promises.ledger import ended_calls
from apps.promises.measuring import promise_rebuild, promise_tend
from apps.promises.models import PromiseQuarter
from apps.promises.service_quarters import service_tend
from apps.reports.engine.periods import ONE_DAY, Period, bounds
from apps.reports.rollups import known_days
from apps.tenants.models import Tenant


class Command(BaseCommand):
    """Measure the promises anew from the ledger, or compare what is kept with it."""

    help = "Measure the service's promises anew from the ledger, or compare them with it."

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
        wrong = 0
        for tenant in tenants:
            with tenant_scope(tenant.pk):
                known = known_days(tenant.pk)
                period = Period(options["since"] or known.first, options["until"] or known.last)
                wrong += getattr(self, f"_{options['act']}")(tenant, period)
        if options["act"] == "tend":
            service_tend(timezone.now())
        if wrong:
            raise CommandError(f"{wrong} days differ from the ledger: rebuild them")

    def _rebuild(self, tenant: Tenant, period: Period) -> int:
        def told(day: date, done: int, of: int) -> None:
            self.stdout.write(f"{tenant.slug}: {day} measured anew, {done} of {of} days")

        promise_rebuild(tenant.pk, period, told)
        return 0

    def _tend(self, tenant: Tenant, _period: Period) -> int:
        done = 0
        while made := promise_tend(tenant.pk):
            done += made
        self.stdout.write(f"{tenant.slug}: {done} quarter-hours measured")
        return 0

    def _check(self, tenant: Tenant, period: Period) -> int:
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
