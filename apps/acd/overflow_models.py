"""When a queue's waiting caller goes on elsewhere, and where."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.acd.engine.conditions import ConditionError, condition_parse
from apps.core.models import TenantModel


class OverflowWhen(models.TextChoices):
    """What makes a waiting caller overflow; word for word `engine.overflow`."""

    WAITED = "waited", _("he has waited for (s)")
    LENGTH = "length", _("when he joins, more callers wait than")
    EXPECTED = "expected", _("when he joins, the expected wait is over (s)")
    NOBODY = "nobody", _("nobody is signed in to the queue")
    CONDITION = "condition", _("a condition is true")


class OverflowThen(models.TextChoices):
    """Where he goes; word for word `engine.overflow`."""

    QUEUE = "queue", _("another queue")
    VOICEMAIL = "voicemail", _("voicemail")
    NUMBER = "number", _("a number outside")
    FLOW = "flow", _("back to the flow, as after the longest wait")
    CALL_BACK = "call-back", _("a call-back, if he wishes one; else he waits on in his place")


def condition_validate(value: object) -> None:
    """Raise ValidationError for what the rules' engine cannot read."""
    try:
        condition_parse(value)
    except ConditionError as error:
        raise ValidationError(str(error)) from error


class OverflowRule(TenantModel):
    """When a queue's waiting caller goes on elsewhere; of several the first that is true."""

    queue = models.ForeignKey("acd.Queue", on_delete=models.CASCADE, related_name="overflow_rules")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    when = models.CharField(
        _("when"), max_length=10, choices=OverflowWhen.choices, default=OverflowWhen.WAITED
    )
    limit = models.PositiveIntegerField(
        _("limit"), null=True, blank=True, validators=[MaxValueValidator(7200)]
    )
    condition = models.JSONField(
        _("condition"),
        null=True,
        blank=True,
        validators=[condition_validate],
        help_text=_("As in routing rules (docs/rules.md); facts: waited_s and queues.*."),
    )
    then = models.CharField(
        _("then to"), max_length=10, choices=OverflowThen.choices, default=OverflowThen.VOICEMAIL
    )
    target_queue = models.ForeignKey(
        "acd.Queue",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue or its voicemail"),
        help_text=_("Voicemail without a queue is this queue's own."),
    )
    keeps_place = models.BooleanField(
        _("keeps his place"),
        default=False,
        help_text=_("In the other queue he is before who came to it later than he to this one."),
    )
    number = models.CharField(
        _("number outside"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^\+?[0-9]{3,20}\Z")],
        help_text=_("For example a mobile. It is called over the company's trunk."),
    )

    class Meta:
        verbose_name = _("overflow rule")
        verbose_name_plural = _("overflow rules")
        ordering = ["queue", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="overflow_has_limit",
                condition=models.Q(when__in=["nobody", "condition"])
                | models.Q(limit__isnull=False),
            ),
            models.CheckConstraint(
                name="overflow_has_condition",
                condition=~models.Q(when="condition") | models.Q(condition__isnull=False),
            ),
            models.CheckConstraint(
                name="overflow_has_target",
                condition=~models.Q(then="queue")
                | models.Q(target_queue__isnull=False) & ~models.Q(target_queue=models.F("queue")),
            ),
            models.CheckConstraint(
                name="overflow_has_number",
                condition=~models.Q(then="number") | ~models.Q(number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.position}"
