"""The list of recordings that stand out by their sound, for who supervises."""

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.tables import ATTRS, seconds
from apps.core.errors import ForbiddenError
from apps.recordings.models import Recording, RecordingSound, SoundReason
from apps.recordings.sounds import outlier_list_for
from apps.supervision.selectors import SUPERVISORS

PAGE_ROWS = 25


class OutlierFilter(django_filters.FilterSet):
    """Why it stands out, whose, and the day."""

    reason = django_filters.ChoiceFilter(
        method="by_reason", choices=SoundReason.choices, label=_("Why")
    )
    agent = django_filters.CharFilter(field_name="agent__number", label=_("Agent's number"))
    on = django_filters.DateFilter(field_name="started_at", lookup_expr="date", label=_("Day"))

    class Meta:
        model = Recording
        fields: list[str] = []

    def by_reason(
        self, queryset: "QuerySet[Recording]", name: str, value: str
    ) -> "QuerySet[Recording]":
        """Find one reason among those kept between commas."""
        return queryset.filter(sound__reasons__contains=f",{value},")


class OutlierTable(tables.Table):
    """Recordings with why they stand out; the first column opens the call."""

    started_at = tables.DateTimeColumn(
        verbose_name=_("Time"),
        format="m-d H:i:s",
        linkify=("console:call", {"pk": tables.A("call_id")}),
    )
    agent = tables.Column(verbose_name=_("Agent"), orderable=False)
    duration_ms = tables.Column(verbose_name=_("Length"), accessor="sound__duration_ms")
    agent_share = tables.Column(
        verbose_name=_("Agent's part of the talk"), accessor="sound__agent_share", orderable=False
    )
    silence_ms = tables.Column(verbose_name=_("Silence"), accessor="sound__silence_ms")
    crosstalk_ms = tables.Column(verbose_name=_("Both at once"), accessor="sound__crosstalk_ms")
    why = tables.Column(verbose_name=_("Why"), accessor="sound", orderable=False)

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "outlier-row", "data-recording": lambda record: record.pk}
        empty_text = _("No recording stands out. Each is measured a minute after its call.")

    def render_duration_ms(self, value: int) -> str:
        """Show minutes and seconds."""
        return seconds(value)

    render_silence_ms = render_duration_ms
    render_crosstalk_ms = render_duration_ms

    def render_agent_share(self, value: float) -> str:
        """Show per cent."""
        return f"{value:.0%}"

    def render_why(self, value: RecordingSound) -> str:
        """Show every reason in words."""
        return " · ".join(value.reason_names)


@console_page
@require_safe
def outliers(request: HttpRequest, *, user: User) -> HttpResponse:
    """What stands out among the recordings that the person may hear; not for agents."""
    if user.role not in SUPERVISORS:
        raise ForbiddenError(user.username)
    found = OutlierFilter(request.GET or None, queryset=outlier_list_for(user=user))
    table = OutlierTable(found.qs)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {"table": table, "filter": found, "title": gettext("Recordings that stand out")}
    return render_work(request, "console/recordings/outliers.html", context)
