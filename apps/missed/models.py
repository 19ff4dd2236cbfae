"""Callers whom nobody answered: one row for a number until somebody has spoken with it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.core.models import TenantModel


class DoneHow(models.TextChoices):
    """How it was done with."""

    CALLED = "called", _("Called back")
    CALLED_AGAIN = "called_again", _("The caller called again and was answered")
    BY_HAND = "by_hand", _("Marked as done")


class MissedCall(TenantModel):
    """A number to call back. Open once for a number: a second missed call adds to it.

    Claimed by one agent at a time, by conditional update; done by hand, or by itself when a later
    call with the number is answered.
    """

    number_key = models.CharField(max_length=32, help_text="The number as it is looked up.")
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="+", help_text="The last one missed."
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(help_text="When the last one ended.")
    count = models.PositiveIntegerField(_("missed calls"), default=1)
    claimed_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_how = models.CharField(max_length=12, choices=DoneHow.choices, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    done_call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("missed call")
        verbose_name_plural = _("missed calls")
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "number_key"],
                condition=models.Q(done_at=None),
                name="missed_open_once",
            )
        ]
        indexes = [
            # Whether a number's call is known already.
            models.Index(fields=["tenant", "number_key", "-last_at"], name="missed_by_number"),
            # The list of what is done, newest first.
            models.Index(fields=["tenant", "-last_at"], name="missed_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.number_key} {self.last_at}"
