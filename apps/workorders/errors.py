"""What can go wrong with work orders."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError
from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.problems import Problem
from apps.workorders.texts import act_error_text

RIGHTS = ("not_yours", "own_order")


class ActRefusedError(HuawuError):
    """The engine refuses an act; `reason` is its code."""

    code = "workorders.refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def status(self) -> int:  # type: ignore[override]  # depends on the reason
        """Return 403 where the right is missing, 409 where the order is not in that state."""
        return 403 if self.reason in RIGHTS else 409

    @property
    def text(self) -> object:  # type: ignore[override]  # depends on the reason
        """Return why, for people."""
        return act_error_text(self.reason)


class ValuesRefusedError(HuawuError):
    """Some fields are missing or wrong; `errors` says which and why."""

    code = "workorders.values"
    status = 400
    text = _("Some fields need another look.")

    def __init__(self, errors: Mapping[str, FieldError]) -> None:
        super().__init__(", ".join(f"{key}: {error.code}" for key, error in errors.items()))
        self.errors = dict(errors)


class MoveElsewhereError(HuawuError):
    """The flow leads a moved card to other steps than the one on which it was dropped."""

    code = "workorders.elsewhere"
    status = 409

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)

    @property
    def text(self) -> object:  # type: ignore[override]  # names where it would go
        """Return where the flow leads, for people."""
        return _("Not moved: the flow leads this order to %(steps)s.") % {
            "steps": ", ".join(self.names)
        }


class DocumentRefusedError(HuawuError):
    """A form or flow cannot be published; `problems` of each."""

    code = "workorders.document"
    status = 400
    text = _("The form or the flow has faults. Correct them, then publish.")

    def __init__(self, form: list[Problem], flow: list[Problem]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.code}" for one in (*form, *flow)))
        self.form = form
        self.flow = flow


class StaleError(HuawuError):
    """Somebody else changed it since it was looked at."""

    code = "workorders.stale"
    status = 409
    text = _("Somebody else has changed this in the meantime. Look at it again.")


class NotPublishedError(HuawuError):
    """The type has no published version, or is switched off."""

    code = "workorders.not_published"
    status = 409
    text = _("This type is not in use.")


class NameTakenError(HuawuError):
    """Another type has this name or prefix."""

    code = "workorders.name_taken"
    status = 409
    text = _("Another type has this name or prefix already.")


class FileRefusedError(HuawuError):
    """The file's content is not of a kind that is kept, or too big."""

    code = "workorders.file"
    status = 400
    text = _("Only pictures, PDF, office documents, plain text and sound up to 20 MB are kept.")


class TooManyFilesError(HuawuError):
    """The order has as many files as it may."""

    code = "workorders.too_many_files"
    status = 409
    text = _("The order has as many files as it may have.")


class AbsenceRefusedError(HuawuError):
    """The absence makes no sense."""

    code = "workorders.absence"
    status = 400
    text = _("Choose another person as stand-in, and an end after the beginning.")


class BadTypeError(HuawuError):
    """A type's name, prefix or times make no sense."""

    code = "workorders.bad_type"
    status = 400
    text = _("Give a name and a prefix of one to six capital letters.")
