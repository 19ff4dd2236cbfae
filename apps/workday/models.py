"""What agents are to reach: rows of the company, of a department, or of one agent."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Agent, Department
from apps.core.models import TenantModel


class TargetFigure(models.TextChoices):
    """What can have a target; word for word `engine.lines.TARGETS`."""

    ANSWERED = "answered", _("Calls answered a day, at least")
    MADE = "made", _("Calls made a day, at least")
    MISSED = "missed", _("Calls missed a day, at most")
    HANDLING = "handling", _("Mean handling time (s), at most")
    OCCUPANCY = "occupancy", _("Occupancy (%), at least")
    SERVICE_SCORE = "service_score", _("Service score (%), at least")


class Target(TenantModel):
    """One figure to reach. The agent's own comes before his department's and the company's."""

    figure = models.CharField(_("figure"), max_length=16, choices=TargetFigure.choices)
    department = models.ForeignKey(
        Department,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent"),
    )
    value = models.PositiveIntegerField(
        _("value"),
        validators=[MaxValueValidator(86_400)],
        help_text=_("Calls, seconds or percent."),
    )

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(department=None) | models.Q(agent=None), name="target_of_one"
            ),
            models.UniqueConstraint(
                fields=["tenant", "figure"],
                condition=models.Q(department=None, agent=None),
                name="target_company_once",
            ),
            models.UniqueConstraint(
                fields=["department", "figure"],
                condition=models.Q(department__isnull=False),
                name="target_department_once",
            ),
            models.UniqueConstraint(
                fields=["agent", "figure"],
                condition=models.Q(agent__isnull=False),
                name="target_agent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_figure_display()} {self.value}"
