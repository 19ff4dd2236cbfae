"""Background work of quality inspection; safe to run twice."""

from celery import shared_task

from apps.quality import drawing


@shared_task(name="quality.plans_due", acks_late=True, time_limit=1800)
def plans_due() -> int:
    """Draw for the periods that are over."""
    return drawing.plans_due()
