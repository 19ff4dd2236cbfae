"""What can go wrong with calls."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NotTalkingError(HuawuError):
    """The caller does not talk with this agent now."""

    code = "calls.not_talking"
    status = 409
    text = _("The call is not with you any more.")
