"""Who must agree before a person is forgotten, and who proposed it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel
from apps.customers.choices import ProposalState, SecondPerson


class ErasurePolicy(TenantModel):
    """Whether a second person must confirm an erasure; without a row: where there is one."""

    second_person = models.CharField(
        _("a second person confirms"),
        max_length=6,
        choices=SecondPerson.choices,
        default=SecondPerson.AUTO,
    )

    class Meta:
        verbose_name = _("policy of forgetting people")
        verbose_name_plural = _("policies of forgetting people")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="erasure_policy_once")]

    def __str__(self) -> str:
        return self.second_person


class ErasureProposal(TenantModel):
    """That one person wants a customer forgotten; `created_at` says since when.

    Written by `customers.erasure_proposals` only. It names nobody, so it stays after the erasure.
    """

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(
        _("state"), max_length=9, choices=ProposalState.choices, default=ProposalState.OPEN
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("proposed by"),
    )
    expires_at = models.DateTimeField(_("expires"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
        help_text=_("Who confirmed, refused or withdrew it."),
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("why it was refused"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("proposal to forget a person")
        verbose_name_plural = _("proposals to forget a person")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(state="open"), name="erasure_proposed_once"
            ),
            # Four eyes are four in the database, too, whatever a service forgets.
            models.CheckConstraint(
                condition=~models.Q(state__in=("confirmed", "refused"))
                | ~models.Q(proposed_by=models.F("decided_by")),
                name="erasure_decided_by_another",
            ),
        ]
        # A company's proposals, those that wait first to end first.
        indexes = [models.Index(fields=["tenant", "state", "expires_at"], name="erasure_waiting")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.state}"
