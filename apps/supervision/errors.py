"""What can go wrong when one supervises."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class NoPhoneError(HuawuError):
    """The person has no phone in Asterisk."""

    code = "supervision.no_phone"
    status = 409
    text = _("You have no phone. Ask an admin to give you an agent number, then try again.")


class NobodyTalksError(HuawuError):
    """No agent talks in this call now."""

    code = "supervision.nobody_talks"
    status = 409
    text = _("No agent talks in this call any more.")


class OwnCallError(HuawuError):
    """It is the person's own call."""

    code = "supervision.own_call"
    status = 409
    text = _("This is your own call.")


class BusyError(HuawuError):
    """The person is on a call or listens elsewhere."""

    code = "supervision.busy"
    status = 409
    text = _("You are on another call. End it first.")


class NotListeningError(HuawuError):
    """There is nothing to switch or stop."""

    code = "supervision.not_listening"
    status = 409
    text = _("You do not listen to this call.")


class NoCustomerError(HuawuError):
    """The call has no party outside whom one could take over."""

    code = "supervision.no_customer"
    status = 409
    text = _("There is no caller to take over in this call.")


class ReasonNeededError(HuawuError):
    """Ending another's call, or sending him away, needs a reason."""

    code = "supervision.reason"
    status = 400
    text = _("Say why.")


class NotRingingError(HuawuError):
    """The call rings at no colleague any more."""

    code = "supervision.not_ringing"
    status = 409
    text = _("This call does not ring any more.")


class NotYourColleagueError(HuawuError):
    """He neither serves the call's queue nor shares a pick-up group with whom it rings at."""

    code = "supervision.not_your_colleague"
    status = 403
    text = _("You may not pick up this colleague's calls.")


class GroupNameError(HuawuError):
    """A pick-up group needs a name of its own."""

    code = "supervision.group_name"
    status = 422
    text = _("Give the group a name that no other group has.")


class GroupNotYoursError(HuawuError):
    """The group has members whom the person does not see."""

    code = "supervision.group_not_yours"
    status = 403
    text = _("This group has agents of other teams: only an administrator deletes it.")


class TooManyGroupsError(HuawuError):
    """There is a limit for groups and for members of one."""

    code = "supervision.too_many_groups"
    status = 422
    text = _("There are too many groups, or too many agents in this one (200 at most).")


class RevealLimitError(HuawuError):
    """The person has looked at very many numbers."""

    code = "supervision.reveal_limit"
    status = 429
    text = _("You have looked at many numbers in the last hour. Try again later.")
