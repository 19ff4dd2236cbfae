"""The words of tasks, and which state may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tasks.engine.recurrence import DAILY, MONTHLY, WEEKLY, WORKDAYS


class TaskKind(models.TextChoices):
    """What a task is for."""

    SURVEY_FOLLOW_UP = "survey_follow_up", _("Follow up a bad survey")
    CALL_BACK = "call_back", _("Call back")
    SURVEY_CALL = "survey_call", _("Call for a survey")
    REMINDER = "reminder", _("Reminder")
    GENERAL = "general", _("General")


class Priority(models.TextChoices):
    """How much a task matters."""

    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")


class Repeat(models.TextChoices):
    """When a closed task comes again (`tasks/engine/recurrence.py`)."""

    NEVER = "", _("Does not repeat")
    DAILY = DAILY, _("Every day")
    # Both catalogues say "workdays": which days those are, the company's calendars know. The word
    # here is in a migration.
    WORKDAYS = WORKDAYS, _("Monday to Friday")
    WEEKLY = WEEKLY, _("Every week")
    MONTHLY = MONTHLY, _("Every month")


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
    TaskKind.SURVEY_CALL: (TaskResult.DONE, TaskResult.UNREACHABLE, TaskResult.CANCELLED),
    TaskKind.REMINDER: (TaskResult.DONE, TaskResult.CANCELLED),
    TaskKind.GENERAL: (TaskResult.DONE, TaskResult.CANCELLED),
}
# What people plan themselves; a bad survey's follow-up is made by its call.
PLANNED = (TaskKind.REMINDER, TaskKind.CALL_BACK, TaskKind.SURVEY_CALL, TaskKind.GENERAL)
