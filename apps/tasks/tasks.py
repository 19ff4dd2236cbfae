"""Background work on tasks; safe to run twice."""

from celery import shared_task

from apps.tasks import alerts


@shared_task(name="tasks.tasks_alert", acks_late=True, time_limit=300)
def tasks_alert() -> int:
    """Show the alerts whose time has come."""
    return alerts.tasks_alert()
