"""What a person keeps of a list: filters by a name, and which columns he looks at."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Department
from apps.core.models import TenantModel

MAX_NAME = 40
MAX_QUERY = 1000


class SavedView(TenantModel):
    """One filter of one list. It holds what is asked for, never what was found."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by")
    )
    department = models.ForeignKey(
        Department,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shared with"),
        help_text=_("Empty: only he who keeps it sees it."),
    )
    page = models.CharField(
        max_length=20, help_text="Which list: a name that its page gives itself."
    )
    name = models.CharField(_("name"), max_length=MAX_NAME)
    query = models.CharField(
        max_length=MAX_QUERY, blank=True, help_text="As in the list's address."
    )

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            # Its index is also what the list of a person's filters reads.
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name_once")
        ]
        indexes = [
            # A department's filters of one list.
            models.Index(
                fields=["department", "page"],
                condition=models.Q(department__isnull=False),
                name="saved_view_shared",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(TenantModel):
    """The columns of one list that a person looks at; without a row all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)
    columns = models.JSONField(default=list, help_text="Names of columns, in the list's order.")

    class Meta:
        verbose_name = _("choice of columns")
        verbose_name_plural = _("choices of columns")
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="column_choice_once")]

    def __str__(self) -> str:
        return self.page
