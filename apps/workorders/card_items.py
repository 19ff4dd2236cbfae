"""Customers' open work orders for call cards (`HUAWU_CARD_ITEMS`)."""

from collections.abc import Sequence

from apps.accounts.models import User
from apps.calls.card_items import MOST_ITEMS, Asked, CardItem
from apps.calls.models import Call
from apps.workorders.selectors import customers_with_open_orders, open_orders_for


def order_items(asked: Sequence[Asked]) -> list[list[CardItem]]:
    """Return the open orders of each call's customer that the person may see.

    1 query, and 2 for each whose customer has one: most have none.
    """
    customers = {call.customer_id for _, call in asked if call.customer_id is not None}
    having = customers_with_open_orders(customers) if customers else set()
    return [_items(user, call) if call.customer_id in having else [] for user, call in asked]


def _items(user: User, call: Call) -> list[CardItem]:
    if call.customer is None:
        return []
    rows = open_orders_for(call.customer, user=user)[:MOST_ITEMS]
    return [
        {
            "kind": "work_order",
            "title": f"{row.number} {row.title}",
            # Not by its name: cards are made in the process that listens to Asterisk too, which
            # loads no pages.
            "url": f"/work-orders/{row.pk}/",
        }
        for row in rows
    ]
