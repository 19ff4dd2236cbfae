"""What the switchboard's rows choose from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.number_kind import NumberKind


class DialClass(models.IntegerChoices):
    """The costliest kind of number that somebody may dial; it includes those before it."""

    INTERNAL = NumberKind.INTERNAL.value, _("colleagues and queues only")
    LOCAL = NumberKind.LOCAL.value, _("local calls")
    NATIONAL = NumberKind.NATIONAL.value, _("national calls")
    INTERNATIONAL = NumberKind.INTERNATIONAL.value, _("international calls")
    PREMIUM = NumberKind.PREMIUM.value, _("premium-rate numbers too")


class OrderSource(models.TextChoices):
    """Who ordered that a number be dialled."""

    WEB = "web", _("Desk")
    API = "api", _("API")


class CampOnState(models.TextChoices):
    """How far a call back on busy has come; all but the first two are its end."""

    WAITING = "waiting", _("waiting for the colleague")
    RINGING = "ringing", _("your phone rings")
    TAKEN = "taken", _("called")
    MISSED = "missed", _("not answered")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")
