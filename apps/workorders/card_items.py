"""A customer's open work orders for the call card (`HUAWU_CARD_ITEMS`)."""

from apps.accounts.models import User
from apps.calls.card_items import MOST_ITEMS, CardItem
from apps.calls.models import Call
from apps.workorders.selectors import open_orders_for


def order_items(user: User, call: Call) -> list[CardItem]:
    """Return the open orders of the call's customer that the person may see. 0 or 2 queries."""
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
