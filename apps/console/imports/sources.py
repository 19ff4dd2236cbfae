"""Call history and tasks as lists that can be exported, with the filters of their pages."""

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.calls.selectors import call_list_for
from apps.console.filters import CallFilter
from apps.dispositions.selectors import OF_CALL
from apps.imports.exports import ExportColumn
from apps.tasks.filters import TaskFilter
from apps.tasks.models import Task
from apps.tasks.selectors import task_list_for


class CallsExport:
    """The call history."""

    key = "calls"
    label = _("Call history")

    def columns(self) -> list[ExportColumn]:
        """Return the columns; durations are whole seconds."""
        return [
            ExportColumn(str(_("Time")), lambda call: call.started_at),
            ExportColumn(str(_("Direction")), lambda call: call.get_direction_display()),
            ExportColumn(str(_("Number")), other_number, is_number=True),
            ExportColumn(str(_("Dialled")), lambda call: call.dialled, is_number=True),
            ExportColumn(
                str(_("Customer")), lambda call: call.customer.name if call.customer else ""
            ),
            ExportColumn(str(_("Queue")), lambda call: call.queue_number),
            ExportColumn(str(_("Agent")), lambda call: call.agent.number if call.agent else ""),
            ExportColumn(str(_("Answered at")), lambda call: call.answered_at),
            ExportColumn(str(_("Ended at")), lambda call: call.ended_at),
            ExportColumn(str(_("Wait (s)")), lambda call: _seconds(call.wait_ms)),
            ExportColumn(str(_("Talk (s)")), lambda call: _seconds(call.talk_ms)),
            ExportColumn(str(_("Outcome")), lambda call: call.get_outcome_display()),
            ExportColumn(str(_("Disposition")), _disposition),
            ExportColumn(str(_("Note")), lambda call: call.note),
        ]

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Call]":
        """Return the calls in sight."""
        rows = call_list_for(user=user).select_related("customer", "agent", OF_CALL)
        found: QuerySet[Call] = CallFilter(query or None, queryset=rows).qs
        return found


class TasksExport:
    """The list of tasks."""

    key = "tasks"
    label = _("Tasks")

    def columns(self) -> list[ExportColumn]:
        """Return the columns."""
        return [
            ExportColumn(str(_("Due")), lambda task: task.due_at),
            ExportColumn(str(_("Kind")), lambda task: task.get_kind_display()),
            ExportColumn(str(_("Title")), lambda task: task.title),
            ExportColumn(str(_("Priority")), lambda task: task.get_priority_display()),
            ExportColumn(
                str(_("Customer")), lambda task: task.customer.name if task.customer else ""
            ),
            ExportColumn(str(_("Number")), lambda task: task.number, is_number=True),
            ExportColumn(
                str(_("Assignee")), lambda task: task.assignee.display_name if task.assignee else ""
            ),
            ExportColumn(str(_("State")), lambda task: task.get_state_display()),
            ExportColumn(str(_("Result")), lambda task: task.get_result_display()),
            ExportColumn(str(_("Created at")), lambda task: task.created_at),
        ]

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Task]":
        """Return the tasks in sight; without a filter those that are still to do."""
        request = HttpRequest()
        request.user = user
        # Bound also without a choice: what its page then shows is the filter's to say.
        rows = task_list_for(user=user)
        found: QuerySet[Task] = TaskFilter(query, queryset=rows, request=request).qs
        return found


def _seconds(value: int | None) -> int | str:
    return "" if value is None else round(value / 1000)


def _disposition(call: Call) -> str:
    kept = getattr(call, "disposition", None)
    return str(kept.disposition) if kept else ""
