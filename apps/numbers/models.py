"""Trunks to carriers and the numbers (DIDs) that callers dial."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel


class Trunk(models.Model):
    """A line to a carrier: the host's, not a company's. Its DIDs say whose call it is."""

    name = models.CharField(
        _("name"), max_length=30, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9-]*$")]
    )
    host = models.CharField(_("carrier's address"), max_length=100)
    port = models.PositiveIntegerField(_("port for calls out"), default=5060)
    match = models.CharField(
        _("addresses it calls from"),
        max_length=200,
        help_text=_("Comma-separated addresses or networks; never an address that phones use."),
    )
    codecs = models.CharField(_("codecs"), max_length=100, default="alaw,ulaw")
    max_channels = models.PositiveIntegerField(_("channels"), default=100)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("trunk")
        verbose_name_plural = _("trunks")

    def __str__(self) -> str:
        return self.name

    @property
    def endpoint(self) -> str:
        """Return the PJSIP endpoint's name."""
        return f"trunk-{self.name}"


class Did(TenantModel):
    """A number that callers dial, as the carrier sends it. Unique on the installation."""

    number = models.CharField(
        _("number dialled"), max_length=20, unique=True, validators=[RegexValidator(r"^\+?[0-9]+$")]
    )
    name = models.CharField(_("name"), max_length=60, blank=True)
    trunk = models.ForeignKey(
        Trunk, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("number (DID)")
        verbose_name_plural = _("numbers (DID)")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number
