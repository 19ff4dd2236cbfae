"""The words of tasks, and which state may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    """What a task is for."""

    SURVEY_FOLLOW_UP = "survey_follow_up", _("Follow up a bad survey")
    CALL_BACK = "call_back", _("Call back")
    GENERAL = "general", _("General")


class TaskState(models.TextChoices):
    """Where a task is."""

    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class TaskResult(models.TextChoices):
    """How a closed task ended."""

    RECOVERED = "recovered", _("Customer recovered")
    NOT_RECOVERED = "not_recovered", _("Customer not recovered")
    UNREACHABLE = "unreachable", _("Could not be reached")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Not needed")


LIVE_STATES = (TaskState.OPEN, TaskState.IN_PROGRESS)
TRANSITIONS: dict[str, frozenset[str]] = {
    TaskState.OPEN: frozenset({TaskState.IN_PROGRESS, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.IN_PROGRESS: frozenset({TaskState.OPEN, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.DONE: frozenset({TaskState.OPEN}),
    TaskState.CANCELLED: frozenset({TaskState.OPEN}),
}
# Whether a customer was won back is asked only where he was lost.
RESULTS: dict[str, tuple[TaskResult, ...]] = {
    TaskKind.SURVEY_FOLLOW_UP: (
        TaskResult.RECOVERED,
        TaskResult.NOT_RECOVERED,
        TaskResult.UNREACHABLE,
        TaskResult.CANCELLED,
    ),
    TaskKind.CALL_BACK: (TaskResult.DONE, TaskResult.UNREACHABLE, TaskResult.CANCELLED),
    TaskKind.GENERAL: (TaskResult.DONE, TaskResult.CANCELLED),
}
