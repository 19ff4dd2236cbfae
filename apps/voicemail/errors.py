"""What can go wrong with voicemail messages."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class TakenError(HuawuError):
    """Somebody else was quicker."""

    code = "voicemail.taken"
    status = 409
    text = _("A colleague has already taken this message.")


class PinFormError(HuawuError):
    """A PIN that cannot be keyed, or is too short."""

    code = "voicemail.pin_form"
    status = 422
    text = _("The PIN must be 4 to 12 digits.")
