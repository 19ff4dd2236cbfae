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
