"""What recordings can be searched by: everything on their calls."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.calls.choices import Direction
from apps.calls.models import Call
from apps.console.filters import NO_DISPOSITION, disposition_options
from apps.core.days import midnight
from apps.core.phone_numbers import lookup_key
from apps.dispositions.selectors import call_list_with_disposition
from apps.recordings.choices import Conversion, RecordingState
from apps.recordings.models import Recording, RecordingHold, SoundReason
from apps.surveys.models import SurveyAnswer

Rows = QuerySet[Recording]
HELD, FREE = "held", "free"
TROUBLE = "trouble"
MOST_SECONDS = 100_000


def _days() -> Any:
    from django.forms import DateInput

    return DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RecordingFilter(django_filters.FilterSet):
    """Time, people, number, what came of the call, the sound, and the recording itself."""

    since = django_filters.DateFilter(method="by_since", label=_("First day"), widget=_days())
    until = django_filters.DateFilter(method="by_until", label=_("Last day"), widget=_days())
    number = django_filters.CharFilter(method="by_number", label=_("Number"))
    agent = django_filters.CharFilter(field_name="agent__number", label=_("Agent's number"))
    queue = django_filters.CharFilter(field_name="call__queue_number", label=_("Queue"))
    customer = django_filters.CharFilter(
        field_name="call__customer__name", lookup_expr="icontains", label=_("Customer")
    )
    direction = django_filters.ChoiceFilter(
        field_name="call__direction", choices=Direction.choices, label=_("Direction")
    )
    disposition = django_filters.ChoiceFilter(
        method="by_disposition", label=_("Disposition"), choices=disposition_options
    )
    longer = django_filters.NumberFilter(
        method="by_longer", label=_("At least (s)"), min_value=0, max_value=MOST_SECONDS
    )
    shorter = django_filters.NumberFilter(
        method="by_shorter", label=_("At most (s)"), min_value=0, max_value=MOST_SECONDS
    )
    reason = django_filters.ChoiceFilter(
        method="by_reason", choices=SoundReason.choices, label=_("Stands out by")
    )
    state = django_filters.ChoiceFilter(choices=RecordingState.choices, label=_("State"))
    score = django_filters.NumberFilter(
        method="by_score", label=_("Survey score at most"), min_value=0, max_value=9
    )
    note = django_filters.CharFilter(
        field_name="call__note", lookup_expr="icontains", label=_("In the note")
    )
    hold = django_filters.ChoiceFilter(
        method="by_hold",
        choices=[(HELD, _("Held")), (FREE, _("Not held"))],
        label=_("Legal hold"),
    )
    file = django_filters.ChoiceFilter(
        method="by_file",
        choices=[(TROUBLE, _("With trouble")), *Conversion.choices],
        label=_("File"),
    )

    class Meta:
        model = Recording
        fields: list[str] = []

    def by_since(self, queryset: Rows, name: str, value: date) -> Rows:
        """Find what began on this day or later."""
        return queryset.filter(started_at__gte=midnight(value))

    def by_until(self, queryset: Rows, name: str, value: date) -> Rows:
        """Find what began on this day or before."""
        if value >= date.max - timedelta(days=2):
            return queryset
        return queryset.filter(started_at__lt=midnight(value + timedelta(days=1)))

    def by_number(self, queryset: Rows, name: str, value: str) -> Rows:
        """Find a number among callers and numbers dialled."""
        key = lookup_key(value)
        if not key:
            return queryset.none()
        return queryset.filter(Q(call__caller_lookup=key) | Q(call__dialled_lookup=key))

    def by_disposition(self, queryset: Rows, name: str, value: str) -> Rows:
        """Find what was chosen, it or one below it; `none`: nothing was."""
        if value == NO_DISPOSITION:
            return queryset.filter(call__disposition=None)
        calls = call_list_with_disposition(Call.objects.filter(pk=OuterRef("call")), int(value))
        return queryset.filter(Exists(calls))

    def by_longer(self, queryset: Rows, name: str, value: Any) -> Rows:
        """Find what lasts so many seconds or longer."""
        return queryset.filter(duration_ms__gte=int(value * 1000))

    def by_shorter(self, queryset: Rows, name: str, value: Any) -> Rows:
        """Find what lasts so many seconds or less."""
        return queryset.filter(duration_ms__lte=int(value * 1000))

    def by_reason(self, queryset: Rows, name: str, value: str) -> Rows:
        """Find one reason among those kept between commas."""
        return queryset.filter(sound__reasons__contains=f",{value},")

    def by_score(self, queryset: Rows, name: str, value: Any) -> Rows:
        """Find calls one of whose answers has this score or a lower one."""
        answers = SurveyAnswer.objects.filter(result__call=OuterRef("call"), score__lte=int(value))
        return queryset.filter(Exists(answers))

    def by_hold(self, queryset: Rows, name: str, value: str) -> Rows:
        """Find what is held, or what is not."""
        holds = Exists(RecordingHold.objects.filter(call=OuterRef("call"), released_at=None))
        return queryset.filter(holds if value == HELD else ~holds)

    def by_file(self, queryset: Rows, name: str, value: str) -> Rows:
        """Find by how far the copy is; `trouble`: whatever did not succeed."""
        if value == TROUBLE:
            under_way = (Conversion.WAITING, Conversion.RUNNING, Conversion.FAILED)
            return queryset.filter(conversion__in=under_way).exclude(trouble="")
        return queryset.filter(conversion=value)
