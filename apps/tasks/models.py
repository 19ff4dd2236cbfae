"""Tasks: something that a person has to do until a certain time."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Department, User
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.customers.models import Customer
from apps.tasks.choices import (
    LIVE_STATES,
    RESULTS,
    Priority,
    Repeat,
    TaskKind,
    TaskResult,
    TaskState,
)


class Task(TenantModel):
    """One thing to do. Written by `tasks.services` only; each change has a `TaskEvent`."""

    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices)
    title = models.CharField(_("title"), max_length=200)
    detail = models.TextField(_("what is to be done"), blank=True, default="")
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    number = models.CharField(max_length=200, blank=True, help_text="Whom to call, as dialled.")
    queue_number = models.CharField(
        max_length=10, blank=True, default="", help_text="The queue where a call-back was ordered."
    )
    assignee = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose team leads see and may claim it; empty: the company's admins.",
    )
    due_at = models.DateTimeField(_("due"))
    remind_at = models.DateTimeField(
        _("reminder"),
        null=True,
        blank=True,
        help_text="When its alert is shown; empty: never, or put away.",
    )
    remind_before_min = models.PositiveIntegerField(
        null=True, default=0, help_text="Minutes before it is due; empty: no reminder."
    )
    alerted_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when its alert is shown; empty: it is not."
    )
    repeat = models.CharField(
        _("repeats"), max_length=8, choices=Repeat.choices, blank=True, default=Repeat.NEVER
    )
    repeat_until = models.DateField(_("repeats until"), null=True, blank=True)
    first_due_at = models.DateTimeField(
        null=True, editable=False, help_text="When the first of its series was due."
    )
    previous = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="following",
        help_text="Of a series: the one before. Unique, so that two who close it make one.",
    )
    state = models.CharField(
        _("state"), max_length=12, choices=TaskState.choices, default=TaskState.OPEN
    )
    result = models.CharField(
        _("result"), max_length=14, choices=TaskResult.choices, blank=True, default=""
    )
    note = models.TextField(_("note"), blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            # However often a call's facts are handled, it asks for one follow-up.
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(kind="survey_follow_up"),
                name="task_one_follow_up_a_call",
            )
        ]
        indexes = [
            # The list of what is to do, due soonest first.
            models.Index(fields=["tenant", "state", "due_at"], name="task_due"),
            # A person's own.
            models.Index(fields=["assignee", "state"], name="task_by_assignee"),
            # What the clock looks for each half minute: alerts to come, of all companies.
            models.Index(
                fields=["remind_at"],
                condition=models.Q(alerted_at=None, remind_at__isnull=False),
                name="task_alert_to_come",
            ),
            models.Index(
                fields=["tenant", "alerted_at"],
                condition=models.Q(alerted_at__isnull=False),
                name="task_alert_shown",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        """Say whether it is still to do."""
        return self.state in LIVE_STATES

    @property
    def is_overdue(self) -> bool:
        """Say whether it should have been done by now."""
        return self.is_overdue_at(timezone.now())

    def is_overdue_at(self, now: datetime) -> bool:
        """Say whether it should have been done by then."""
        return self.is_live and self.due_at < now

    @property
    def results(self) -> tuple[TaskResult, ...]:
        """Return the results that a task of this kind can have."""
        return RESULTS[self.kind]


class TaskEvent(TenantModel):
    """One change of a task: from which state to which, by whom (None: the system), and why."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=TaskState.choices)
    assignee = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    result = models.CharField(max_length=14, blank=True, choices=TaskResult.choices)
    note = models.TextField(blank=True)
    action = models.CharField(
        max_length=10, blank=True, default="", help_text="create, claim, assign, edit, snooze, …"
    )

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.from_state} -> {self.to_state}"
