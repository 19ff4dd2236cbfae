"""What every owned row has, and the counters of the event streams."""

from django.db import models

from apps.core.tenancy import TenantManager


class TenantModel(models.Model):
    """A row that belongs to one company; `objects` raises without a scope."""

    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantManager()

    class Meta:
        abstract = True


class StreamCounter(models.Model):
    """The last sequence number given to one event stream, for example `user.12`."""

    stream = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.stream}:{self.seq}"
