"""Background work of customers; safe to run twice."""

from celery import shared_task

from apps.customers.erasure_proposals import erasure_proposals_expire


@shared_task(name="customers.erasures_expire", acks_late=True, time_limit=300)
def erasures_expire() -> int:
    """Mark proposals to forget a person that nobody decided about in time; return how many."""
    return erasure_proposals_expire()
