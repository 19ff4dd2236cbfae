"""What tasks ask of what lies above them: which days the company works."""

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

IsWorkday = Callable[[date], bool]


def company_workdays() -> IsWorkday:
    """Return who says of local days whether the company in scope works (`HUAWU_TASK_WORKDAYS`)."""
    made: Callable[[], IsWorkday] = import_string(settings.HUAWU_TASK_WORKDAYS)
    return made()
