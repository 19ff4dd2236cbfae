"""A command that rebuilds, checks or tends what is kept of each company's days."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.tenancy import tenant_scope
from apps.tenants.models import Tenant


class CompanyDaysCommand(BaseCommand):
    """`rebuild|check|tend [--tenant SLUG] [--since DAY] [--until DAY]`, one company at a time."""

    # What a check counts, and what is to be done then.
    differ = "rows differ from the ledger: rebuild those days"

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
        act = {"rebuild": self.rebuild, "check": self.check_days, "tend": self.tend}
        wrong = 0
        for tenant in tenants:
            with tenant_scope(tenant.pk):
                wrong += act[options["act"]](tenant, options["since"], options["until"])
        if options["act"] == "tend":
            self.tended()
        if wrong:
            raise CommandError(f"{wrong} {self.differ}")

    def rebuild(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Make the days anew, in the company's scope; return 0."""
        raise NotImplementedError

    def check_days(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Compare the days with the ledger, in the company's scope; return what differs."""
        raise NotImplementedError

    def tend(self, tenant: Tenant, since: date | None, until: date | None) -> int:
        """Do what the worker would do next, in the company's scope; return 0."""
        raise NotImplementedError

    def tended(self) -> None:
        """Do what belongs to no company, after `tend`."""
