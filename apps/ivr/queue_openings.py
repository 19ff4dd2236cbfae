"""Queues' hours as `acd.ports` asks for them."""

import logging
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from apps.ivr.engine.calendars import PeriodsError, opening
from apps.ivr.holidays import day_kind
from apps.ivr.models import QueueHours
from apps.ivr.selectors import calendar_plan

logger = logging.getLogger(__name__)


class QueueOpenings:
    """`acd.ports.QueueHours` over our calendars, in the company in scope."""

    def is_open(self, *, queue_id: int, now: datetime) -> bool:
        """Say whether the queue is open. 1 query, 3 for a queue with hours.

        A calendar that cannot be read closes: nobody is called at a time that nobody chose.
        """
        row = QueueHours.objects.select_related("calendar").filter(queue=queue_id).first()
        if row is None:
            return True
        plan = calendar_plan(row.calendar.name)
        try:
            return plan is not None and opening(plan, now, day_kind).is_open
        except (PeriodsError, ZoneInfoNotFoundError) as error:
            logger.error("calendar of queue %s cannot be read: %s", queue_id, error)
            return False
