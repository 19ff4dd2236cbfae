"""How the company in scope counts, and where its reports may go."""

from apps.reports.models import ReportChoice


def report_choice() -> ReportChoice:
    """Return the choice of the company in scope; an unsaved one with the defaults. 1 query."""
    return ReportChoice.objects.first() or ReportChoice()
