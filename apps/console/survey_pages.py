"""Survey results in the console, and the button that asks for one."""

import django_filters
import django_tables2 as tables
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.accounts.selectors import agent_of
from apps.calls.selectors import call_get_for
from apps.console.access import console_command, console_page, render_work
from apps.console.tables import ATTRS
from apps.core.errors import ForbiddenError
from apps.surveys import services as survey_services
from apps.surveys.models import SurveyResult
from apps.surveys.selectors import survey_means, survey_result_list_for

PAGE_ROWS = 25


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
