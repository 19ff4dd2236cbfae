"""What is assumed when seats are reckoned, kept for each queue."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.acd.models import Queue
from apps.core.models import TenantModel


class WaitModel(models.TextChoices):
    """Which model of waiting is reckoned with."""

    ERLANG_A = "erlang_a", _("Erlang A (callers give up)")
    ERLANG_C = "erlang_c", _("Erlang C (nobody gives up)")


class Assumptions(TenantModel):
    """One queue's assumptions. Empty patience or handling time: estimated from its history."""

    queue = models.OneToOneField(
        Queue, on_delete=models.CASCADE, related_name="+", verbose_name=_("queue")
    )
    level_s = models.PositiveIntegerField(
        _("answered within (s)"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
    )
    level_percent = models.DecimalField(
        _("of callers, at least (%)"),
        max_digits=4,
        decimal_places=1,
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99.9)],
    )
    occupancy_percent = models.PositiveSmallIntegerField(
        _("occupancy, at most (%)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(100)],
    )
    abandon_percent = models.DecimalField(
        _("give up, at most (%)"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.1), MaxValueValidator(100)],
        help_text=_("Erlang A only."),
    )
    shrinkage_percent = models.PositiveSmallIntegerField(
        _("shrinkage (%)"),
        default=0,
        validators=[MaxValueValidator(90)],
        help_text=_("Part of paid time in which nobody sits there: breaks, training, illness."),
    )
    least_seats = models.PositiveSmallIntegerField(
        _("seats, at least"),
        default=0,
        validators=[MaxValueValidator(10_000)],
        help_text=_("In half-hours in which calls come."),
    )
    model = models.CharField(
        _("model"), max_length=10, choices=WaitModel.choices, default=WaitModel.ERLANG_A
    )
    patience_s = models.PositiveIntegerField(
        _("mean patience (s)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("Empty: estimated from own callers."),
    )
    handling_s = models.PositiveIntegerField(
        _("handling time (s)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("Empty: from own history."),
    )
    weeks = models.PositiveSmallIntegerField(
        _("weeks of history"),
        default=8,
        validators=[MinValueValidator(3), MaxValueValidator(26)],
    )
    has_trend = models.BooleanField(_("go on with the trend"), default=False)
    changed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("staffing assumptions")
        verbose_name_plural = _("staffing assumptions")

    def __str__(self) -> str:
        return f"{self.queue_id} {self.level_percent}/{self.level_s}"
