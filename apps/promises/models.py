"""Heartbeats of our processes, and what is added up of them and of the ledger by quarter-hour."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.core.tenancy import TenantManager
from apps.promises.engine.sums import how_of


class Component(models.TextChoices):
    """Which process beats."""

    WEB = "web", _("Web")
    FASTAGI = "fastagi", _("Menus")
    AMI = "ami", _("Link to the exchange")
    WORKER = "worker", _("Background work")


class Heartbeat(models.Model):
    """That a process worked in a slot of 30 seconds; of the installation, not of a company.

    Kept for a week: quarter-hours are reckoned of it, and again when a beat comes late.
    """

    component = models.CharField(max_length=10, choices=Component.choices)
    instance = models.CharField(max_length=80)
    slot = models.DateTimeField(help_text="When the 30 seconds begin, UTC.")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # A beat that is told twice is one.
            models.UniqueConstraint(fields=["slot", "component", "instance"], name="heartbeat_once")
        ]
        indexes = [
            # Beats that came since the last round.
            models.Index(fields=["written_at"], name="heartbeat_written"),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.instance} {self.slot:%F %T}"


class ServiceQuarter(models.Model):
    """In how many slots of a quarter-hour the service answered; of the installation."""

    quarter = models.DateTimeField(unique=True)
    up = models.PositiveSmallIntegerField(default=0)
    down = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    causes = models.JSONField(default=dict, help_text="{what was missing: slots}")
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.quarter:%F %R} {self.up}/{self.up + self.down + self.unknown}"


class PromiseQuarter(models.Model):
    """A company's calls of a quarter-hour. Made anew from the ledger, never added to."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", editable=False
    )
    quarter = models.DateTimeField()
    locals().update({name: models.BigIntegerField(default=0) for name in how_of()})

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "quarter"], name="promise_quarter_once")
        ]

    def __str__(self) -> str:
        return f"{self.quarter:%F %R}"


class Against(models.TextChoices):
    """What of a call counts against a promise."""

    LATE = "late", _("Voice heard too late")
    UNANSWERED = "unanswered", _("Never picked up")
    FALLBACK = "fallback", _("Menus did not answer, fall-back took the caller")
    APOLOGY = "apology", _("Heard the apology")
    CUT = "cut", _("Not connected, ended by us")
    NETWORK = "network", _("Talk lost by network or line")
    PHONE = "phone", _("Talk lost with the agent's phone")
    UNHEARD = "unheard", _("Talk ended, nobody was heard to end it")


class PromiseCall(models.Model):
    """A call that counts against a promise: what is behind a figure."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", editable=False
    )
    quarter = models.DateTimeField()
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    against = models.CharField(max_length=10, choices=Against.choices)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "against"], name="promise_call_once")
        ]
        indexes = [
            # What is behind a figure of a time.
            models.Index(fields=["tenant", "quarter"], name="promise_call_when"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.against}"


class PromiseDirty(models.Model):
    """That something of a quarter-hour's calls has changed; only added to, as `RollupDirty`."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, related_name="+", editable=False
    )
    quarter = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "quarter"], name="promise_dirty_next")]

    def __str__(self) -> str:
        return f"{self.quarter:%F %R}"


class PromiseState(TenantModel):
    """Locked by who makes a company's quarter-hours."""

    rebuilt_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="promise_state_once")]

    def __str__(self) -> str:
        return str(self.tenant_id)
