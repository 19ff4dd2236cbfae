"""What can go wrong with recordings, in words for people."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError
from apps.recordings.choices import Trouble


class ConversionError(Exception):
    """A recording could not be converted now; `trouble` says why, `detail` is for the list."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble, self.detail = trouble, detail


class NothingToHearError(HuawuError):
    """The recording is missing, removed or not finished."""

    code = "recordings.nothing_to_hear"
    status = 404
    text = _("There is nothing to hear.")


class StoreDownError(HuawuError):
    """What keeps the sound does not answer, or the key to it is missing."""

    code = "recordings.store_down"
    status = 503
    text = _("The recording cannot be read now. Try again later, or tell your admin.")


class HeldError(HuawuError):
    """A legal hold forbids what would remove sound."""

    code = "recordings.held"
    status = 409
    text = _(
        "A recording of this customer is under a legal hold and must not be removed. Nothing was "
        "changed. End the hold first, or ask who placed it."
    )


class HoldTwiceError(HuawuError):
    """The call is held already."""

    code = "recordings.held_already"
    status = 409
    text = _("This call is under a legal hold already.")


class HoldLateError(HuawuError):
    """The sound is gone, or going."""

    code = "recordings.hold_late"
    status = 409
    text = _("There is no sound left to hold.")


class ReasonMissingError(HuawuError):
    """A hold wants a reason."""

    code = "recordings.reason"
    status = 422
    text = _("Say why.")


class PolicyError(HuawuError):
    """A policy that cannot be."""

    code = "recordings.policy"
    status = 422
    text = _("Check what you have chosen.")


class SealedOriginalError(PolicyError):
    """Encrypted beside a plain original is not encrypted."""

    code = "recordings.sealed_original"
    text = _("With encryption the original cannot be kept: it is not encrypted.")


class NoKeyError(PolicyError):
    """The installation has no key."""

    code = "recordings.no_key"
    text = _(
        "This installation has no key to encrypt with. Set HUAWU_RECORDING_KEYS, then try again."
    )


class DaysError(PolicyError):
    """A number of days that is none."""

    code = "recordings.days"
    text = _("Days are a whole number from 0 (for ever) to 36500.")


class MarkTextError(HuawuError):
    """A mark without words, or with too many, or outside the recording."""

    code = "recordings.mark"
    status = 422
    text = _("A mark has 1 to 200 characters and lies within the recording.")


class TooManyMarksError(HuawuError):
    """A person has as many marks in a recording as he may."""

    code = "recordings.marks_full"
    status = 409
    text = _("There are 100 marks of yours in this recording already.")


class TooMuchError(HuawuError):
    """More than one file may hold."""

    code = "recordings.too_much"
    status = 422
    text = _("At most 200 recordings and 2 GB can be downloaded at once. Choose fewer.")


class NothingChosenError(HuawuError):
    """No recording was chosen that can be played."""

    code = "recordings.nothing_chosen"
    status = 422
    text = _("Choose recordings that can be played.")
