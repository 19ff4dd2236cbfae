"""A choice among hundreds."""

from typing import Any

from django import forms
from django.utils.safestring import SafeString

from apps.core.html_text import attribute, quoted


class LongSelect(forms.Select):
    """Django's `<select>` without a dictionary for each option: 500 agents cost a page 20 ms.

    The choices are a list of (value, text) without groups, taken as they are.
    """

    choices: Any = ()

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        forms.Widget.__init__(self, attrs)
        self.choices = choices

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Draw the choices, which have no groups; what `value` names is selected."""
        wanted = "" if value is None else str(value)
        every = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        told = "".join(attribute(key, kept) for key, kept in every.items())
        options = "".join(
            f'<option value="{quoted(key)}"{" selected" if str(key) == wanted else ""}>'
            f"{quoted(text)}</option>"
            for key, text in self.choices
        )
        return SafeString(f"<select{told}>{options}</select>")
