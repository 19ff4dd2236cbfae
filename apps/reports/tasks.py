"""Background work of reports; safe to run twice."""

from celery import shared_task

from apps.reports import rollups, sending


@shared_task(name="reports.rollups_tend", acks_late=True, time_limit=600)
def rollups_tend() -> int:
    """Roll up the quarter-hours in which something has changed."""
    return rollups.rollups_tend()


@shared_task(name="reports.reports_send", acks_late=True, time_limit=1800)
def reports_send() -> int:
    """Send the scheduled reports that are due."""
    return sending.reports_send()
