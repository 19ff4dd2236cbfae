"""Why a number is not dialled."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError
from apps.switchboard.engine import dialling


class DialError(HuawuError):
    """The number is not dialled."""

    code = "switchboard.not_dialled"
    status = 422
    text = _("This number cannot be dialled.")


class NotANumberError(DialError):
    """Neither a colleague, nor a queue, nor a number outside."""

    code = "switchboard.not_a_number"
    text = _("This is no number that can be dialled. Look at its digits.")


class BarredError(DialError):
    """His class does not include this kind of number."""

    code = "switchboard.barred"
    status = 403
    text = _("You are not allowed to call this kind of number. Ask your team lead.")


class OutsideHoursError(DialError):
    """The company does not call outside at this time."""

    code = "switchboard.outside_hours"
    status = 403
    text = _("Numbers outside are not called at this time of the day.")


class UnwelcomeError(DialError):
    """The number is on the company's blacklist."""

    code = "switchboard.blacklisted"
    status = 403
    text = _("This number is on the blacklist and is not called.")


class NoLineError(DialError):
    """There is no trunk, or no number of the company's to show."""

    code = "switchboard.no_line"
    status = 503
    text = _("There is no line for calls outside. Tell your administrator.")


class RingTimeError(DialError):
    """His phones shall ring shorter or longer than is good before a forward."""

    code = "switchboard.ring_time"
    text = _("Choose 5 to 60 seconds of ringing before the forward.")


class TooManyCampOnsError(DialError):
    """He waits for as many colleagues as one may."""

    code = "switchboard.too_many_camp_ons"
    status = 409
    text = _("You wait for five colleagues already. Cancel one first.")


class OwnNumberError(DialError):
    """He dialled himself."""

    code = "switchboard.own_number"
    text = _("This is your own number.")


class NoPhoneError(DialError):
    """The person has no phone that could dial."""

    code = "switchboard.no_phone"
    status = 403
    text = _("You have no phone here: only agents dial.")


class OnCallError(DialError):
    """His phone is in use: ringing it would fail."""

    code = "switchboard.on_call"
    status = 409
    text = _("The phone is in use. End the call first.")


class OutsideInUseError(DialError):
    """He works with the outside phone that he takes away."""

    code = "switchboard.outside_in_use"
    status = 409
    text = _("You are signed in with this phone. Choose another one first.")


class KeyUsedError(DialError):
    """The idempotency key belongs to another order."""

    code = "switchboard.key_used"
    status = 409
    text = _("This Idempotency-Key was used for another call.")


REFUSALS: dict[str, type[DialError]] = {
    dialling.BARRED: BarredError,
    dialling.OUTSIDE_HOURS: OutsideHoursError,
    dialling.UNWELCOME: UnwelcomeError,
    "not_a_number": NotANumberError,
    "no_line": NoLineError,
    "own_number": OwnNumberError,
}
