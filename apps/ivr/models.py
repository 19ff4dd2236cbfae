"""Flows, their published versions, which number enters which flow; calendars."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.acd.models import Queue
from apps.core.models import TenantModel
from apps.ivr.engine.calendars import Override, Periods, PeriodsError, periods_read
from apps.ivr.lookup_fields import address_validate, results_validate
from apps.ivr.rule_models import RuleSet, RuleSetVersion
from apps.numbers.models import Did

__all__ = [
    "Calendar",
    "CalendarDate",
    "EntryPoint",
    "Flow",
    "FlowVersion",
    "HttpLookup",
    "OverrideState",
    "Pin",
    "PinTries",
    "QueueHours",
    "RuleSet",
    "RuleSetVersion",
]


class Flow(TenantModel):
    """An IVR graph with a draft and numbered published versions."""

    name = models.CharField(_("name"), max_length=60)
    draft = models.JSONField(_("draft"), default=dict)

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="flow_name_unique")]

    def __str__(self) -> str:
        return self.name


class FlowVersion(TenantModel):
    """One published version; never changed. The newest is in force."""

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField()
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("flow version")
        verbose_name_plural = _("flow versions")
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.flow} v{self.number}"


class EntryPoint(TenantModel):
    """What answers a number: a flow, and the queue that takes over when no flow can run."""

    did = models.OneToOneField(
        Did, on_delete=models.CASCADE, related_name="entry_point", verbose_name=_("number")
    )
    flow = models.ForeignKey(
        Flow, on_delete=models.PROTECT, related_name="entry_points", verbose_name=_("flow")
    )
    fallback_queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fall-back queue"),
        help_text=_("Takes the caller when the flow cannot run. Empty: a spoken apology."),
    )
    rule_set = models.ForeignKey(
        RuleSet,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entry_points",
        verbose_name=_("routing rules"),
        help_text=_("Asked before the flow; when no rule decides, the flow begins."),
    )

    class Meta:
        verbose_name = _("entry point")
        verbose_name_plural = _("entry points")

    def __str__(self) -> str:
        return f"{self.did} -> {self.flow}"


PERIODS_WRONG = {
    "format": _("Write periods as 09:00-12:00, 13:30-18:00; the last minute of a day is 24:00."),
    "order": _("A period must end after it begins; past midnight needs two: one on each day."),
    "overlap": _("Two periods overlap."),
}


def periods_validate(text: str) -> None:
    """Refuse periods that mean nothing."""
    try:
        periods_read(text)
    except PeriodsError as error:
        raise ValidationError(PERIODS_WRONG[error.code], code=error.code) from error


def time_zone_validate(name: str) -> None:
    """Refuse a time zone that this machine does not know."""
    if name not in available_timezones():
        raise ValidationError(_("There is no such time zone."), code="time_zone")


class OverrideState(models.TextChoices):
    """What the switch says."""

    NONE = "none", _("as planned")
    OPEN = "open", _("open now")
    CLOSED = "closed", _("closed now")


class Calendar(TenantModel):
    """When the company is open; flows ask for it by name."""

    name = models.CharField(_("name"), max_length=60)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Asia/Shanghai", validators=[time_zone_validate]
    )
    follows_holidays = models.BooleanField(
        _("follows China's public holidays"),
        default=True,
        help_text=_("Closed on public holidays, open on make-up workdays."),
    )
    monday = models.CharField(
        _("Monday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
        help_text=_("For example 09:00-12:00, 13:30-18:00. Empty: closed."),
    )
    tuesday = models.CharField(
        _("Tuesday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    wednesday = models.CharField(
        _("Wednesday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    thursday = models.CharField(
        _("Thursday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    friday = models.CharField(
        _("Friday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    saturday = models.CharField(
        _("Saturday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    sunday = models.CharField(
        _("Sunday"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
    )
    override = models.CharField(
        _("override"), max_length=6, choices=OverrideState.choices, default=OverrideState.NONE
    )
    override_until = models.DateTimeField(
        _("override until"),
        null=True,
        blank=True,
        help_text=_("Empty: until somebody takes it back."),
    )
    override_reason = models.CharField(_("override reason"), max_length=200, blank=True, default="")
    override_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("override set by"),
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="calendar_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def weekly(self) -> tuple[Periods, ...]:
        """Return the periods of the seven weekdays, Monday first."""
        days = (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )
        return tuple(map(periods_read, days))

    @property
    def override_plan(self) -> Override | None:
        """Return the switch for the engine, which looks at its time itself."""
        if self.override == OverrideState.NONE:
            return None
        return Override(self.override == OverrideState.OPEN, self.override_until)


class CalendarDate(TenantModel):
    """One date with hours of its own: more than the weekly plan and the holidays."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="dates", verbose_name=_("calendar")
    )
    on = models.DateField(_("date"))
    periods = models.CharField(
        _("opening hours"),
        max_length=120,
        blank=True,
        default="",
        validators=[periods_validate],
        help_text=_("For example 09:00-12:00, 13:30-18:00. Empty: closed."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("own date")
        verbose_name_plural = _("own dates")
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="calendar_date_unique")
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.periods}" if self.periods else str(self.on)


