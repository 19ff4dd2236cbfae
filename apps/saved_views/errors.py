"""What can go wrong with a saved filter."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class ViewRefusedError(HuawuError):
    """No name, or too many of them."""

    code = "saved_views.refused"
    status = 422
    text = _("Give the filter a name of at most 40 characters.")


class ViewEmptyError(HuawuError):
    """Nothing is filtered: there is nothing to keep."""

    code = "saved_views.empty"
    status = 422
    text = _("Choose a filter first, press Search, then keep it.")


class ViewTooManyError(HuawuError):
    """A person keeps no more than the list can show."""

    code = "saved_views.too_many"
    status = 409
    text = _("You keep 30 filters of this list already. Remove one first.")
