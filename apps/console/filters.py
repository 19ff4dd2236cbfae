"""What the call history and the list of messages can be asked for by."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import CheckboxInput
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.calls.choices import Direction, Outcome
from apps.calls.models import Call
from apps.core.days import midnight
from apps.core.phone_numbers import lookup_key
from apps.dispositions.selectors import call_list_with_disposition, disposition_nodes
from apps.voicemail.models import MessageState, VoicemailMessage

NO_DISPOSITION = "none"


def disposition_options() -> list[tuple[str, Any]]:
    """Return the company's dispositions, retired ones too: old calls have them."""
    found = [(str(node.row.pk), node.path) for node in disposition_nodes()]
    return [(NO_DISPOSITION, _("None chosen")), *found] if found else []


class CallFilter(django_filters.FilterSet):
    """Number, direction, outcome and day."""

    number = django_filters.CharFilter(method="by_number", label=_("Number"))
    direction = django_filters.ChoiceFilter(choices=Direction.choices, label=_("Direction"))
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices, label=_("Outcome"))
    disposition = django_filters.ChoiceFilter(
        method="by_disposition", label=_("Disposition"), choices=disposition_options
    )
    on = django_filters.DateFilter(method="by_day", label=_("Day"))

    class Meta:
        model = Call
        fields: list[str] = []

    def __init__(self, *args: Any, options: Any = None, **kwargs: Any) -> None:
        """`options` are `disposition_options()` where the caller has read them already."""
        super().__init__(*args, **kwargs)
        if options is not None:
            self.filters["disposition"].extra["choices"] = options

    def by_number(self, queryset: "QuerySet[Call]", name: str, value: str) -> "QuerySet[Call]":
        """Find a number among callers and numbers dialled."""
        key = lookup_key(value)
        return queryset.filter(Q(caller_lookup=key) | Q(dialled_lookup=key))

    def by_day(self, queryset: "QuerySet[Call]", name: str, value: date) -> "QuerySet[Call]":
        """Find a day's: from midnight to midnight, which an index answers and `__date` does not."""
        begin, end = midnight(value), midnight(value + timedelta(days=1))
        return queryset.filter(started_at__gte=begin, started_at__lt=end)

    def by_disposition(self, queryset: "QuerySet[Call]", name: str, value: str) -> "QuerySet[Call]":
        """Find what was chosen, it or one below it; `none`: nothing was."""
        if value == NO_DISPOSITION:
            return queryset.filter(disposition=None)
        return call_list_with_disposition(queryset, int(value))


class VoicemailFilter(django_filters.FilterSet):
    """Number, box, state, and only what one has taken oneself."""

    number = django_filters.CharFilter(method="by_number", label=_("Number"))
    box = django_filters.ChoiceFilter(method="by_box", label=_("Box"))
    state = django_filters.ChoiceFilter(choices=MessageState.choices, label=_("State"))
    mine = django_filters.BooleanFilter(
        method="by_mine", label=_("Only mine"), widget=CheckboxInput
    )

    class Meta:
        model = VoicemailMessage
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        assert self.queryset is not None  # noqa: S101 - the page gives it
        names = sorted(set(self.queryset.order_by().values_list("box", flat=True)))
        self.filters["box"].extra["choices"] = [(name, name.partition("-")[2]) for name in names]

    def by_number(
        self, queryset: "QuerySet[VoicemailMessage]", name: str, value: str
    ) -> "QuerySet[VoicemailMessage]":
        """Find a part of the caller's number as it came."""
        return queryset.filter(caller__contains=value.strip())

    def by_box(
        self, queryset: "QuerySet[VoicemailMessage]", name: str, value: str
    ) -> "QuerySet[VoicemailMessage]":
        """Show one box."""
        return queryset.filter(box=value)

    def by_mine(
        self, queryset: "QuerySet[VoicemailMessage]", name: str, value: bool
    ) -> "QuerySet[VoicemailMessage]":
        """Show what the person has taken."""
        return queryset.filter(claimed_by__user=self._user) if value else queryset
