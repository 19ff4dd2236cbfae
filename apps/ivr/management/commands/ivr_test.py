"""`manage.py ivr_test`: run the tests of flows, one line each; exit code 1 when one fails.

manage.py ivr_test [--tenant SLUG] [--flow NAME] [--published | --draft]
manage.py ivr_test FILE.json …      without any company's data
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.tenancy import all_tenants
from apps.ivr.engine.documents import FlowError
from apps.ivr.models import Flow
from apps.ivr.simulator import flow_tests_run

Case = tuple[str, object, int | None]


class Command(BaseCommand):
    """The command."""

    help = "Run the tests that flows carry; exit code 1 when one fails."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take files, or which company's flows."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
        parser.add_argument("--tenant", default="", help="only this company's flows (its slug)")
        parser.add_argument("--flow", default="", help="only the flows of this name")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--published", action="store_true", help="what callers hear (default)")
        which.add_argument("--draft", action="store_true", help="what would be published")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them."""
        if options["files"]:
            cases = _files(options["files"])
        else:
            cases = _stored(options["tenant"], options["flow"], is_draft=options["draft"])
        if not cases:
            raise CommandError("there is no such flow")
        failed = tests = 0
        for where, document, tenant_id in cases:
            try:
                results = flow_tests_run(document, tenant_id=tenant_id)
            except FlowError as error:
                failed += 1
                self.stdout.write(f"FAILED {where}: {error}")
                continue
            tests += len(results)
            for result in results:
                failed += bool(result.faults)
                verdict = "FAILED" if result.faults else "ok"
                why = f": {'; '.join(result.faults)}" if result.faults else ""
                self.stdout.write(f"{verdict} {where}: {result.name}{why}")
        if failed:
            raise CommandError(f"{failed} failed, of {tests} tests")
        self.stdout.write(f"{tests} tests passed")


def _files(paths: Iterable[Path]) -> list[Case]:
    cases: list[Case] = []
    for path in paths:
        try:
            cases.append((str(path), json.loads(path.read_text(encoding="utf-8")), None))
        except (OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
    return cases


def _stored(slug: str, name: str, *, is_draft: bool) -> list[Case]:
    """Return the flows asked for; without `is_draft` those that were published. 2 queries."""
    cases: list[Case] = []
    with all_tenants("whoever runs the command names the company"):
        flows = Flow.objects.select_related("tenant").prefetch_related("versions")
        if slug:
            flows = flows.filter(tenant__slug=slug)
        if name:
            flows = flows.filter(name=name)
        for flow in flows.order_by("tenant__slug", "name", "pk"):
            where = f"{flow.tenant.slug}/{flow.name}"
            newest = max(flow.versions.all(), key=lambda version: version.number, default=None)
            if is_draft:
                cases.append((where, flow.draft, flow.tenant_id))
            elif newest:
                cases.append((where, newest.document, flow.tenant_id))
    return cases
