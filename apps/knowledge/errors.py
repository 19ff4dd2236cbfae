"""What can go wrong with the knowledge base."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class InvalidArticleError(HuawuError):
    """Something of the article cannot be kept so."""

    code = "knowledge.invalid"
    status = 422
    text = _("Give a title of at most 200 characters.")


class TooLongError(InvalidArticleError):
    """The text is longer than one article should be."""

    code = "knowledge.too_long"
    text = _("The text is too long for one article. Divide it into several.")


class NothingToPublishError(InvalidArticleError):
    """There is no text."""

    code = "knowledge.empty"
    text = _("Write the text before you hand it in.")


class ReasonMissingError(InvalidArticleError):
    """A draft is sent back with a reason only."""

    code = "knowledge.reason_missing"
    text = _("Say what should be changed.")


class DatesError(InvalidArticleError):
    """The date lies in the past."""

    code = "knowledge.dates"
    text = _("Choose a date that is still to come.")


class DraftChangedError(HuawuError):
    """Somebody else has saved in the meantime; what was sent is kept beside his."""

    code = "knowledge.draft_changed"
    status = 409
    text = _("Somebody else has changed this draft in the meantime. Your text is kept beside it.")


class IllegalStateError(HuawuError):
    """This cannot be done with the article as it is now."""

    code = "knowledge.illegal_state"
    status = 409
    text = _("The article has changed in the meantime. Look at it again.")


class NameTakenError(HuawuError):
    """There is a category with this name at this place."""

    code = "knowledge.name_taken"
    status = 422
    text = _("There is already a category with this name here.")


class PlaceError(HuawuError):
    """A category cannot lie below itself, nor deeper than four levels."""

    code = "knowledge.place"
    status = 422
    text = _("A category cannot lie here: at most four levels, and not below itself.")


class SynonymError(HuawuError):
    """Synonyms need two words at least."""

    code = "knowledge.synonyms"
    status = 422
    text = _("Give at least two words, each at most 40 characters.")


class FileRefusedError(HuawuError):
    """The file is of a kind that is not taken, or its content is not what its name says."""

    code = "knowledge.file_kind"
    status = 422
    text = _(
        "Only PNG, JPEG, GIF, WebP, PDF, text, CSV and Office files (DOCX, XLSX, PPTX) are taken."
    )


class FileTooLargeError(HuawuError):
    """The file is larger than ten megabytes, or the article has too many."""

    code = "knowledge.file_size"
    status = 422
    text = _("A file may have 10 MB, and an article 30 files.")