class QueueHours(TenantModel):
    """That a queue takes callers in its calendar's hours only."""

    queue = models.OneToOneField(
        Queue, on_delete=models.CASCADE, related_name="+", verbose_name=_("queue")
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="queues", verbose_name=_("calendar")
    )

    class Meta:
        verbose_name = _("queue with these hours")
        verbose_name_plural = _("queues with these hours")
        ordering = ["queue__number"]

    def __str__(self) -> str:
        return str(self.queue)


class Pin(TenantModel):
    """A PIN that protects a branch of a flow; flows ask for it by name."""

    name = models.CharField(_("name"), max_length=60)
    pin_hash = models.CharField(max_length=200, editable=False)
    max_wrong = models.PositiveSmallIntegerField(
        _("wrong tries before the lock"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Counted for each caller; the right PIN starts anew."),
    )
    lock_minutes = models.PositiveSmallIntegerField(
        _("lock (minutes)"), default=15, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="pin_name_unique")]

    def __str__(self) -> str:
        return self.name


class PinTries(TenantModel):
    """What one caller tried of one PIN since it last fitted."""

    pin = models.ForeignKey(Pin, on_delete=models.CASCADE, related_name="tries")
    caller = models.CharField(max_length=32)
    wrong = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pin", "caller"], name="pin_tries_once")]

    def __str__(self) -> str:
        return f"{self.pin_id} {self.wrong}"


class HttpLookup(TenantModel):
    """A service of the company that flows ask by name: what is sent, and what is taken of it."""

    class Method(models.TextChoices):
        """How it is asked; only GET is tried again."""

        GET = "GET", "GET"
        POST = "POST", "POST"

    name = models.CharField(_("name"), max_length=60)
    method = models.CharField(_("method"), max_length=4, choices=Method.choices, default=Method.GET)
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[address_validate],
        help_text=_("https://…; {caller} and other variables may stand in path and parameters."),
    )
    body = models.JSONField(
        _("JSON body"),
        null=True,
        blank=True,
        help_text=_("For POST. Variables may stand in its texts: {caller}."),
    )
    headers_sealed = models.TextField(blank=True, editable=False)
    timeout_s = models.FloatField(
        _("time-out (s)"),
        default=3,
        validators=[MinValueValidator(0.5), MaxValueValidator(10)],
        help_text=_("For everything, with all tries. The caller hears nothing meanwhile."),
    )
    retries = models.PositiveSmallIntegerField(
        _("tries again"), default=0, validators=[MaxValueValidator(2)]
    )
    results = models.JSONField(
        _("answers"),
        default=dict,
        validators=[results_validate],
        help_text=_('Variable and JSON path, for example {"order_state": "$.order.state"}.'),
    )

    class Meta:
        verbose_name = _("HTTP look-up")
        verbose_name_plural = _("HTTP look-ups")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="http_lookup_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
