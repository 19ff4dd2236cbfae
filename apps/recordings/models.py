"""Recordings of calls, one for each agent's leg."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.core.models import TenantModel


class RecordingState(models.TextChoices):
    """Whether a recording can be played."""

    RUNNING = "running", _("Being recorded")
    READY = "ready", _("Playable")
    MISSING = "missing", _("Missing")


class Recording(TenantModel):
    """One stereo recording: left what the agent said, right what the agent heard."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="recordings")
    leg_uniqueid = models.CharField(max_length=150)
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    path = models.CharField(
        max_length=400, unique=True, help_text="Relative to the recordings folder."
    )
    state = models.CharField(
        max_length=10, choices=RecordingState.choices, default=RecordingState.RUNNING
    )
    started_at = models.DateTimeField()
    duration_ms = models.PositiveBigIntegerField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return self.path


class RecordingRight(TenantModel):
    """What a company allows with its recordings; without a row: what is said here."""

    agents_hear_own = models.BooleanField(
        _("agents may hear their own recordings"), default=True, db_default=True
    )

    class Meta:
        verbose_name = _("right to recordings")
        verbose_name_plural = _("rights to recordings")
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="recording_right_once"),
        ]

    def __str__(self) -> str:
        return str(self.tenant_id)
