"""Modes, states and rules of supervision."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role


class Kind(models.TextChoices):
    """What a supervisor or colleague did with a live call."""

    LISTEN = "listen", _("Listening in")
    TAKE_OVER = "take_over", _("Taken over")
    HANG_UP = "hang_up", _("Hung up")
    PICK_UP = "pick_up", _("Picked up")


class Mode(models.TextChoices):
    """Who hears the supervisor: nobody, the agent, or both."""

    LISTEN = "listen", _("Listen in")
    WHISPER = "whisper", _("Whisper")
    BARGE = "barge", _("Barge in")


class ListenState(models.TextChoices):
    """How far a supervisor is: his phone rings, he hears, it is over."""

    ASKED = "asked", _("Your phone rings")
    RUNNING = "running", _("Listening")
    ENDED = "ended", _("Ended")


class Announce(models.TextChoices):
    """Who hears a tone when a supervisor comes in."""

    SILENT = "silent", _("Nobody")
    AGENT = "agent", _("The agent")
    BOTH = "both", _("Agent and caller")


class SupervisorRole(models.TextChoices):
    """The roles that a policy can be about."""

    TEAM_LEAD = Role.TEAM_LEAD.value, Role.TEAM_LEAD.label
    INSPECTOR = Role.INSPECTOR.value, Role.INSPECTOR.label
    ADMIN = Role.ADMIN.value, Role.ADMIN.label
