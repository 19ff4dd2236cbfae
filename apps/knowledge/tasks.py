"""Background work on the knowledge base; safe to run twice."""

from celery import shared_task

from apps.knowledge import upkeep


@shared_task(name="knowledge.keep", acks_late=True, time_limit=600)
def keep() -> int:
    """Let articles expire and remind their owners; return how many tasks were made."""
    upkeep.articles_expire()
    return upkeep.owners_remind()
