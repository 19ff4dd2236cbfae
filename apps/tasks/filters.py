"""How tasks are looked for, on the page, in exports and over the API alike."""

from datetime import date, timedelta

import django_filters
from django.db.models import Q, QuerySet
from django.forms import DateInput
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.core.days import midnight
from apps.tasks.choices import LIVE_STATES, TaskKind, TaskState
from apps.tasks.models import Task


class TaskFilter(django_filters.FilterSet):
    """Whose tasks, in which state, of which kind. Without a choice: what is still to do."""

    whose = django_filters.ChoiceFilter(
        method="by_person",
        label=gettext_lazy("Whose"),
        choices=(("mine", gettext_lazy("My tasks")), ("free", gettext_lazy("Nobody's yet"))),
        empty_label=gettext_lazy("Everybody's"),
    )
    state = django_filters.ChoiceFilter(
        method="by_state",
        label=gettext_lazy("State"),
        choices=(
            *TaskState.choices,
            ("overdue", gettext_lazy("Overdue")),
            ("all", gettext_lazy("All")),
        ),
        empty_label=gettext_lazy("To do"),
    )
    kind = django_filters.ChoiceFilter(
        choices=TaskKind.choices, label=gettext_lazy("Kind"), empty_label=gettext_lazy("All")
    )
    day = django_filters.DateFilter(
        method="by_day", label=gettext_lazy("Due on"), widget=DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_queryset(self, queryset: "QuerySet[Task]") -> "QuerySet[Task]":
        """Leave closed tasks out unless they, or all of a day, are asked for."""
        found: QuerySet[Task] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if not asked.get("state") and not asked.get("day"):
            found = found.filter(state__in=LIVE_STATES)
        return found

    def by_person(self, queryset: "QuerySet[Task]", name: str, value: str) -> "QuerySet[Task]":
        """Limit to the person's own, or to those that nobody has."""
        wanted = Q(assignee=self.request.user) if value == "mine" else Q(assignee=None)
        return queryset.filter(wanted)

    def by_state(self, queryset: "QuerySet[Task]", name: str, value: str) -> "QuerySet[Task]":
        """Limit to one state, to what is overdue, or not at all."""
        if value == "all":
            return queryset
        if value == "overdue":
            return queryset.filter(state__in=LIVE_STATES, due_at__lt=timezone.now())
        return queryset.filter(state=value)

    def by_day(self, queryset: "QuerySet[Task]", name: str, value: date) -> "QuerySet[Task]":
        """Limit to what is due on one local day, closed or not."""
        begins, ends = midnight(value), midnight(value + timedelta(days=1))
        return queryset.filter(due_at__gte=begins, due_at__lt=ends)
