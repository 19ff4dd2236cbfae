"""A customer's work orders for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry
from apps.workorders.selectors import work_order_list_for


def order_entries(ask: Ask) -> list[Entry]:
    """Return the orders about him that the person may see. 3 to 5 queries."""
    rows = work_order_list_for(user=ask.user).filter(customer=ask.customer)
    return [
        Entry(
            "work_order",
            row.created_at,
            row.pk,
            f"{row.number} {row.title}",
            detail=row.get_state_display(),
            who=row.creator.display_name,
            target=("work_order", row.pk),
        )
        for row in ask.cut(rows.prefetch_related(None), "work_order", "created_at")
    ]
