"""Rules, what was seen of each, and every alarm that there was."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.acd.models import Queue
from apps.alarms.choices import Channel, Metric, NoticeEvent, NoticeState, Severity
from apps.alarms.engine import metrics
from apps.alarms.engine.hysteresis import QUIET, Limits, Watch
from apps.core.models import TenantModel
from apps.ivr.models import Calendar

LONGEST_S = 3600


class AlarmRule(TenantModel):
    """When an alarm is raised and when it is over, and who is told."""

    name = models.CharField(_("name"), max_length=60)
    metric = models.CharField(_("figure"), max_length=20, choices=Metric.choices)
    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
        help_text=_("Empty: all queues together."),
    )
    raise_at = models.FloatField(_("raise at"))
    raise_after_s = models.PositiveIntegerField(
        _("raise after (s)"), default=15, validators=[MaxValueValidator(LONGEST_S)]
    )
    clear_at = models.FloatField(_("over at"))
    clear_after_s = models.PositiveIntegerField(
        _("over after (s)"), default=30, validators=[MaxValueValidator(LONGEST_S)]
    )
    severity = models.CharField(
        _("severity"), max_length=8, choices=Severity.choices, default=Severity.WARNING
    )
    has_sound = models.BooleanField(_("sound on the board"), default=True)
    calendar = models.ForeignKey(
        Calendar,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only in the hours of"),
        help_text=_("Outside of them nothing is raised. Empty: always."),
    )
    emails = models.CharField(
        _("e-mail to"), max_length=500, blank=True, help_text=_("Addresses, parted by commas.")
    )
    webhook_url = models.CharField(_("webhook"), max_length=500, blank=True)
    webhook_secret = models.TextField(blank=True, help_text="Sealed (`core.sealing`).")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("alarm rule")
        verbose_name_plural = _("alarm rules")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="alarm_rule_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> Limits:
        """Return thresholds and times as decisions see them."""
        return Limits(
            raise_at=self.raise_at,
            clear_at=self.clear_at,
            raise_after_s=self.raise_after_s,
            clear_after_s=self.clear_after_s,
            is_rising=metrics.is_rising(self.metric),
            is_over_without_value=self.metric in metrics.OVER_WITHOUT_VALUE,
        )

    @property
    def addresses(self) -> list[str]:
        """Return who is told by e-mail."""
        return [one.strip() for one in self.emails.split(",") if one.strip()]

    @property
    def webhook_host(self) -> str:
        """Return where the webhook leads; the rest of its address may hold a token."""
        return urlsplit(self.webhook_url).hostname or ""


class AlarmWatch(TenantModel):
    """What was seen of a rule so far; locked by whoever looks."""

    rule = models.OneToOneField(AlarmRule, on_delete=models.CASCADE, related_name="watch")
    phase = models.CharField(max_length=8, default=QUIET)
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    value = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.rule_id} {self.phase}"

    @property
    def watch(self) -> Watch:
        """Return it as decisions see it."""
        return Watch(self.phase, self.since, self.seen_at)


class Alarm(TenantModel):
    """One alarm, from raising to its end; what the rule said then is kept with it."""

    rule = models.ForeignKey(AlarmRule, on_delete=models.SET_NULL, null=True, related_name="alarms")
    name = models.CharField(_("alarm"), max_length=60)
    metric = models.CharField(_("figure"), max_length=20, choices=Metric.choices)
    queue = models.ForeignKey(
        Queue, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("queue")
    )
    has_queue = models.BooleanField(
        default=False, help_text="Was of one queue, also if it is gone."
    )
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    has_sound = models.BooleanField(default=True)
    raise_at = models.FloatField()
    raised_at = models.DateTimeField(_("raised"))
    value = models.FloatField(_("value"), null=True, help_text="When it was raised.")
    worst = models.FloatField(_("worst"), null=True)
    cleared_at = models.DateTimeField(_("over"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            # Two who look at once raise one.
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(cleared_at=None),
                name="alarm_open_once",
            )
        ]
        indexes = [
            # The history, newest first.
            models.Index(fields=["tenant", "-raised_at", "-id"], name="alarm_newest"),
            # Those that are on, for each tick of the board.
            models.Index(fields=["tenant"], condition=models.Q(cleared_at=None), name="alarm_open"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.raised_at:%F %T}"


class AlarmNotice(TenantModel):
    """That one address is told that an alarm was raised, or that it is over; each once."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="notices")
    event = models.CharField(max_length=7, choices=NoticeEvent.choices)
    channel = models.CharField(_("channel"), max_length=7, choices=Channel.choices)
    to = models.CharField(_("to"), max_length=500)
    state = models.CharField(
        _("state"), max_length=7, choices=NoticeState.choices, default=NoticeState.PENDING
    )
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(help_text="Also the lease of who sends now.")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("alarm notice")
        verbose_name_plural = _("alarm notices")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "event", "channel", "to"], name="alarm_notice_once"
            )
        ]
        # What is due.
        indexes = [models.Index(fields=["state", "next_try_at"], name="alarm_notice_due")]

    def __str__(self) -> str:
        return f"{self.channel} {self.event} {self.state}"
