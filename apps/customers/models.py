"""Customers, their numbers, and the blacklist."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.core.models import TenantModel
from apps.core.phone_numbers import lookup_key


class Level(models.TextChoices):
    """How important a customer is."""

    NORMAL = "normal", _("Normal")
    VIP = "vip", _("VIP")


class Customer(TenantModel):
    """A person or company that calls."""

    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.NORMAL)
    kind = models.CharField(_("type"), max_length=30, blank=True)
    owner = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner agent"),
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True, help_text=_("Shown on the next call."))
    account_number = models.CharField(_("account number"), max_length=20, blank=True)
    pin_hash = models.CharField(max_length=200, blank=True, editable=False)
    balance = models.DecimalField(
        _("balance"), max_digits=14, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account_number"],
                condition=~models.Q(account_number=""),
                name="customer_account_unique",
            )
        ]
        # For the customer list: by name within a company.
        indexes = [models.Index(fields=["tenant", "name"], name="customer_by_name")]

    def __str__(self) -> str:
        return self.name


class CustomerNumber(TenantModel):
    """One telephone number of a customer, as typed and as it is looked up."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="numbers")
    as_typed = models.CharField(_("number"), max_length=32)
    lookup = models.CharField(
        max_length=32, editable=False, help_text="E.164, or the digits where that is not possible."
    )
    is_primary = models.BooleanField(_("main number"), default=False)

    class Meta:
        verbose_name = _("telephone number")
        verbose_name_plural = _("telephone numbers")
        constraints = [
            models.UniqueConstraint(fields=["customer", "lookup"], name="customer_number_once")
        ]
        # For the caller look-up at each call.
        indexes = [models.Index(fields=["tenant", "lookup"], name="customer_by_number")]

    def __str__(self) -> str:
        return self.as_typed

    def save(self, *args: object, **kwargs: object) -> None:
        """Derive `lookup` from `as_typed`; it is never set by hand."""
        self.lookup = lookup_key(self.as_typed)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed through


class BlacklistAction(models.TextChoices):
    """What becomes of an unwelcome caller."""

    REFUSE = "refuse", _("refuse")
    BUSY = "busy", _("busy tone")
    MESSAGE = "message", _("play a message, then hang up")
    QUEUE = "queue", _("last in a queue")


class BlacklistEntry(TenantModel):
    """A number whose calls are not welcome until it expires."""

    action = models.CharField(
        _("what happens"),
        max_length=8,
        choices=BlacklistAction.choices,
        default=BlacklistAction.REFUSE,
    )
    queue_number = models.CharField(
        _("queue number"),
        max_length=10,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9]{2,10}\Z")],
        help_text=_("Where he waits behind everybody else."),
    )
    number = models.CharField(_("number"), max_length=32)
    lookup = models.CharField(max_length=32, editable=False)
    reason = models.CharField(_("reason"), max_length=200)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("blacklist entry")
        verbose_name_plural = _("blacklist")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "lookup"], name="blacklist_number_once")
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: object, **kwargs: object) -> None:
        """Derive `lookup` from `number`."""
        self.lookup = lookup_key(self.number)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed through

    def clean(self) -> None:
        """Ask for the queue where one is needed."""
        super().clean()
        if self.action == BlacklistAction.QUEUE and not self.queue_number:
            raise ValidationError({"queue_number": _("Which queue?")})
