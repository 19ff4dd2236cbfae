"""Filters of lists that take anything a stranger may send."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class UtcDateTimeField(django_filters.fields.IsoDateTimeField):
    """A time with any offset, as UTC: PostgreSQL knows no offset beyond 15:59."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the time, None for nothing. Raises ValidationError."""
        found: datetime | None = super().to_python(value)
        if found is None:
            return None
        try:
            return found.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise ValidationError(_("This time does not exist.")) from error


class UtcDateTimeFilter(django_filters.IsoDateTimeFilter):
    """Compare with a time in ISO 8601."""

    field_class = UtcDateTimeField
