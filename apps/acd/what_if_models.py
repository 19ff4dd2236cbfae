"""What-if runs: what was asked of which day, how far it is, and the answer."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import TenantModel

# A run whose worker was not heard for so long has none: one play takes seconds.
SILENT = timedelta(minutes=5)


class WhatIfState(models.TextChoices):
    """How far a run is."""

    WAITING = "waiting", _("Waits for a worker")
    RUNNING = "running", _("Runs")
    DONE = "done", _("Played")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (WhatIfState.WAITING, WhatIfState.RUNNING)


class WhatIfRun(TenantModel):
    """One question about a recorded day. `job` changes when it is run again: old work is void."""

    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    on = models.DateField(_("day"))
    inputs = models.JSONField(help_text="acd.what_if_inputs.WhatIfInputs")
    state = models.CharField(
        _("state"), max_length=10, choices=WhatIfState.choices, default=WhatIfState.WAITING
    )
    job = models.CharField(max_length=32)
    seed = models.PositiveIntegerField(
        help_text="Plays have it and the numbers after it: the same seed, the same answer."
    )
    plays_done = models.PositiveIntegerField(default=0)
    plays_all = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=40, blank=True, help_text="Code of what went wrong.")
    result = models.JSONField(null=True, blank=True, help_text="acd.engine.what_if answers it.")
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("what-if run")
        verbose_name_plural = _("what-if runs")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(result__isnull=False),
                name="what_if_done_has_result",
            )
        ]
        indexes = [
            # A company's runs, newest first.
            models.Index(fields=["tenant", "-created_at", "-id"], name="what_if_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.state}"

    @property
    def is_open(self) -> bool:
        """Say whether something may still come of it."""
        return self.state in OPEN and not self.is_silent(timezone.now())

    @property
    def has_broken_off(self) -> bool:
        """Say whether its worker died: it can be run again."""
        return self.is_silent(timezone.now())

    @property
    def percent(self) -> int:
        """Return how much of it is done."""
        return round(100 * self.plays_done / self.plays_all) if self.plays_all else 0

    def is_silent(self, now: datetime) -> bool:
        """Say whether it runs, and nobody was heard of it for `SILENT`."""
        return (
            self.state == WhatIfState.RUNNING
            and self.heartbeat_at is not None
            and now - self.heartbeat_at > SILENT
        )
