"""What can go wrong with queues and agents."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NotSignedInError(HuawuError):
    """The agent must sign in first."""

    code = "acd.not_signed_in"
    status = 409
    text = _("You are signed out. Sign in to the queues first.")


class NotWrappingUpError(HuawuError):
    """There is no wrap-up to end or lengthen."""

    code = "acd.not_wrapping_up"
    status = 409
    text = _("You are not in wrap-up.")


class WrapUpLimitError(HuawuError):
    """The queue allows no more time."""

    code = "acd.wrap_up_limit"
    status = 409
    text = _("This queue allows no longer wrap-up.")


class NoQueueError(HuawuError):
    """The agent serves no queue, so signing in would do nothing."""

    code = "acd.no_queue"
    status = 409
    text = _("You are in no queue. Ask your team lead to add you to one.")


class NoOutsidePhoneError(HuawuError):
    """He wants to work with an outside phone of which nobody knows the number."""

    code = "acd.no_outside_phone"
    status = 409
    text = _("Enter the number of your mobile or outside phone in the settings first.")


class CallBackRefusedError(HuawuError):
    """The number is none that can be dialled, or one that the company does not call."""

    code = "acd.call_back_refused"
    status = 422
    text = _("This number cannot be called back.")


class CallBackOutError(HuawuError):
    """The call-back is no longer waiting: it is being made, or it is closed."""

    code = "acd.call_back_not_waiting"
    status = 409
    text = _("The call-back is being made or is closed. Look at it again.")


class CallBackWindowError(HuawuError):
    """Customers are not called at this time of the day."""

    code = "acd.call_back_outside_hours"
    status = 409
    text = _("Customers are not called back at this time of the day.")


class WhatIfEmptyError(HuawuError):
    """Nobody joined a queue on the day."""

    code = "acd.what_if_empty"
    status = 422
    text = _("No call joined these queues on that day. Choose another day.")


class WhatIfBusyError(HuawuError):
    """The company has as many runs under way as it may."""

    code = "acd.what_if_busy"
    status = 409
    text = _("Other runs are under way. Wait until one is done, or cancel one.")


class NotRingingError(HuawuError):
    """The call does not ring at this agent now."""

    code = "acd.not_ringing"
    status = 409
    text = _("The call does not ring at you any more.")
