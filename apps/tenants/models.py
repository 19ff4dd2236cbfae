"""The companies on this installation."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Tenant(models.Model):
    """One company; its slug is part of Asterisk's queue and voicemail-box names."""

    slug = models.CharField(
        _("short name"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9]*$")],
        help_text=_(
            "Lower-case letters and digits; part of queue names in Asterisk. Never changes."
        ),
    )
    name = models.CharField(_("name"), max_length=100)
    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    masked_roles = models.JSONField(
        _("roles that see customers' numbers masked"),
        default=list,
        blank=True,
        help_text="Codes of accounts.Role; a person may be masked besides (accounts.User).",
    )
    agents_see_all_customers = models.BooleanField(
        _("agents see all customers"),
        default=True,
        db_default=True,
        help_text=_(
            "Without it agents see their own customers and those of their calls, team leads their"
            " department's."
        ),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name
