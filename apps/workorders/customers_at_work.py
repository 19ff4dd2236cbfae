"""Which customers a person meets in his work orders (`HUAWU_CUSTOMERS_AT_WORK`)."""

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.workorders.choices import LIVE_STATES
from apps.workorders.models import Order, OrderSeat


def customer_ids_of_orders(user: User) -> "QuerySet[Order, int | None]":
    """Return the ids of the customers of live orders that are his or wait for him: a sub-query."""
    seats = OrderSeat.objects.filter(person=user, is_open=True).values("order")
    return Order.objects.filter(
        Q(creator=user) | Q(pk__in=seats), customer__isnull=False, state__in=LIVE_STATES
    ).values_list("customer_id", flat=True)
