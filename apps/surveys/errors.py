"""What can go wrong with surveys."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NoSurveyError(HuawuError):
    """The queue in which the caller was served has no survey."""

    code = "surveys.none"
    status = 409
    text = _("This queue has no survey.")
