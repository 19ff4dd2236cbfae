"""The company's dispositions, a tree; which queues require one; and what each call got."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent
from apps.acd.models import Queue
from apps.calls.models import Call
from apps.core.models import TenantModel

MAX_LEVELS = 4


class Disposition(TenantModel):
    """How a call can end, in the company's words. Retired, never deleted: calls point at it."""

    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("below"),
    )
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("can be chosen"), default=True)
    queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue"),
        help_text=_("Only of the top level: for calls of this queue alone. Empty: for all."),
    )

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "parent", "name"],
                condition=models.Q(parent__isnull=False),
                name="disposition_name_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "queue", "name"],
                condition=models.Q(parent=None, queue__isnull=False),
                name="disposition_queue_name_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=models.Q(parent=None, queue=None),
                name="disposition_top_name_once",
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | models.Q(queue=None),
                name="disposition_queue_on_top",
                violation_error_message=_("Only the top level of a tree names its queue."),
            ),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        """Return the names from the top, `Complaint / Delivery / Late`. Needs parents loaded."""
        names: list[str] = []
        node: Disposition | None = self
        while node is not None and len(names) < MAX_LEVELS:
            names.append(node.name)
            node = node.parent
        return " / ".join(reversed(names))


class DispositionPolicy(TenantModel):
    """Whether a queue's calls need a disposition before the agent is ready; no row: they do not."""

    queue = models.OneToOneField(
        Queue, on_delete=models.CASCADE, related_name="+", verbose_name=_("queue")
    )
    is_required = models.BooleanField(_("a disposition is required"), default=True)

    class Meta:
        verbose_name = _("disposition policy of a queue")
        verbose_name_plural = _("disposition policies of queues")

    def __str__(self) -> str:
        return str(self.queue)


class CallDisposition(TenantModel):
    """What became of a call: the last choice counts, earlier ones are in the audit trail."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="disposition")
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    chosen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("disposition of a call")
        verbose_name_plural = _("dispositions of calls")
        indexes = [
            # Calls of a disposition, for the filter and the counts.
            models.Index(fields=["disposition", "chosen_at"], name="call_disposition_by_kind"),
        ]

    def __str__(self) -> str:
        return str(self.disposition)
