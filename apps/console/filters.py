"""What the call history can be asked for by."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.calls.choices import Direction, Outcome
from apps.calls.models import Call
from apps.core.phone_numbers import lookup_key


class CallFilter(django_filters.FilterSet):
    """Number, direction, outcome and day."""

    number = django_filters.CharFilter(method="by_number", label=_("Number"))
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=_("Direction"))
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices, label=_("Outcome"))
    on = django_filters.DateFilter(field_name="started_at", lookup_expr="date", label=_("Day"))

    class Meta:
        model = Call
        fields: list[str] = []

    def by_number(self, queryset: "QuerySet[Call]", name: str, value: str) -> "QuerySet[Call]":
        """Find a number among callers and numbers dialled."""
        key = lookup_key(value)
        return queryset.filter(Q(caller_lookup=key) | Q(dialled_lookup=key))
