"""What a person asks of a day: the form and its rows of changes.

Rows that are left empty ask for nothing. Queues and agents are chosen among those that the person
sees; `acd.what_if_runs` looks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, User
from apps.acd.models import Skill, Strategy
from apps.acd.queue_figures import queues_for
from apps.acd.what_if_inputs import (
    MemberInput,
    RuleInput,
    SkillInput,
    StaffInput,
    WhatIfInputs,
)
from apps.acd.what_if_runs import zone_of
from apps.calls.engine.figures import DEFAULT_SERVICE_LEVEL
from apps.console.figure_choice import DayInput

# The formulas are the definitions (docs/figures.md); they read the same in every language.
DEFINITIONS = {
    "without_short": "A_T / (A + B − B_s)",
    "answered": "A_T / A",
    "answered_or_left_in_time": "(A_T + B_T) / (A + B)",
    "offered": "A_T / O",
    "answered_plus_abandoned": "A_T / (A + B)",
    "with_flow_outs": "A_T / (A + B + F − B_s)",
    "late_abandons_only": "A_T / (A + B − B_T)",
}
REMOVED = "none"
LEVELS = range(10)
NO_CHOICE = ("", "—")


@dataclass(frozen=True)
class Choices:
    """What may be chosen; pairs of value and label."""

    queues: list[tuple[str, str]]
    agents: list[tuple[str, str]]
    skills: list[tuple[str, str]]


def choices_for(user: User) -> Choices:
    """Return the queues that the person sees, who serves them, and the skills. 3 queries."""
    queues = list(queues_for(user))
    agents = (
        Agent.objects.filter(memberships__queue__in=queues)
        .select_related("user")
        .distinct()
        .order_by("number")
    )
    return Choices(
        queues=[(queue.number, str(queue)) for queue in queues],
        agents=[(agent.number, str(agent)) for agent in agents],
        skills=[(name, name) for name in Skill.objects.values_list("name", flat=True)],
    )


class TimeInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=TimeInput())


class WhatIfForm(forms.Form):
    """The day, whose figures, and what concerns all calls."""

    on = forms.DateField(
        label=_("Recorded day"),
        widget=DayInput,
        validators=[MinValueValidator(date(2000, 1, 1))],
    )
    queues = forms.MultipleChoiceField(
        label=_("Queues"), widget=forms.CheckboxSelectMultiple, choices=[]
    )
    definition = forms.ChoiceField(
        label=_("Service level counted as"),
        choices=[(name, f"{name}: {formula}") for name, formula in DEFINITIONS.items()],
        initial=DEFAULT_SERVICE_LEVEL,
    )
    calls = forms.IntegerField(label=_("Calls (%)"), initial=100, min_value=10, max_value=1000)
    talks = forms.IntegerField(label=_("Talk time (%)"), initial=100, min_value=10, max_value=1000)
    plays = forms.IntegerField(label=_("Repetitions"), initial=20, min_value=2, max_value=50)
    is_varied = forms.BooleanField(
        label=_("Days like it: draw the calls anew from its half hours"), required=False
    )

    def __init__(self, *args: Any, choices: Choices, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self.fields["on"].initial = today - timedelta(days=1)
        field = cast(forms.MultipleChoiceField, self.fields["queues"])
        field.choices = choices.queues
        field.initial = [number for number, _label in choices.queues]

    def clean_on(self) -> date:
        """Refuse days that are still to come."""
        found: date = self.cleaned_data["on"]
        if found > self._today:
            raise ValidationError(_("This day is still to come. Choose a recorded one."))
        return found


class RowForm(forms.Form):
    """A row that may stay empty."""

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("queue", "overflow_to", "agent", "skill"):
            if name in self.fields:
                cast(forms.ChoiceField, self.fields[name]).choices = [
                    NO_CHOICE,
                    *{
                        "queue": choices.queues,
                        "overflow_to": choices.queues,
                        "agent": choices.agents,
                        "skill": choices.skills,
                    }[name],
                ]
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control form-control-sm")

    def clean(self) -> dict[str, Any]:
        """Refuse a row of which a part is missing."""
        found: dict[str, Any] = super().clean() or {}
        for name in self.needed:
            if found.get(name) in ("", None) and name not in self.errors:
                self.add_error(name, _("Fill this in, or empty the row."))
        since, until = found.get("since"), found.get("until")
        if since and until and until != time(0) and until <= since:
            self.add_error("until", _("The end is not after the beginning."))
        return found

    # What a row cannot be without.
    needed: tuple[str, ...] = ("queue",)


class StaffForm(RowForm):
    """More or fewer agents."""

    queue = forms.ChoiceField(label=_("Queue"), required=False)
    agents = forms.IntegerField(
        label=_("Agents more (+) or fewer (−)"), required=False, min_value=-200, max_value=200
    )
    since = _time(_("from (time)"))
    until = _time(_("until (time)"))
    needed = ("queue", "agents")


class RuleForm(RowForm):
    """Other rules of a queue."""

    queue = forms.ChoiceField(label=_("Queue"), required=False)
    strategy = forms.ChoiceField(
        label=_("Strategy"), required=False, choices=[NO_CHOICE, *Strategy.choices]
    )
    ring_s = forms.IntegerField(
        label=_("Ring time-out (s)"), required=False, min_value=3, max_value=120
    )
    wrap_up_s = forms.IntegerField(
        label=_("Wrap-up (s)"), required=False, min_value=0, max_value=3600
    )
    max_wait_s = forms.IntegerField(
        label=_("Longest wait (s)"), required=False, min_value=5, max_value=7200
    )
    level_s = forms.IntegerField(
        label=_("Service level (s)"), required=False, min_value=0, max_value=3600
    )
    since = _time(_("open from"))
    until = _time(_("open until"))
    overflow_to = forms.ChoiceField(label=_("After the longest wait to"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a queue that overflows into itself."""
        found = super().clean()
        if found.get("overflow_to") and found.get("overflow_to") == found.get("queue"):
            self.add_error("overflow_to", _("Choose another queue."))
        return found


