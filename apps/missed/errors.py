"""What can go wrong with a missed call."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class MissedTakenError(HuawuError):
    """A colleague calls this person back, or somebody has."""

    code = "missed.taken"
    status = 409
    text = _("A colleague is calling this person back, or somebody has already.")
