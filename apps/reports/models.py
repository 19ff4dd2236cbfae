"""Rollups: sums of the ledger by quarter-hour and by day, and which of them are to be made anew.

Nothing here is true by itself: every row can be thrown away and made again (docs/reports.md).
"""

from typing import Any

from django.db import models

from apps.accounts.models import Agent
from apps.core.models import TenantModel
from apps.core.tenancy import TenantManager
from apps.reports.engine import sums
from apps.reports.saved_models import ReportChoice, ReportSchedule, ReportSending, SavedReport

__all__ = [
    "ROLLUPS",
    "AgentRollup",
    "Grain",
    "LineRollup",
    "PauseRollup",
    "QueueRollup",
    "ReportChoice",
    "ReportSchedule",
    "ReportSending",
    "Rollup",
    "RollupDirty",
    "RollupState",
    "SavedReport",
]


class Grain(models.TextChoices):
    """How long the time of a row is."""

    QUARTER = "q", "quarter-hour"
    DAY = "d", "day"


class Rollup(models.Model):
    """Sums of one thing in one time. `start` is UTC, of a day the company's midnight."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", editable=False
    )
    grain = models.CharField(max_length=1, choices=Grain.choices)
    start = models.DateTimeField()

    objects = TenantManager()

    # What it is of, and what is added up: names of fields; the second are those of SUMS.
    KEY: tuple[str, ...] = ()
    SUMS: type[Any] = object

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.start:%F %R} {self.grain} {[getattr(self, name) for name in self.KEY]}"


def _sums(kind: type[Any]) -> dict[str, models.Field[Any, Any]]:
    """Return a column for each part of a kind of sums."""
    return {
        name: models.BigIntegerField(default=0)
        for name in sums.how_of(kind)
        if name not in ("first_at", "last_at")
    }


class QueueRollup(Rollup):
    """A queue's sums."""

    KEY = ("queue_number",)
    SUMS = sums.QueueSums

    queue_number = models.CharField(max_length=10)
    locals().update(_sums(sums.QueueSums))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "grain", "start", "queue_number"], name="rollup_queue_once"
            )
        ]


class AgentRollup(Rollup):
    """An agent's sums."""

    KEY = ("agent_id",)
    SUMS = sums.AgentSums

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    locals().update(_sums(sums.AgentSums))
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "grain", "start", "agent"], name="rollup_agent_once"
            )
        ]


class PauseRollup(Rollup):
    """How long an agent was busy for one reason."""

    KEY = ("agent_id", "reason")
    SUMS = sums.PauseSums

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    locals().update(_sums(sums.PauseSums))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "grain", "start", "agent", "reason"], name="rollup_pause_once"
            )
        ]


class LineRollup(Rollup):
    """Calls of a number, a trunk, or all, by direction."""

    KEY = ("dimension", "value", "direction")
    SUMS = sums.LineSums

    dimension = models.CharField(max_length=20)
    value = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=10)
    locals().update(_sums(sums.LineSums))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "grain", "start", "dimension", "value", "direction"],
                name="rollup_line_once",
            )
        ]


ROLLUPS: tuple[type[Rollup], ...] = (QueueRollup, AgentRollup, PauseRollup, LineRollup)


class RollupDirty(models.Model):
    """That something of a quarter-hour has changed since it was rolled up.

    Only added to, and removed by who has rolled up after he read it: no two writers ever wait for
    each other here, and no change is lost between reading and removing.
    """

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", editable=False
    )
    quarter = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        # What a company's next round is to do.
        indexes = [models.Index(fields=["tenant", "quarter"], name="rollup_dirty_next")]

    def __str__(self) -> str:
        return f"{self.quarter:%F %R}"


class RollupState(TenantModel):
    """What a company's rollups were made with; locked by who makes them."""

    timezone = models.CharField(max_length=64, help_text="In which the days were added up.")
    limits = models.JSONField(
        default=dict, help_text="{queue number: [service level s, short abandon s]}"
    )
    rebuilt_from = models.DateField(null=True)
    rebuilt_to = models.DateField(null=True)
    rebuilt_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="rollup_state_once")]

    def __str__(self) -> str:
        return self.timezone
