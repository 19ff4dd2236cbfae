"""Reports that are kept by a name, sent by mail at their times, and the company's choices."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Department
from apps.core.models import TenantModel

MAX_NAME = 60
MAX_QUERY = 1000


class Sharing(models.TextChoices):
    """Who finds a kept report; what it then shows is by his own rights."""

    OWN = "own", _("Only I")
    DEPARTMENT = "department", _("My department")
    COMPANY = "company", _("The whole company")


class SavedReport(TenantModel):
    """What a report is asked for, by a name. It holds no figure: who opens it sees his own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by")
    )
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sharing = models.CharField(
        _("who finds it"), max_length=10, choices=Sharing.choices, default=Sharing.OWN
    )
    name = models.CharField(_("name"), max_length=MAX_NAME)
    kind = models.CharField(max_length=20)
    query = models.CharField(max_length=MAX_QUERY, help_text="As in the report's address.")

    class Meta:
        verbose_name = _("saved report")
        verbose_name_plural = _("saved reports")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_report_once")]

    def __str__(self) -> str:
        return self.name


class Every(models.TextChoices):
    """How often a report is sent."""

    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")


class Form(models.TextChoices):
    """What is attached."""

    XLSX = "xlsx", "XLSX"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


class Stopped(models.TextChoices):
    """Why a schedule sends no more; '' while it does."""

    BY_HAND = "by_hand", _("Stopped by hand")
    OWNER_LEFT = "owner_left", _("Its owner is no longer active")
    NO_RIGHT = "no_right", _("Its owner may no longer see or export this report")
    NOBODY = "nobody", _("None of its recipients may get it any more")


class ReportSchedule(TenantModel):
    """When a kept report is sent, to whom, as what. Times are of the company's clock."""

    report = models.ForeignKey(SavedReport, on_delete=models.CASCADE, related_name="schedules")
    every = models.CharField(_("how often"), max_length=5, choices=Every.choices)
    weekday = models.PositiveSmallIntegerField(_("on"), default=0, help_text="0 is Monday.")
    month_day = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, help_text="Of a shorter month its last day."
    )
    at = models.TimeField(_("at"))
    form = models.CharField(_("attached as"), max_length=4, choices=Form.choices)
    language = models.CharField(max_length=10)
    people = models.JSONField(default=list, help_text="Ids of users of the company.")
    addresses = models.JSONField(default=list, help_text="Addresses outside, where allowed.")
    next_at = models.DateTimeField(null=True, blank=True, help_text="UTC; empty while stopped.")
    stopped = models.CharField(max_length=10, choices=Stopped.choices, blank=True, default="")

    class Meta:
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        # What the worker looks for each minute.
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(stopped=""), name="report_schedule_next"
            )
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.every}"


class SendingState(models.TextChoices):
    """How far a sending is."""

    PENDING = "pending", _("To be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class ReportSending(TenantModel):
    """One due time of a schedule: made once, tried until it is sent or given up."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="sendings")
    due_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=SendingState.choices, default=SendingState.PENDING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=60, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_to = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="report_sending_once")
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state="pending"),
                name="report_sending_next",
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at:%F %R} {self.state}"


class ReportChoice(TenantModel):
    """How the company counts; without a row the defaults of docs/figures.md."""

    service_level = models.CharField(max_length=30, default="without_short")
    queue_levels = models.JSONField(
        default=dict, help_text="{queue number: id of a service level} where it is another."
    )
    contact_days = models.PositiveSmallIntegerField(default=7)
    outside_domains = models.JSONField(
        default=list, help_text="Domains to which reports may be sent outside; empty: none."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="report_choice_once")]

    def __str__(self) -> str:
        return self.service_level
