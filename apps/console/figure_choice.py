"""What a flow's figures are asked for: the days, and the version."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.ivr.flow_figures import (
    PERIODS_DAYS,
    Period,
    flow_version,
    period_between,
    period_of_days,
    version_in_force,
)
from apps.ivr.models import Flow, FlowVersion

DEFAULT_DAYS = 7
MOST_DAYS = 92
ALL = "all"


# Beyond them a midnight may have no UTC time.
DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RangeForm(forms.Form):
    """The first and the last day, both counted."""

    since = forms.DateField(label=_("First day"), widget=DayInput, validators=DAYS)
    until = forms.DateField(label=_("Last day"), widget=DayInput, validators=DAYS)

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, or more than a quarter."""
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until:
            if until < since:
                raise forms.ValidationError(_("The last day is before the first."))
            if (until - since).days >= MOST_DAYS:
                raise forms.ValidationError(
                    _("Choose at most %(days)s days."), params={"days": MOST_DAYS}
                )
        return found


@dataclass(frozen=True)
class FigureChoice:
    """Days up to now (`days`) or from a day to a day (`between`), and one version or (None) all."""

    flow: Flow
    version: FlowVersion | None
    days: int | None
    between: tuple[date, date] | None = None

    @property
    def period(self) -> Period:
        """The time itself."""
        if self.between is not None:
            return period_between(*self.between)
        return period_of_days(self.days or DEFAULT_DAYS)

    @property
    def days_query(self) -> dict[str, str]:
        """The time as the address says it."""
        if self.between is not None:
            since, until = self.between
            return {"since": since.isoformat(), "until": until.isoformat()}
        return {"days": str(self.days)}

    @property
    def version_query(self) -> dict[str, str]:
        """The version as the address says it: by number, so that it means the same later."""
        return {"version": str(self.version.number) if self.version else ALL}

    @property
    def query(self) -> dict[str, str]:
        """Both."""
        return {**self.days_query, **self.version_query}


def figure_choice(asked: QueryDict, flow: Flow) -> tuple[FigureChoice, RangeForm]:
    """Return the choice, and the form of the days with what was wrong with them.

    What is strange is the default: a week of the version in force.
    """
    version = _version(asked.get("version", ""), flow)
    form = RangeForm(asked if "since" in asked or "until" in asked else None)
    if form.is_valid():
        between = (form.cleaned_data["since"], form.cleaned_data["until"])
        return FigureChoice(flow=flow, version=version, days=None, between=between), form
    days = asked.get("days", "")
    known = int(days) if days in map(str, PERIODS_DAYS) else DEFAULT_DAYS
    return FigureChoice(flow=flow, version=version, days=known), form


def _version(asked: str, flow: Flow) -> FlowVersion | None:
    if asked == ALL:
        return None
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 10
    found = flow_version(flow, int(asked)) if is_number else None
    return found or version_in_force(flow)
