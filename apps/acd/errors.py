"""What can go wrong with queues and agents."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NotSignedInError(HuawuError):
    """The agent must sign in first."""

    code = "acd.not_signed_in"
    status = 409
    text = _("You are signed out. Sign in to the queues first.")


class NoQueueError(HuawuError):
    """The agent serves no queue, so signing in would do nothing."""

    code = "acd.no_queue"
    status = 409
    text = _("You are in no queue. Ask your team lead to add you to one.")
