"""Make the demo companies; refused outside the demo, whose secrets are published."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.demo.services import demo_companies_make


class Command(BaseCommand):
    """`manage.py demo_data`."""

    help = "Make the demo companies, people, queues, numbers and customers."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; run as often as you like."""
        if not settings.DEMO:
            raise CommandError(
                "The demo's passwords are published: set HUAWU_DEMO=1 only on a machine that "
                "nobody else reaches."
            )
        demo_companies_make()
        self.stdout.write("demo companies ready")
