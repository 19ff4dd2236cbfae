"""Routing rules: sets with a draft and numbered published versions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel


class RuleSet(TenantModel):
    """Ordered routing rules with a draft; numbers and flows ask them by name."""

    name = models.CharField(_("name"), max_length=60)
    draft = models.JSONField(_("draft"), default=dict)
    revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="Grows with each save: who saves says which he saw."
    )

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="rule_set_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class RuleSetVersion(TenantModel):
    """One published version; never changed. The newest is in force."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField()
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("rule set version")
        verbose_name_plural = _("rule set versions")
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "number"], name="rule_set_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.rule_set} v{self.number}"
