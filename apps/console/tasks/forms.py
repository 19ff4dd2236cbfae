"""The form of a planned task."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.selectors import user_list_for
from apps.tasks.choices import PLANNED, Priority, Repeat, TaskKind
from apps.tasks.models import Task
from apps.tasks.planning import MAX_DETAIL, TaskPlan

MOMENT = "%Y-%m-%dT%H:%M"
NO_REMINDER = "none"
REMINDERS = (
    ("0", _("When it is due")),
    ("10", _("10 minutes before")),
    ("60", _("An hour before")),
    ("1440", _("A day before")),
    (NO_REMINDER, _("No reminder")),
)
NOBODY = "0"


class PlanForm(forms.Form):
    """What is to be done and when; times are the company's."""

    title = forms.CharField(label=_("What is to be done"), max_length=200)
    due_at = forms.DateTimeField(
        label=_("Due"),
        input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"}),
    )
    remind = forms.ChoiceField(label=_("Reminder"), choices=REMINDERS, required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, required=False)
    repeat = forms.ChoiceField(
        label=_("Repeats"),
        choices=Repeat.choices,
        required=False,
        help_text=_("The next one is made when this one is closed."),
    )
    repeat_until = forms.DateField(
        label=_("Until (empty: for ever)"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    detail = forms.CharField(
        label=_("Details"),
        max_length=MAX_DETAIL,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            is_choice = isinstance(field, forms.ChoiceField)
            field.widget.attrs.setdefault("class", "form-select" if is_choice else "form-control")

    def plan(self) -> TaskPlan:
        """Return what was asked for; only of a valid form."""
        kept = self.cleaned_data
        remind = kept["remind"] or "0"
        return TaskPlan(
            title=kept["title"],
            due_at=kept["due_at"],
            detail=kept["detail"],
            priority=kept["priority"] or Priority.NORMAL,
            remind_before_min=None if remind == NO_REMINDER else int(remind),
            repeat=kept["repeat"],
            repeat_until=kept["repeat_until"],
        )


class NewTaskForm(PlanForm):
    """Also of what kind it is, whom to call, and whose it is."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, kind.label) for kind in PLANNED]
    )
    number = forms.CharField(
        label=_("Number to call"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    assignee = forms.ChoiceField(label=_("Whose"), required=False)
    # What the task is about, from the page where "new task" was pressed.
    customer = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    call = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    field_order = ("kind", "title", "due_at", "remind", "assignee", "number")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.people = {str(user.pk): user}
        choices: list[tuple[str, Any]] = [(str(user.pk), _("Mine"))]
        if user.role in (Role.TEAM_LEAD, Role.ADMIN):
            others = user_list_for(user=user).filter(is_active=True).exclude(pk=user.pk)
            self.people |= {str(one.pk): one for one in others.exclude(role=Role.INSPECTOR)}
            choices += [
                (key, f"{one.username} {one.display_name}")
                for key, one in self.people.items()
                if one != user
            ]
            choices.append((NOBODY, _("Nobody's yet")))
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def assignee_chosen(self) -> User | None:
        """Return whose it is; the person's own without a choice."""
        chosen = self.cleaned_data["assignee"] or str(self.user.pk)
        return None if chosen == NOBODY else self.people[chosen]


def new_task_values(user: User, asked: dict[str, str]) -> dict[str, Any]:
    """Return what a new form shows: in an hour, mine, and what the address brings along."""
    hour = timezone.localtime() + timedelta(hours=1)
    kind = asked.get("kind", "")
    return {
        "kind": kind if kind in TaskKind.values else TaskKind.REMINDER,
        "title": asked.get("title", "")[:200],
        "due_at": _moment(asked.get("day", ""), hour).strftime(MOMENT),
        "number": asked.get("number", "")[:32],
        "assignee": str(user.pk),
        "customer": asked.get("customer", ""),
        "call": asked.get("call", ""),
        "remind": "0",
    }


def _moment(day: str, hour: datetime) -> datetime:
    """Return nine o'clock of the day asked for, the hour for today or nonsense."""
    try:
        asked = datetime.strptime(day, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return hour
    return (
        hour
        if asked <= hour.date()
        else hour.replace(year=asked.year, month=asked.month, day=asked.day, hour=9, minute=0)
    )


def plan_values(task: Task) -> dict[str, Any]:
    """Return what the form of an existing task shows."""
    before = task.remind_before_min
    known = {key for key, _label in REMINDERS}
    return {
        "title": task.title,
        "due_at": timezone.localtime(task.due_at).strftime(MOMENT),
        "remind": NO_REMINDER if before is None else str(before) if str(before) in known else "0",
        "priority": task.priority,
        "repeat": task.repeat,
        "repeat_until": task.repeat_until,
        "detail": task.detail,
    }
