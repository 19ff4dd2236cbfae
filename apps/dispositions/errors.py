"""What can go wrong after a call."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class DispositionNeededError(HuawuError):
    """The queue wants a disposition before the agent is ready."""

    code = "dispositions.needed"
    status = 409
    text = _("Choose how the call ended first: this queue requires it.")


class NotYourCallError(HuawuError):
    """Who saves took no part in the call."""

    code = "dispositions.not_your_call"
    status = 403
    text = _("You took no part in this call.")


class DispositionGoneError(HuawuError):
    """It is retired, has others below it, or belongs to another queue."""

    code = "dispositions.gone"
    status = 422
    text = _("This disposition can no longer be chosen. Choose another.")


class NoteChangedError(HuawuError):
    """A colleague wrote while this note was being written."""

    code = "dispositions.note_changed"
    status = 409
    text = _("A colleague has changed the note. Yours is kept here: put both together, save again.")


class DueInThePastError(HuawuError):
    """A follow-up lies in the future."""

    code = "dispositions.due_in_the_past"
    status = 422
    text = _("The time of the follow-up must lie ahead, within a year.")


class TooDeepError(HuawuError):
    """A tree has at most four levels."""

    code = "dispositions.too_deep"
    status = 422
    text = _("A disposition has at most four levels.")


class LoopError(HuawuError):
    """A disposition cannot lie below itself."""

    code = "dispositions.loop"
    status = 422
    text = _("A disposition cannot be moved below itself.")


class NameTakenError(HuawuError):
    """Beside it there is one of the same name."""

    code = "dispositions.name_taken"
    status = 422
    text = _("There is a disposition of this name in this place already. Choose another name.")


class BadNameError(HuawuError):
    """A name has between one and eighty characters."""

    code = "dispositions.bad_name"
    status = 422
    text = _("Give a name of at most 80 characters.")
