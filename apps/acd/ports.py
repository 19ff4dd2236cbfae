"""What queues ask of apps above them."""

from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class QueueHours(Protocol):
    """Know when queues are open. Calendars belong to `apps.ivr`, which is above."""

    def is_open(self, *, queue_id: int, now: datetime) -> bool:
        """Say whether a queue takes calls now; one without hours always does."""


@lru_cache(maxsize=1)
def queue_hours() -> QueueHours:
    """Return the configured hours (`settings.HUAWU_QUEUE_HOURS`)."""
    made: QueueHours = import_string(settings.HUAWU_QUEUE_HOURS)()
    return made
