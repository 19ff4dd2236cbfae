"""The company's tags with their colours."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel
from apps.customers.choices import Colour


class CustomerTag(TenantModel):
    """A word that many customers may carry; `Customer.tags` holds its name."""

    name = models.CharField(_("name"), max_length=30)
    colour = models.CharField(
        _("colour"), max_length=10, choices=Colour.choices, default=Colour.SECONDARY
    )

    class Meta:
        verbose_name = _("customer tag")
        verbose_name_plural = _("customer tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="customer_tag_once")]

    def __str__(self) -> str:
        return self.name
