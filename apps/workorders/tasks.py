"""Background work on work orders; safe to run twice."""

from celery import shared_task

from apps.workorders import due


@shared_task(name="workorders.work_orders_due", acks_late=True, time_limit=300)
def work_orders_due() -> int:
    """Escalate what is late, replace who has left, tell what is overdue."""
    return due.work_orders_due()
