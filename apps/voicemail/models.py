"""Messages that callers left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department
from apps.calls.models import Call
from apps.core.models import TenantModel
from apps.customers.models import Customer


class MessageState(models.TextChoices):
    """Who is looking after a message."""

    NEW = "new", _("New")
    CLAIMED = "claimed", _("Claimed")
    CLOSED = "closed", _("Closed")


class VoicemailMessage(TenantModel):
    """One message in a queue's box."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, related_name="+")
    linkedid = models.CharField(max_length=150)
    box = models.CharField(max_length=40, help_text="`<tenant slug>-<queue number>`")
    department = models.ForeignKey(
        Department, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    caller = models.CharField(_("caller"), max_length=200)
    path = models.CharField(max_length=400, unique=True)
    left_at = models.DateTimeField(_("left"))
    duration_ms = models.PositiveBigIntegerField()
    state = models.CharField(
        _("state"), max_length=8, choices=MessageState.choices, default=MessageState.NEW
    )
    claimed_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("voicemail message")
        verbose_name_plural = _("voicemail messages")
        ordering = ["-left_at", "-pk"]
        # For the console's list and its count of new messages.
        indexes = [models.Index(fields=["tenant", "state", "-left_at"], name="voicemail_new")]

    def __str__(self) -> str:
        return f"{self.box} {self.caller}"
