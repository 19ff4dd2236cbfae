"""What work orders ask of what lies above them: working hours."""

from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from apps.workorders.engine.clock import WorkingHours, always_open


class HoursOf(Protocol):
    """Working hours by a calendar's name, in the company in scope."""

    def hours_of(self, name: str) -> WorkingHours | None:
        """Return the calendar's hours, None when there is none of this name that can be read."""

    def names(self) -> list[str]:
        """Return the names of the company's calendars, for a choice."""


def hours_source() -> HoursOf:
    """Return who answers (`HUAWU_WORK_ORDER_HOURS`)."""
    made: Callable[[], HoursOf] = import_string(settings.HUAWU_WORK_ORDER_HOURS)
    return made()


def working_hours(name: str) -> WorkingHours:
    """Return the hours of a calendar; day and night without one, so that no deadline is lost."""
    if not name:
        return always_open
    return hours_source().hours_of(name) or always_open
