"""Which sites may show the toolbar, and the tokens that let an agent in there."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel
from apps.toolbar.origins import is_exact_origin


def origin_validate(value: str) -> None:
    """Refuse what is not an exact origin."""
    if not is_exact_origin(value):
        raise ValidationError(
            _("Scheme, host and port only, in lower case: https://crm.example.com or with :8443.")
        )


class ToolbarOrigin(TenantModel):
    """A site of the company's own that may show the toolbar in a frame."""

    origin = models.CharField(
        _("origin"),
        max_length=200,
        validators=[origin_validate],
        help_text=_("As the browser says it, for example https://crm.example.com; no path, no *."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("toolbar site")
        verbose_name_plural = _("toolbar sites")
        ordering = ["origin"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "origin"], name="toolbar_origin_unique")
        ]

    def __str__(self) -> str:
        return self.origin


class ToolbarLaunch(TenantModel):
    """A token that opens the toolbar once, for one agent on one site; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    origin = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.origin} {self.user_id}"
