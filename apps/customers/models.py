"""Customers, their numbers and addresses, and the blacklist."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.core.models import TenantModel
from apps.core.phone_numbers import lookup_key
from apps.customers.choices import (
    BlacklistAction,
    CustomerState,
    Gender,
    Level,
    NumberLabel,
)
from apps.customers.erasure_models import ErasurePolicy, ErasureProposal
from apps.customers.field_models import CustomerField, CustomerLevel, CustomerSource, CustomerType
from apps.customers.merge_models import CustomerChange, CustomerMerge, DuplicateDismissal
from apps.customers.tag_models import CustomerTag

__all__ = [
    "BlacklistAction",
    "BlacklistEntry",
    "Customer",
    "CustomerChange",
    "CustomerEmail",
    "CustomerField",
    "CustomerLevel",
    "CustomerMerge",
    "CustomerNote",
    "CustomerNumber",
    "CustomerSource",
    "CustomerTag",
    "CustomerType",
    "DuplicateDismissal",
    "ErasurePolicy",
    "ErasureProposal",
    "Level",
]


class Customer(TenantModel):
    """A person or company that calls. Written by `customers.services` only.

    `level`, `kind`, `source` and `tags` hold the codes and names of the company's own rows
    (docs/adr/0016): a call reads one row and joins nothing.
    """

    name = models.CharField(_("name"), max_length=100)
    contact_name = models.CharField(
        _("contact person"), max_length=100, blank=True, default="", db_default=""
    )
    level = models.CharField(_("level"), max_length=30, default=Level.NORMAL)
    kind = models.CharField(_("type"), max_length=30, blank=True)
    source = models.CharField(_("source"), max_length=30, blank=True, default="", db_default="")
    owner = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner agent"),
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    gender = models.CharField(
        _("gender"), max_length=6, choices=Gender.choices, blank=True, default="", db_default=""
    )
    born_on = models.DateField(_("birthday"), null=True, blank=True)
    province = models.CharField(_("province"), max_length=40, blank=True, default="", db_default="")
    city = models.CharField(_("city"), max_length=40, blank=True, default="", db_default="")
    address = models.CharField(_("address"), max_length=300, blank=True, default="", db_default="")
    note = models.TextField(_("note"), blank=True, help_text=_("Shown on the next call."))
    account_number = models.CharField(_("account number"), max_length=20, blank=True)
    pin_hash = models.CharField(max_length=200, blank=True, editable=False)
    balance = models.DecimalField(
        _("balance"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    custom = models.JSONField(
        _("custom fields"),
        default=dict,
        blank=True,
        help_text="{key of a CustomerField: its value}; shapes in engine/field_values.py.",
    )
    state = models.CharField(
        max_length=8,
        choices=CustomerState.choices,
        default=CustomerState.ACTIVE,
        db_default=CustomerState.ACTIVE,
        editable=False,
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    name_key = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The name as duplicates are compared: engine/search_text.py.",
    )
    search_text = models.TextField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="All that the list's search looks at, encoded: engine/search_text.py.",
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
        # GIN indexes on `search_text`, `tags` and `custom` exist on PostgreSQL only: migration
        # 0004.
        indexes = [
            # For the customer list: by name within a company.
            models.Index(fields=["tenant", "name"], name="customer_by_name"),
            # The customer list as it opens: newest first.
            models.Index(fields=["tenant", "state", "-created_at", "-id"], name="customer_newest"),
            # The list's filters, one or several at once: PostgreSQL puts their bitmaps together
            # where the newest customers have too few of a value.
            models.Index(fields=["tenant", "level"], name="customer_by_level"),
            models.Index(fields=["tenant", "kind"], name="customer_by_kind"),
            models.Index(fields=["tenant", "source"], name="customer_by_source"),
            models.Index(fields=["tenant", "province"], name="customer_by_province"),
            models.Index(fields=["tenant", "city"], name="customer_by_city"),
            # The list of one owner, newest first.
            models.Index(fields=["owner", "-created_at", "-id"], name="customer_of_owner"),
            # Duplicates by name.
            models.Index(fields=["tenant", "name_key"], name="customer_by_name_key"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Say whether it is to be seen: neither deleted, merged nor erased."""
        return self.state == CustomerState.ACTIVE


class CustomerNumber(TenantModel):
    """One telephone number of a customer, as typed and as it is looked up."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="numbers")
    as_typed = models.CharField(_("number"), max_length=32)
    lookup = models.CharField(
        max_length=32, editable=False, help_text="E.164, or the digits where that is not possible."
    )
    label = models.CharField(
        _("kind of number"),
        max_length=8,
        choices=NumberLabel.choices,
        blank=True,
        default="",
        db_default="",
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


class CustomerEmail(TenantModel):
    """One e-mail address of a customer; `lookup` is it in lower case."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField(_("e-mail"), max_length=200)
    lookup = models.CharField(max_length=200, editable=False)
    is_primary = models.BooleanField(_("main address"), default=False)

    class Meta:
        verbose_name = _("e-mail address")
        verbose_name_plural = _("e-mail addresses")
        constraints = [
            models.UniqueConstraint(fields=["customer", "lookup"], name="customer_email_once")
        ]
        # Duplicates by e-mail, and who wrote.
        indexes = [models.Index(fields=["tenant", "lookup"], name="customer_by_email")]

    def __str__(self) -> str:
        return self.address

    def save(self, *args: object, **kwargs: object) -> None:
        """Derive `lookup` from `address`."""
        self.lookup = self.address.lower()
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # passed through


class CustomerNote(TenantModel):
    """What somebody wrote about a customer at some time; `created_at` says when."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    text = models.TextField(_("note"))

    class Meta:
        verbose_name = _("customer note")
        verbose_name_plural = _("customer notes")
        # The timeline: newest first of one customer.
        indexes = [models.Index(fields=["customer", "-created_at"], name="customer_note_newest")]

    def __str__(self) -> str:
        return self.text[:40]


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
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

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
