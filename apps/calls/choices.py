"""The words of the call ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    """Who called whom."""

    IN = "in", _("Inbound")
    OUT = "out", _("Outbound")
    INTERNAL = "internal", _("Internal")


class CallStatus(models.TextChoices):
    """Where a call is now."""

    IVR = "ivr", _("In the menu")
    QUEUED = "queued", _("Waiting")
    RINGING = "ringing", _("Ringing")
    TALKING = "talking", _("Talking")
    HELD = "held", _("On hold")
    VOICEMAIL = "voicemail", _("Leaving a message")
    ENDED = "ended", _("Ended")


class Outcome(models.TextChoices):
    """How an ended call ended; empty while it is live."""

    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Abandoned")
    VOICEMAIL = "voicemail", _("Voicemail")
    SELF_SERVICE = "self_service", _("Self-service")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class VisitEnd(models.TextChoices):
    """How a stay in a queue ended; `engine.visits` decides it."""

    WAITING = "waiting", _("Waiting")
    LEFT = "left", _("Left, not known yet how")
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Abandoned")
    FLOWED_OUT = "flowed_out", _("Flowed out")


class LegKind(models.TextChoices):
    """Whose channel a leg is."""

    CALLER = "caller", _("Caller")
    AGENT = "agent", _("Agent")
    EXTERNAL = "external", _("External")


class FactSource(models.TextChoices):
    """Who told us a fact."""

    AGI = "agi", "AGI"
    AMI = "ami", "AMI"
    CEL = "cel", "CEL"
    DIALPLAN = "dialplan", _("Dialplan")
    RESYNC = "resync", _("Resynchronisation")
    ACD = "acd", _("Distributor")
    DESK = "desk", _("Desk")