class MemberForm(RowForm):
    """Another member, or another level."""

    agent = forms.ChoiceField(label=_("Agent"), required=False)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    level = forms.ChoiceField(
        label=_("Penalty"),
        required=False,
        choices=[
            NO_CHOICE,
            *((str(level), str(level)) for level in LEVELS),
            (REMOVED, _("serves it no more")),
        ],
    )
    needed = ("agent", "queue", "level")


class SkillForm(RowForm):
    """Another skill, or another level of it."""

    agent = forms.ChoiceField(label=_("Agent"), required=False)
    skill = forms.ChoiceField(label=_("Skill"), required=False)
    level = forms.IntegerField(
        label=_("Level"),
        required=False,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    needed = ("agent", "skill", "level")


ROWS: dict[str, type[BaseFormSet[Any]]] = {
    "staff": formset_factory(StaffForm, extra=3, max_num=30, absolute_max=30),
    "rules": formset_factory(RuleForm, extra=2, max_num=30, absolute_max=30),
    "members": formset_factory(MemberForm, extra=2, max_num=30, absolute_max=30),
    "skills": formset_factory(SkillForm, extra=2, max_num=30, absolute_max=30),
}


class Question:
    """The form and its rows together."""

    def __init__(
        self, user: User, data: Any = None, initial: Mapping[str, Any] | None = None
    ) -> None:
        self.choices = choices_for(user)
        kwargs = {"choices": self.choices}
        given = initial or {}
        today = timezone.localdate(timezone=zone_of(user))
        self.form = WhatIfForm(data, initial=given.get("form"), choices=self.choices, today=today)
        self.rows: dict[str, BaseFormSet[Any]] = {
            name: made(data, prefix=name, initial=given.get(name), form_kwargs=kwargs)
            for name, made in ROWS.items()
        }

    def is_valid(self) -> bool:
        """Look at all of it, so that everything wrong is told at once."""
        every = [self.form.is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        return all(every) and self._is_once()

    def _is_once(self) -> bool:
        """Refuse two rows of rules for one queue: nobody could say which counts."""
        seen: set[str] = set()
        for form in self.rows["rules"]:
            queue = form.cleaned_data.get("queue", "")
            if queue and queue in seen:
                form.add_error("queue", _("This queue has a row already."))
                return False
            seen.add(queue)
        return True

    @property
    def on(self) -> date:
        """Return the day."""
        found: date = self.form.cleaned_data["on"]
        return found

    @property
    def inputs(self) -> WhatIfInputs:
        """Return what is kept of it."""
        asked = self.form.cleaned_data
        return {
            "queues": asked["queues"],
            "definition": asked["definition"],
            "plays": asked["plays"],
            "calls": asked["calls"] / 100,
            "talks": asked["talks"] / 100,
            "is_varied": asked["is_varied"],
            "staff": [
                cast(StaffInput, {**row, "since": _text(row["since"]), "until": _end(row["until"])})
                for row in self._filled("staff")
            ],
            "rules": [
                cast(RuleInput, {**row, "since": _text(row["since"]), "until": _end(row["until"])})
                for row in self._filled("rules")
            ],
            "members": [
                cast(
                    MemberInput,
                    {**row, "level": None if row["level"] == REMOVED else int(row["level"])},
                )
                for row in self._filled("members")
            ],
            "skills": [cast(SkillInput, row) for row in self._filled("skills")],
        }

    def _filled(self, name: str) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.rows[name] if form.has_changed()]


def initial_of(on: date, inputs: WhatIfInputs) -> dict[str, Any]:
    """Return what fills the form with an earlier question."""
    return {
        "form": {
            "on": on,
            "queues": inputs["queues"],
            "definition": inputs["definition"],
            "plays": inputs["plays"],
            "calls": round(inputs["calls"] * 100),
            "talks": round(inputs["talks"] * 100),
            "is_varied": inputs["is_varied"],
        },
        "staff": [_clock(dict(row)) for row in inputs["staff"]],
        "rules": [_clock(dict(row)) for row in inputs["rules"]],
        "members": [
            {**row, "level": REMOVED if row["level"] is None else str(row["level"])}
            for row in inputs["members"]
        ],
        "skills": [dict(row) for row in inputs["skills"]],
    }


def _clock(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the midnight at the day's end as clocks write it."""
    return {**row, "until": "00:00" if row["until"] == "24:00" else row["until"]}


def _text(at: time | None) -> str:
    return at.strftime("%H:%M") if at else ""


def _end(at: time | None) -> str:
    return "24:00" if at == time(0) else _text(at)
