"""The form of the list of orders: what may be asked means what it means over the API."""

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.workorders.choices import LIVE_STATES, OrderState, Priority
from apps.workorders.filters import OrderFilter
from apps.workorders.models import Order
from apps.workorders.selectors import order_type_list


class OrderFilterForm(forms.Form):
    """The fields in the order in which people ask."""

    field_order = ("whose", "state", "type", "priority", "text", "customer")


class OrderPageFilter(OrderFilter):
    """Whose, in which state, of which type. Without a state: what has not ended.

    Fewer fields than the API's, each with one choice; kept filters and links hold their names.
    """

    q = call = todo = mine = overdue = created_after = created_before = field = None
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
        field_name="customer_id", widget=forms.HiddenInput, label=""
    )

    class Meta(OrderFilter.Meta):
        form = OrderFilterForm

    def filter_queryset(self, queryset: "QuerySet[Order]") -> "QuerySet[Order]":
        """Leave ended orders out unless a state or a customer is asked for."""
        found: QuerySet[Order] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if not asked.get("state") and not asked.get("customer"):
            found = found.filter(state__in=LIVE_STATES)
        return found

    def by_person(self, rows: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Keep what waits for the person, or what he made."""
        ask = self.by_todo if value == "todo" else self.by_mine
        return ask(rows, name, True)

    def by_state(self, rows: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Keep one state, what is overdue, or everything."""
        if value == "all":
            return rows
        return self.by_overdue(rows, name, True) if value == "overdue" else rows.filter(state=value)
