"""What can be wrong with opening the toolbar."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class ToolbarError(HuawuError):
    """The root of the toolbar's errors."""


class OriginNotAllowedError(ToolbarError):
    """The site is not on the company's list."""

    code = "toolbar.origin_not_allowed"
    status = 403
    text = _("This site is not on the company's list of toolbar sites (administration).")


class LaunchNotValidError(ToolbarError):
    """The token is unknown, too old, used, or its site or agent was taken off since."""

    code = "toolbar.launch_not_valid"
    status = 410
    text = _("This link to the toolbar has been used or is too old. Load the page again.")
