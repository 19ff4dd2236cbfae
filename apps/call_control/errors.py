"""Why a call operation is not done."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NotNowError(HuawuError):
    """The operation does not fit the call's state, or the call is not this agent's."""

    code = "call_control.not_now"
    status = 409
    text = _("This cannot be done with the call just now.")


class WrongDestinationError(HuawuError):
    """The number is not of the kind that was asked for."""

    code = "call_control.wrong_destination"
    status = 422
    text = _("Nobody can be reached at this number. Choose from the list or look at its digits.")


class NoQueueToConsultError(HuawuError):
    """A queue has no one person to talk with first."""

    code = "call_control.no_queue_to_consult"
    status = 422
    text = _("A queue cannot be asked first. Transfer the call to it.")
