"""Flows, their published versions, and which number enters which flow."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.acd.models import Queue
from apps.core.models import TenantModel
from apps.numbers.models import Did


class Flow(TenantModel):
    """An IVR graph with a draft and numbered published versions."""

    name = models.CharField(_("name"), max_length=60)
    draft = models.JSONField(_("draft"), default=dict)

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="flow_name_unique")]

    def __str__(self) -> str:
        return self.name


class FlowVersion(TenantModel):
    """One published version; never changed. The newest is in force."""

    flow = models.ForeignKey(Flow, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField()
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("flow version")
        verbose_name_plural = _("flow versions")
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="flow_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.flow} v{self.number}"


class EntryPoint(TenantModel):
    """What answers a number: a flow, and the queue that takes over when no flow can run."""

    did = models.OneToOneField(
        Did, on_delete=models.CASCADE, related_name="entry_point", verbose_name=_("number")
    )
    flow = models.ForeignKey(
        Flow, on_delete=models.PROTECT, related_name="entry_points", verbose_name=_("flow")
    )
    fallback_queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fall-back queue"),
        help_text=_("Takes the caller when the flow cannot run. Empty: a spoken apology."),
    )

    class Meta:
        verbose_name = _("entry point")
        verbose_name_plural = _("entry points")

    def __str__(self) -> str:
        return f"{self.did} -> {self.flow}"
