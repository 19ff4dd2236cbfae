"""Tasks as a table."""

import django_tables2 as tables
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from apps.console.tables import ATTRS, dial_cell
from apps.tasks.models import Task


class TaskTable(tables.Table):
    """Tasks, due soonest first; the title opens the task."""

    due_at = tables.TemplateColumn(
        template_name="console/tasks/due.html", verbose_name=gettext_lazy("Due")
    )
    title = tables.Column(
        verbose_name=gettext_lazy("Task"), linkify=("console:task", {"pk": tables.A("pk")})
    )
    kind = tables.Column(verbose_name=gettext_lazy("Kind"))
    number = tables.Column(verbose_name=gettext_lazy("Number"), orderable=False)
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    assignee = tables.Column(
        verbose_name=gettext_lazy("Assigned to"),
        accessor="assignee__display_name",
        orderable=False,
    )
    state = tables.Column(verbose_name=gettext_lazy("State"))
    actions = tables.TemplateColumn(
        template_name="console/tasks/actions.html", verbose_name="", orderable=False
    )

    class Meta:
        attrs = ATTRS
        row_attrs = {"data-testid": "task-row", "data-task": lambda record: record.pk}
        empty_text = gettext_lazy("Nothing to do. New tasks appear here by themselves.")

    def render_number(self, value: str, record: Task) -> SafeString:
        """Show the number as a button that dials it."""
        return dial_cell(self, value, "task", record.pk)
