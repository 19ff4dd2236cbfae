"""Tasks and survey results in the console."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.accounts.selectors import agent_of, user_list_for
from apps.calls.selectors import call_get_for
from apps.console.access import console_command, console_page, render_work
from apps.console.tables import ATTRS, dial_cell
from apps.core.errors import ForbiddenError, NotFoundError
from apps.recordings.selectors import recording_list_for
from apps.surveys import services as survey_services
from apps.surveys.models import SurveyResult
from apps.surveys.selectors import survey_means, survey_result_for_call, survey_result_list_for
from apps.tasks import services
from apps.tasks.choices import LIVE_STATES, TaskKind, TaskState
from apps.tasks.models import Task
from apps.tasks.selectors import may_work, task_assignable_users, task_get_for, task_list_for

PAGE_ROWS = 25


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

    class Meta:
        model = Task
        fields: list[str] = []

    def filter_queryset(self, queryset: "QuerySet[Task]") -> "QuerySet[Task]":
        """Leave closed tasks out unless they are asked for."""
        found: QuerySet[Task] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
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


class TaskTable(tables.Table):
    """Tasks, due soonest first; the title opens the task."""

    due_at = tables.TemplateColumn(
        template_name="console/task_due.html", verbose_name=gettext_lazy("Due")
    )
    title = tables.Column(
        verbose_name=gettext_lazy("Task"), linkify=("console:task", {"pk": tables.A("pk")})
    )
    kind = tables.Column(verbose_name=gettext_lazy("Kind"))
    number = tables.Column(verbose_name=gettext_lazy("Number"), orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    assignee = tables.Column(
        verbose_name=gettext_lazy("Assigned to"),
        accessor="assignee__display_name",
        orderable=False,
    )
    state = tables.Column(verbose_name=gettext_lazy("State"))
    actions = tables.TemplateColumn(
        template_name="console/task_actions.html", verbose_name="", orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "task-row", "data-task": lambda record: record.pk}
        empty_text = gettext_lazy("Nothing to do. New tasks appear here by themselves.")

    def render_number(self, value: str, record: Task) -> SafeString:
        """Show the number as a button that dials it."""
        return dial_cell(self, value, "task", record.pk)


class SurveyResultTable(tables.Table):
    """Survey results, newest first; the first column opens the call."""

    started_at = tables.DateTimeColumn(
        verbose_name=gettext_lazy("Time"),
        format="m-d H:i",
        linkify=("console:call", {"pk": tables.A("call_id")}),
    )
    name = tables.Column(verbose_name=gettext_lazy("Survey"))
    queue_number = tables.Column(verbose_name=gettext_lazy("Queue"))
    agent = tables.Column(verbose_name=gettext_lazy("Agent"), orderable=False)
    customer = tables.Column(
        verbose_name=gettext_lazy("Customer"), accessor="call__customer", orderable=False
    )
    scores = tables.TemplateColumn(
        template_name="console/survey_scores.html",
        verbose_name=gettext_lazy("Answers"),
        orderable=False,
    )
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "survey-row"}
        empty_text = gettext_lazy(
            "No survey has been answered yet. Surveys are set up in the administration."
        )


class SurveyResultFilter(django_filters.FilterSet):
    """Queue, agent, bad ones only, days."""

    queue = django_filters.CharFilter(field_name="queue_number", label=gettext_lazy("Queue"))
    agent = django_filters.CharFilter(field_name="agent__number", label=gettext_lazy("Agent"))
    bad = django_filters.ChoiceFilter(
        field_name="is_bad",
        label=gettext_lazy("Rating"),
        choices=(("True", gettext_lazy("Bad only")),),
        empty_label=gettext_lazy("All"),
    )
    since = django_filters.DateFilter(
        field_name="started_at", lookup_expr="date__gte", label=gettext_lazy("From day")
    )
    until = django_filters.DateFilter(
        field_name="started_at", lookup_expr="date__lte", label=gettext_lazy("To day")
    )

    class Meta:
        model = SurveyResult
        fields: list[str] = []


@console_page
def task_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The tasks that the person may see; the page asks again when one changes."""
    found = TaskFilter(request.GET or None, queryset=task_list_for(user=user), request=request)
    rows = found.qs if found.is_bound else found.qs.filter(state__in=LIVE_STATES)
    table = TaskTable(rows)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "title": _("Tasks"),
        "address": request.get_full_path(),
    }
    return render_work(request, "console/tasks.html", context)


@console_page
def task(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One task: whom it is about, the recording, what was done, and how it ends."""
    found = task_get_for(user=user, pk=pk)
    recordings = recording_list_for(user=user).filter(call=found.call_id)
    context: dict[str, Any] = {
        "task": found,
        "events": found.events.select_related("actor", "assignee"),
        "recordings": recordings if found.call_id else [],
        "survey": survey_result_for_call(user=user, call_id=found.call_id)
        if found.call_id
        else None,
        "may_work": may_work(user, found),
        "is_mine": found.assignee_id == user.pk,
        "people": task_assignable_users(found),
        "title": found.title,
    }
    return render_work(request, "console/task.html", context)


@console_command
def task_claim(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a task."""
    found = task_get_for(user=user, pk=pk)
    services.task_claim(task=found, user=user)
    messages.success(request, _("The task is yours."))
    return redirect("console:task", pk=pk)


@console_command
def task_assign(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give a task to somebody else."""
    found = task_get_for(user=user, pk=pk)
    wanted = request.POST.get("assignee", "")
    person = user_list_for(user=user).filter(pk=wanted).first() if wanted.isdecimal() else None
    if person is None:
        raise NotFoundError(f"user {wanted:.20}")
    services.task_assign(task=found, assignee=person, actor=user)
    messages.success(request, _("The task was given to %(name)s.") % {"name": person.display_name})
    return redirect("console:task-list")


@console_command
def task_close(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Close a task with its result."""
    services.task_close(
        task=task_get_for(user=user, pk=pk),
        actor=user,
        result=request.POST.get("result", ""),
        note=request.POST.get("note", ""),
    )
    messages.success(request, _("The task is closed."))
    return redirect("console:task", pk=pk)


@console_command
def task_reopen(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Open a closed task again."""
    services.task_reopen(task=task_get_for(user=user, pk=pk), actor=user)
    messages.success(request, _("The task is open again."))
    return redirect("console:task", pk=pk)


@console_command
def survey_transfer(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Hand the caller with whom the agent talks to the survey."""
    agent = agent_of(user)
    if agent is None:
        raise ForbiddenError(user.username)
    survey_services.survey_transfer(call=call_get_for(user=user, pk=pk), agent=agent)
    return HttpResponse(status=204)


@console_page
def survey_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The survey results that the person may see, and the means of what is shown."""
    found = SurveyResultFilter(request.GET or None, queryset=survey_result_list_for(user=user))
    table = SurveyResultTable(found.qs)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "queue_means": survey_means(found.qs, by="queue"),
        "agent_means": survey_means(found.qs, by="agent"),
        "title": _("Surveys"),
    }
    return render_work(request, "console/surveys.html", context)
