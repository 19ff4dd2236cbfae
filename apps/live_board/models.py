"""Screens on a wall that show the board without a person signed in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel


class Wall(TenantModel):
    """One screen's link: what it shows is fixed here; of its token only the digest is kept."""

    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    queues = models.JSONField(default=list, help_text="Numbers of the queues that it shows.")
    tiles = models.JSONField(default=list, help_text="Parts of `engine.parts.WALL_TILES`.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("wall display")
        verbose_name_plural = _("wall displays")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name
