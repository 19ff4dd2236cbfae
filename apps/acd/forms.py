"""Form fields of queues' rules."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class ConditionField(forms.JSONField):
    """A condition as text; none is an empty field and not `null`."""

    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """Return the JSON. Raises ValidationError, also for what Python's reader gives up at."""
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:  # nested too deeply, a number too long
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what is shown again: as it was typed, since not all that is read can be drawn."""
        if self.disabled:
            return initial
        return None if data is None else forms.fields.InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        """Return the field's text."""
        return "" if value is None else super().prepare_value(value)
