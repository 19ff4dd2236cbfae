"""A customer's work orders for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry, only_with, person_columns
from apps.workorders.selectors import work_order_list_for


@only_with("workorders.Order")
def order_entries(ask: Ask) -> list[Entry]:
    """Return the orders about him that the person may see. 3 to 5 queries."""
    rows = work_order_list_for(user=ask.user).filter(customer=ask.customer).prefetch_related(None)
    columns = ("created_at", "number", "title", "state", *person_columns("creator"))
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
        for row in ask.cut(rows, "work_order", "created_at", columns)
    ]
