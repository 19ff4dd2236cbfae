"""What a company defines for its customers: levels, types, sources, custom fields."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel
from apps.customers.choices import Colour, FieldKind


class CompanyWord(TenantModel):
    """A value that the company defines. `code` is kept in customers, rules and flows."""

    code = models.CharField(
        _("code"),
        max_length=30,
        help_text=_("What rules, flows, import and API use. It stays when the name changes."),
    )
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("can be chosen"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class CustomerLevel(CompanyWord):
    """How important a customer is, in the company's words; `normal` and `vip` always exist."""

    colour = models.CharField(
        _("colour"), max_length=10, choices=Colour.choices, default=Colour.SECONDARY
    )

    class Meta:
        verbose_name = _("customer level")
        verbose_name_plural = _("customer levels")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="customer_level_once")
        ]


class CustomerType(CompanyWord):
    """What kind of customer it is, in the company's words."""

    class Meta:
        verbose_name = _("customer type")
        verbose_name_plural = _("customer types")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="customer_type_once")
        ]


class CustomerSource(CompanyWord):
    """Where customers come from, in the company's words."""

    class Meta:
        verbose_name = _("customer source")
        verbose_name_plural = _("customer sources")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="customer_source_once")
        ]


class CustomerField(TenantModel):
    """A field that the company added to its customers. `key` and `kind` never change."""

    key = models.CharField(
        _("key"),
        max_length=30,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z")],
        help_text=_("Lower-case letters, digits and _; in files, API and flows."),
    )
    label = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind.choices)
    options = models.JSONField(
        _("options"), default=list, blank=True, help_text="Texts; of choice and choices only."
    )
    help_text = models.CharField(_("help text"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_required = models.BooleanField(_("required"), default=False)
    in_list = models.BooleanField(_("shown in the list"), default=False)
    is_searchable = models.BooleanField(_("found by the search"), default=False)
    in_exchange = models.BooleanField(_("in import, export and API"), default=True)
    in_flows = models.BooleanField(
        _("in flows"),
        default=False,
        help_text=_("The flow's node Customer knows it, for branches and speech."),
    )
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Switched off: values stay and are not shown.")
    )

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="customer_field_once")
        ]

    def __str__(self) -> str:
        return self.label
