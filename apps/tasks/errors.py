"""What can go wrong with tasks."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class TaskTakenError(HuawuError):
    """Somebody else was quicker."""

    code = "tasks.taken"
    status = 409
    text = _("A colleague has already taken this task.")


class IllegalTransitionError(HuawuError):
    """The task is no longer in a state from which this can be done."""

    code = "tasks.illegal_transition"
    status = 409
    text = _("The task has changed in the meantime. Look at it again.")


class UnknownResultError(HuawuError):
    """A task of this kind has no such result."""

    code = "tasks.unknown_result"
    status = 400
    text = _("Choose how the task ended.")


class NotAssignableError(HuawuError):
    """The person cannot be given this task."""

    code = "tasks.not_assignable"
    status = 400
    text = _("This person cannot be given the task.")


class BadPlanError(HuawuError):
    """A title, a time or a repetition that cannot be."""

    code = "tasks.bad_plan"
    status = 400
    text = _("Give the task a title, and a time within the next five years.")
