"""Background work on voicemail; safe to run twice."""

from celery import shared_task

from apps.voicemail import notices


@shared_task(name="voicemail.notices_send", acks_late=True, time_limit=600)
def notices_send() -> int:
    """Send the notices that are due; tries that failed come round again."""
    return notices.notices_send()
