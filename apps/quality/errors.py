"""What can go wrong in quality inspection."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError
from apps.quality.engine import appeals


class SheetChangedError(HuawuError):
    """Somebody else has saved the sheet meanwhile."""

    code = "quality.sheet_changed"
    status = 409
    text = _("Somebody has changed the sheet in the meantime. Look at it again; yours is not kept.")


class BadSheetError(HuawuError):
    """The document is no sheet yet; `problems` say why."""

    code = "quality.bad_sheet"
    text = _("The sheet cannot be published yet.")


class NotPublishedError(HuawuError):
    """The sheet has no published version."""

    code = "quality.not_published"
    text = _("The sheet has not been published. Publish it first.")


class NameTakenError(HuawuError):
    """A sheet or plan of this name exists."""

    code = "quality.name_taken"
    status = 409
    text = _("There is one of this name already. Choose another name.")


class BadPlanError(HuawuError):
    """The plan says what cannot be."""

    code = "quality.bad_plan"
    text = _("The plan cannot be saved so. Look at its fields again.")


class AlreadyDrawnError(HuawuError):
    """The plan has drawn for this period."""

    code = "quality.already_drawn"
    status = 409
    text = _("The plan has already drawn for this period.")


class AlreadyInspectedError(HuawuError):
    """The recording is on somebody's list or scored."""

    code = "quality.already_inspected"
    status = 409
    text = _("This recording is inspected already.")


class NobodysRecordingError(HuawuError):
    """Nobody of ours talks in the recording, or it cannot be played."""

    code = "quality.nobodys_recording"
    text = _("This recording cannot be inspected: it has no agent or no sound.")


class NotInspectorError(HuawuError):
    """The person may not inspect this."""

    code = "quality.not_inspector"
    text = _("This person cannot inspect it: his role or his scope does not allow it.")


class AnswersChangedError(HuawuError):
    """The answers were saved elsewhere meanwhile."""

    code = "quality.answers_changed"
    status = 409
    text = _("This inspection was changed elsewhere in the meantime. Open it again.")


class IncompleteError(HuawuError):
    """Items are without an answer."""

    code = "quality.incomplete"
    text = _("Answer every item first, or mark it as not applicable.")


class NeedsReasonError(HuawuError):
    """The act needs words that the other reads."""

    code = "quality.needs_reason"
    text = _("Write why: the other person reads it.")


class HandedInError(HuawuError):
    """The calibration is closed, or the person has handed in."""

    code = "quality.handed_in"
    status = 409
    text = _("This was handed in and is not changed any more.")


class FewInspectorsError(HuawuError):
    """A calibration of fewer than two."""

    code = "quality.few_inspectors"
    text = _("Choose at least two inspectors who may hear the recording.")


class WrongStateError(HuawuError):
    """The inspection is in no state in which this can be done."""

    code = "quality.wrong_state"
    status = 409
    text = _("The inspection has changed in the meantime. Look at it again.")


class NotHisError(HuawuError):
    """It is another person's to do."""

    code = "quality.not_his"
    status = 403
    text = _("Only the inspector himself, or the agent himself, can do this.")


class OwnCaseError(HuawuError):
    """Nobody judges himself."""

    code = "quality.own_case"
    status = 403
    text = _("Nobody inspects his own call.")


class TooLateError(HuawuError):
    """The time for it is over."""

    code = "quality.too_late"
    status = 409
    text = _("The time for this is over.")


class NoMoreAppealsError(HuawuError):
    """As often as the company allows, he has appealed."""

    code = "quality.no_more_appeals"
    status = 409
    text = _("There is no further appeal against this inspection.")


class JudgedError(HuawuError):
    """Who set the score does not decide about it."""

    code = "quality.judged"
    status = 403
    text = _("You have set this score yourself. A second inspector decides the appeal.")


# The error for each reason of the engine.
REFUSED: dict[str, type[HuawuError]] = {
    appeals.WRONG_STATE: WrongStateError,
    appeals.NOT_HIS: NotHisError,
    appeals.OWN_CASE: OwnCaseError,
    appeals.TOO_LATE: TooLateError,
    appeals.NO_MORE: NoMoreAppealsError,
    appeals.JUDGED: JudgedError,
}
