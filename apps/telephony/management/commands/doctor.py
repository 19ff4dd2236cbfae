"""`manage.py doctor`: what is wrong with this set-up, and the cure."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from apps.telephony.doctor.examination import Options, examine
from apps.telephony.doctor.report import Finding, State, as_json, is_healthy

MARKS = {State.OK: "✓", State.WARNING: "!", State.FAILED: "✗"}


class Command(BaseCommand):
    """Examine; exit status 1 when something failed."""

    help = "Name what is wrong with this set-up, and how to cure it."
    # A fault in settings or pages is one of the things it should live to tell.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the report."""
        parser.add_argument("--json", action="store_true", help="For programs.")
        parser.add_argument(
            "--sounds", type=Path, help="Asterisk's sound folder, when it is somewhere else."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine and report; texts come as they are found."""
        findings = []
        for finding in examine(Options(sounds=options["sounds"])):
            findings.append(finding)
            if not options["json"]:
                self._say(finding)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(findings), ensure_ascii=False, indent=2))
        if not is_healthy(findings):
            failed = sum(finding.state is State.FAILED for finding in findings)
            raise CommandError(_("%(count)d things have to be cured.") % {"count": failed})
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS(_("Nothing is in the way of a call.")))

    def _say(self, finding: Finding) -> None:
        style = {
            State.OK: self.style.SUCCESS,
            State.WARNING: self.style.WARNING,
            State.FAILED: self.style.ERROR,
        }[finding.state]
        self.stdout.write(f"{style(MARKS[finding.state])} {finding.text}")
        if finding.cure:
            self.stdout.write(f"    → {finding.cure}")
