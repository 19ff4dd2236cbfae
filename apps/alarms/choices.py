"""The words of alarms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.alarms.engine import metrics


class Metric(models.TextChoices):
    """What is watched; `engine.metrics` says how."""

    WAITING = metrics.WAITING, _("Callers waiting")
    LONGEST_WAIT = metrics.LONGEST_WAIT, _("Longest wait now (s)")
    SERVICE_LEVEL = metrics.SERVICE_LEVEL, _("Service level, last 30 minutes (%)")
    ABANDON_RATE = metrics.ABANDON_RATE, _("Abandon rate, last 30 minutes (%)")
    AGENTS_READY = metrics.AGENTS_READY, _("Agents ready")
    TRUNKS_DOWN = metrics.TRUNKS_DOWN, _("Trunks not reachable")
    LINK_DOWN = metrics.LINK_DOWN, _("Exchange link down (1: down)")
    RECORDING_FAULTS = metrics.RECORDING_FAULTS, _("Recording faults, last hour")


class Severity(models.TextChoices):
    """How much an alarm matters."""

    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class Channel(models.TextChoices):
    """How people or programs outside are told."""

    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")


class NoticeState(models.TextChoices):
    """How far a notice is."""

    PENDING = "pending", _("To be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


class NoticeEvent(models.TextChoices):
    """What is told."""

    RAISED = "raised", _("Raised")
    CLEARED = "cleared", _("Over")
