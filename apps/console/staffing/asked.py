"""What a staffing page is asked for by an address; what is strange is the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from apps.console.reports.asked import FIRST_DAY, LAST_DAY
from apps.staffing.engine.forecast import SLOTS
from apps.staffing.models import Assumptions
from apps.staffing.services import KEPT

MOST_TRIED = 2_000


class AssumptionsForm(forms.ModelForm[Assumptions]):
    """What is assumed; the same fields are tried by an address and kept by a POST."""

    class Meta:
        model = Assumptions
        fields = KEPT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, field in self.fields.items():
            is_select = isinstance(field.widget, forms.Select)
            is_box = isinstance(field.widget, forms.CheckboxInput)
            field.widget.attrs["class"] = (
                "form-select" if is_select else "form-check-input" if is_box else "form-control"
            )
            field.widget.attrs["id"] = f"staffing-{name}"
            if field.help_text:
                field.widget.attrs["title"] = str(field.help_text)


@dataclass(frozen=True)
class Choice:
    """Which week and day; seats of one's own by half-hour of that day."""

    monday: date
    day: date
    tried: Mapping[int, int]

    @property
    def tried_at(self) -> dict[tuple[date, int], int]:
        """Return them by day and half-hour."""
        return {(self.day, place): seats for place, seats in self.tried.items()}


def choice_of(query: QueryDict, today: date) -> Choice:
    """Return what is asked for: this week and today without anything."""
    day = _day(query.get("day", ""))
    week = _day(query.get("week", "")) or day or today
    monday = week - timedelta(days=week.weekday())
    if day is None or not monday <= day <= monday + timedelta(days=6):
        day = today if monday <= today <= monday + timedelta(days=6) else monday
    tried = {
        place: min(int(text), MOST_TRIED)
        for place in range(SLOTS)
        if (text := query.get(f"n{place}", "")).isascii() and text.isdigit() and len(text) < 6
    }
    return Choice(monday, day, tried)


def _day(text: str) -> date | None:
    try:
        # A week more at both ends must still be a date.
        return max(FIRST_DAY, min(date.fromisoformat(text), LAST_DAY - timedelta(days=14)))
    except ValueError:
        return None


def address(query: QueryDict, **changed: str) -> str:
    """Return the address' query with something changed; seats of one's own are left out."""
    kept = [
        (name, value)
        for name, values in query.lists()
        for value in values
        if name not in changed and not _is_tried(name)
    ]
    return urlencode([*kept, *((name, value) for name, value in changed.items() if value)])


def _is_tried(name: str) -> bool:
    return name[:1] == "n" and name[1:].isdigit()
