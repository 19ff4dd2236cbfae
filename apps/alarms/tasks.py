"""Background work of alarms; safe to run twice."""

from celery import shared_task

from apps.alarms import notices, watching


@shared_task(name="alarms.alarms_watch", acks_late=True, time_limit=60)
def alarms_watch() -> int:
    """Look at every company's rules."""
    return watching.alarms_watch()


@shared_task(name="alarms.notices_send", acks_late=True, time_limit=600)
def notices_send() -> int:
    """Send what is due."""
    return notices.notices_send()
