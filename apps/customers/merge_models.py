"""What was changed in customers, and which became one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TenantModel


class CustomerChange(TenantModel):
    """One change of a customer by one person; `created_at` says when."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="changes"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    what = models.CharField(
        max_length=12,
        help_text="created, changed, deleted, restored, merged, unmerged, erased",
    )
    fields = models.JSONField(
        default=dict, help_text="{field: [old, new]} as texts; numbers are masked when shown."
    )

    class Meta:
        verbose_name = _("customer change")
        verbose_name_plural = _("customer changes")
        # The timeline: newest first of one customer.
        indexes = [models.Index(fields=["customer", "-created_at"], name="customer_change_newest")]

    def __str__(self) -> str:
        return self.what


class CustomerMerge(TenantModel):
    """Two customers that became one, and all that is needed to make them two again.

    `before` holds both rows' fields, `after` the kept one's, `moved` {model label: [pk]} of what
    went from the absorbed to the kept. Undone within 30 days (`merges.UNDO_WITHIN`).
    """

    kept = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    absorbed = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=models.Q(undone_at=None),
                name="customer_merged_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} -> {self.kept_id}"


class DuplicateDismissal(TenantModel):
    """That two customers are not the same although they look alike; `first` has the lower id."""

    first = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("not the same customer")
        verbose_name_plural = _("not the same customers")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="customer_dismissed_once")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} / {self.second_id}"
