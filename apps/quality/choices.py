"""The words of quality inspection."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.quality.engine import appeals


class QualityRole(models.TextChoices):
    """Roles whose rights a company may set. Agents are never inspectors."""

    TEAM_LEAD = "team_lead", _("Team lead")
    INSPECTOR = "inspector", _("Quality inspector")
    ADMIN = "admin", _("Admin")


class State(models.TextChoices):
    """Where an inspection is (`engine/appeals.py`)."""

    ASSIGNED = appeals.ASSIGNED, _("To inspect")
    DRAFT = appeals.DRAFT, _("Begun")
    PUBLISHED = appeals.PUBLISHED, _("Published")
    ACKNOWLEDGED = appeals.ACKNOWLEDGED, _("Acknowledged")
    APPEALED = appeals.APPEALED, _("Appealed")
    DECIDED = appeals.DECIDED, _("Appeal decided")
    CANCELLED = appeals.CANCELLED, _("Cancelled")


class ActKind(models.TextChoices):
    """What was done with an inspection."""

    ASSIGN = appeals.ASSIGN, _("Assigned")
    GIVE = appeals.GIVE, _("Given to somebody else")
    SAVE = appeals.SAVE, _("Begun")
    PUBLISH = appeals.PUBLISH, _("Published")
    UNDO = appeals.UNDO, _("Publication taken back")
    CORRECT = appeals.CORRECT, _("Corrected")
    ACKNOWLEDGE = appeals.ACKNOWLEDGE, _("Acknowledged")
    APPEAL = appeals.APPEAL, _("Appealed")
    DECIDE = appeals.DECIDE, _("Appeal decided")
    CANCEL = appeals.CANCEL, _("Cancelled")


class PlanKind(models.TextChoices):
    """Which calls a plan draws from, and how its number is meant."""

    PER_AGENT = "per_agent", _("So many of each agent")
    RANDOM = "random", _("At random")
    QUEUE = "queue", _("Of one queue")
    OUTLIER = "outlier", _("That stand out by their sound")
    SURVEY = "survey", _("With a bad survey score")


class PlanPeriod(models.TextChoices):
    """How often a plan draws; always from the last whole period."""

    DAY = "day", _("Every day")
    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")


class Outcome(models.TextChoices):
    """How an appeal was decided."""

    UPHELD = "upheld", _("The score stands")
    CHANGED = "changed", _("The score was changed")
