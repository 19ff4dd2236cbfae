"""What can go wrong with screens on the wall."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class WallEmptyError(HuawuError):
    """It would show nothing."""

    code = "live_board.wall_empty"
    status = 400
    text = _("Give it a name, and choose at least one queue and one part.")


class WallLimitError(HuawuError):
    """The company has very many already."""

    code = "live_board.wall_limit"
    status = 409
    text = _("There are too many wall displays. Revoke some first.")
