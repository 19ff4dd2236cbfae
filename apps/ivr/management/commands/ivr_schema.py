"""`manage.py ivr_schema`: print the JSON Schema of flow documents."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from apps.ivr.engine.schema import flow_schema


class Command(BaseCommand):
    """The command."""

    help = "Print the JSON Schema of flow documents."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(json.dumps(flow_schema(), ensure_ascii=False, indent=2))
