"""What can go wrong with targets."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class BadTargetError(HuawuError):
    """No such figure, or a value that it cannot have."""

    code = "workday.bad_target"
    status = 422
    text = _("Give a whole number: calls, seconds up to 86400, or percent up to 100.")
