"""A customer's tasks for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry
from apps.tasks.selectors import task_list_for


def task_entries(ask: Ask) -> list[Entry]:
    """Return the tasks about him that the person may see. 1 query."""
    rows = task_list_for(user=ask.user).filter(customer=ask.customer)
    return [
        Entry(
            "task",
            row.created_at,
            row.pk,
            row.title,
            detail=row.get_state_display(),
            who=row.assignee.display_name if row.assignee else "",
            target=("task", row.pk),
        )
        for row in ask.cut(rows, "task", "created_at")
    ]
