"""A customer's tasks for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry, only_with, person_columns
from apps.tasks.selectors import task_list_for


@only_with("tasks.Task")
def task_entries(ask: Ask) -> list[Entry]:
    """Return the tasks about him that the person may see. 1 query."""
    rows = task_list_for(user=ask.user).filter(customer=ask.customer)
    columns = ("created_at", "title", "state", *person_columns("assignee"))
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
        for row in ask.cut(rows, "task", "created_at", columns)
    ]
