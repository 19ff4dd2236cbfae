"""How work orders are looked for."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.workorders.choices import LIVE_STATES, OrderState, Priority
from apps.workorders.models import Order
from apps.workorders.selectors import order_type_list, overdue_q, todo_q, work_order_search


class OrderFilter(django_filters.FilterSet):
    """Whose, in which state, of which type. Without a state: what has not ended."""

    whose = django_filters.ChoiceFilter(
        method="by_person",
        label=_("Whose"),
        choices=(("todo", _("To do for me")), ("mine", _("Made by me"))),
        empty_label=_("Everybody's"),
    )
    state = django_filters.ChoiceFilter(
        method="by_state",
        label=_("State"),
        choices=(*OrderState.choices, ("overdue", _("Overdue")), ("all", _("All"))),
        empty_label=_("Not ended"),
    )
    type = django_filters.ModelChoiceFilter(
        queryset=lambda request: order_type_list(only_usable=False),
        label=_("Type"),
        empty_label=_("All"),
    )
    priority = django_filters.ChoiceFilter(
        choices=Priority.choices, label=_("Priority"), empty_label=_("All")
    )
    text = django_filters.CharFilter(method="by_text", label=_("Number, title or customer"))
    customer = django_filters.NumberFilter(
        field_name="customer", widget=django_filters.widgets.forms.HiddenInput, label=""
    )

    class Meta:
        model = Order
        fields: list[str] = []

    def filter_queryset(self, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        """Leave ended orders out unless a state or a customer is asked for."""
        found: QuerySet[Order] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if not asked.get("state") and not asked.get("customer"):
            found = found.filter(state__in=LIVE_STATES)
        return found

    def by_person(self, queryset: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Limit to what waits for the person, or to what he made."""
        wanted = todo_q(self.request.user) if value == "todo" else Q(creator=self.request.user)
        return queryset.filter(wanted)

    def by_state(self, queryset: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Limit to one state, to what is overdue, or not at all."""
        if value == "all":
            return queryset
        return queryset.filter(overdue_q() if value == "overdue" else Q(state=value))

    def by_text(self, queryset: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Look in number, title and the customer's name."""
        return work_order_search(queryset, value)
