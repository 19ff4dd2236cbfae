"""Roles, view tiers and phone kinds."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in the company."""

    AGENT = "agent", _("Agent")
    TEAM_LEAD = "team_lead", _("Team lead")
    INSPECTOR = "inspector", _("Quality inspector")
    ADMIN = "admin", _("Admin")
    HOST_OPERATOR = "host_operator", _("Host operator")


class ViewTier(models.TextChoices):
    """Whose calls, recordings and customers a person sees."""

    OWN = "own", _("Own")
    DEPARTMENT = "department", _("Department")
    ALL = "all", _("All")


DEFAULT_TIER = {
    Role.AGENT: ViewTier.OWN,
    Role.TEAM_LEAD: ViewTier.DEPARTMENT,
    Role.INSPECTOR: ViewTier.ALL,
    Role.ADMIN: ViewTier.ALL,
    Role.HOST_OPERATOR: ViewTier.ALL,
}


class PhoneKind(models.TextChoices):
    """Which of an agent's phones rings."""

    WEB = "web", _("Browser phone")
    DESK = "desk", _("Desk phone")
    PSTN = "pstn", _("Mobile or other outside phone")
