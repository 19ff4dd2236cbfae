"""A day of who looks: his midnights, in Django's current time zone."""

from datetime import date, datetime, time

from django.utils import timezone


def midnight(day: date) -> datetime:
    """Return when the day begins; compared with it a column's index answers, `__date` does not."""
    return timezone.make_aware(datetime.combine(day, time.min))
