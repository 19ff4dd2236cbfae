"""The companies' calendars, asked at calls: read at most every two seconds, kept when we must."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

from apps.core.tenancy import tenant_scope
from apps.ivr.engine.calendars import Calendar, PeriodsError, opening
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.holidays import day_kind
from apps.ivr.last_known import LastKnown
from apps.ivr.selectors import calendar_plan
from apps.telephony.agi.database import Visits

logger = logging.getLogger(__name__)


class Calendars:
    """Whether a company is open. While the database is away the last known plan goes on.

    The plan is kept, not the answer: a company opens and closes on the second all the same.
    """

    def __init__(
        self,
        visits: Visits,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._kept: LastKnown[Calendar] = LastKnown(
            "calendar of company",
            lambda key: visits.visit(lambda: _read(key)),
            failures=(PeriodsError,),
            clock=clock,
        )

    def is_open(self, tenant_id: int, name: str) -> bool:
        """Return whether the company's calendar is open now. Raises LookupFailedError."""
        try:
            return self._is_open(tenant_id, name)
        except (PeriodsError, ZoneInfoNotFoundError) as error:
            # A row written past the admin's checks must not cost a call.
            logger.error("calendar %r cannot be read: %s", name, error, extra={"tenant": tenant_id})
            raise LookupFailedError(f"calendar {name!r} cannot be read: {error}") from error

    def _is_open(self, tenant_id: int, name: str) -> bool:
        calendar = self._kept.get(f"{tenant_id} {name}")
        if calendar is None:
            logger.error("there is no calendar %r", name, extra={"tenant": tenant_id})
            raise LookupFailedError(f"there is no calendar {name!r}")
        return opening(calendar, self._now(), day_kind).is_open


def _read(key: str) -> Calendar | None:
    tenant_id, _, name = key.partition(" ")
    with tenant_scope(int(tenant_id)):
        return calendar_plan(name)
