"""How long and as what a company keeps recordings; holds, marks, waves and what was removed."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.recordings.choices import KeptFormat

MOST_DAYS = 36_500
MARK_TEXT = 200


class RecordingPolicy(TenantModel):
    """What a company's recordings become; without a row: the defaults here."""

    format = models.CharField(
        _("kept as"), max_length=4, choices=KeptFormat.choices, default=KeptFormat.MP3
    )
    keeps_original = models.BooleanField(
        _("keep the original beside it"),
        default=True,
        help_text=_("Without it, the original goes once the copy has been compared with it."),
    )
    is_sealed = models.BooleanField(
        _("encrypt"),
        default=False,
        help_text=_("With the installation's key; the original is not kept then."),
    )
    keep_days = models.PositiveIntegerField(
        _("days"),
        default=0,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("0: for ever."),
    )

    class Meta:
        verbose_name = _("policy of recordings")
        verbose_name_plural = _("policies of recordings")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="recording_policy_once")]

    def __str__(self) -> str:
        return f"{self.format} {self.keep_days}"


class QueueKeepDays(TenantModel):
    """That calls of one queue are kept for another time than the company's."""

    queue_number = models.CharField(_("queue"), max_length=10)
    keep_days = models.PositiveIntegerField(
        _("days"), validators=[MaxValueValidator(MOST_DAYS)], help_text=_("0: for ever.")
    )

    class Meta:
        verbose_name = _("time to keep a queue's recordings")
        verbose_name_plural = _("times to keep queues' recordings")
        ordering = ["queue_number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "queue_number"], name="queue_keep_days_once")
        ]

    def __str__(self) -> str:
        return f"{self.queue_number}: {self.keep_days}"


class RecordingHold(TenantModel):
    """That a call's recordings must not go: neither after their time nor with the customer."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="recording_holds")
    reason = models.CharField(_("reason"), max_length=200)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            # Also what retention asks: whether a call is held.
            models.UniqueConstraint(
                fields=["call"], condition=models.Q(released_at=None), name="recording_hold_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id}: {self.reason}"


class RecordingMark(TenantModel):
    """A word at a moment of a recording: its writer's own, or for all who supervise."""

    recording = models.ForeignKey(
        "recordings.Recording", on_delete=models.CASCADE, related_name="marks"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at_ms = models.PositiveIntegerField(help_text="From the beginning of the recording.")
    text = models.CharField(_("note"), max_length=MARK_TEXT)
    is_shared = models.BooleanField(_("supervisors see it"), default=False)

    class Meta:
        verbose_name = _("mark in a recording")
        verbose_name_plural = _("marks in recordings")
        ordering = ["at_ms", "pk"]

    def __str__(self) -> str:
        return f"{self.at_ms}: {self.text}"


class RecordingWave(TenantModel):
    """The outline of a recording, for its player: the loudest sample of each piece, 0 to 255.

    Both sides have as many pieces; apart from the sound's figures, which lists join.
    """

    recording = models.OneToOneField(
        "recordings.Recording", on_delete=models.CASCADE, related_name="wave"
    )
    duration_ms = models.PositiveIntegerField()
    agent = models.BinaryField()
    other = models.BinaryField()

    class Meta:
        verbose_name = _("outline of a recording")
        verbose_name_plural = _("outlines of recordings")

    def __str__(self) -> str:
        return str(self.recording_id)


class RetentionRun(TenantModel):
    """One night's removal of what was past its time in one company."""

    ran_at = models.DateTimeField()
    removed = models.PositiveIntegerField(default=0)
    removed_bytes = models.PositiveBigIntegerField(default=0)
    held = models.PositiveIntegerField(default=0, help_text="Past their time, but held.")
    failed = models.PositiveIntegerField(default=0, help_text="Tried again the next night.")

    class Meta:
        verbose_name = _("removal of recordings")
        verbose_name_plural = _("removals of recordings")
        ordering = ["-ran_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.ran_at:%F}: {self.removed}"
