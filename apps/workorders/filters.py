"""What lists of orders can be narrowed by, over the API and, with fewer fields, on the page."""

import re

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.workorders.choices import OrderState, Priority
from apps.workorders.models import Order
from apps.workorders.selectors import (
    overdue_q,
    todo_q,
    work_order_search,
    work_order_with_value,
)

VALUE = re.compile(r"(?P<key>[a-z][a-z0-9_]{0,39}):(?P<value>.{1,200})", re.DOTALL)


class OrderFilter(django_filters.FilterSet):
    """`field=KEY:VALUE` asks for a field's value; `todo` and `mine` need the person."""

    q = django_filters.CharFilter(method="by_text", label=_("Search"))
    state = django_filters.MultipleChoiceFilter(choices=OrderState.choices, label=_("State"))
    priority = django_filters.ChoiceFilter(choices=Priority.choices, label=_("Priority"))
    type = django_filters.NumberFilter(field_name="type_id", label=_("Type"))
    customer = django_filters.NumberFilter(field_name="customer_id", label=_("Customer"))
    call = django_filters.NumberFilter(field_name="call_id", label=_("Call"))
    todo = django_filters.BooleanFilter(method="by_todo", label=_("For me to do"))
    mine = django_filters.BooleanFilter(method="by_mine", label=_("Created by me"))
    overdue = django_filters.BooleanFilter(method="by_overdue", label=_("Overdue"))
    created_after = django_filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter("created_at", lookup_expr="lt")
    field = django_filters.CharFilter(method="by_field", help_text="KEY:VALUE")

    class Meta:
        model = Order
        fields: tuple[str, ...] = ()

    @property
    def _user(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - lists are for signed-in people
        return self.request.user

    def by_text(self, rows: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Look in number, title and customer."""
        return work_order_search(rows, value)

    def by_todo(self, rows: "QuerySet[Order]", name: str, value: bool) -> "QuerySet[Order]":
        """Keep what waits for the person, or what does not."""
        return rows.filter(todo_q(self._user)) if value else rows.exclude(todo_q(self._user))

    def by_mine(self, rows: "QuerySet[Order]", name: str, value: bool) -> "QuerySet[Order]":
        """Keep what the person created, or what others did."""
        return rows.filter(creator=self._user) if value else rows.exclude(creator=self._user)

    def by_overdue(self, rows: "QuerySet[Order]", name: str, value: bool) -> "QuerySet[Order]":
        """Keep what is overdue, or what is not."""
        return rows.filter(overdue_q()) if value else rows.exclude(overdue_q())

    def by_field(self, rows: "QuerySet[Order]", name: str, value: str) -> "QuerySet[Order]":
        """Keep what has the value in the field; nothing when it is not KEY:VALUE."""
        found = VALUE.fullmatch(value)
        return work_order_with_value(rows, found["key"], found["value"]) if found else rows.none()
