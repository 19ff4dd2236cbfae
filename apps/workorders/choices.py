"""The words of work orders that people read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """Where an order is; the values are `engine.state.Status`."""

    DRAFT = "draft", _("Draft")
    RUNNING = "running", _("In progress")
    RETURNED = "returned", _("Returned to submitter")
    COMPLETED = "completed", _("Completed")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")
    CLOSED = "closed", _("Closed by hand")


class StepState(models.TextChoices):
    """Where one step is; the values are `engine.state.RunStatus`, and `returned`."""

    ACTIVE = "active", _("In progress")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    DROPPED = "dropped", _("No longer needed")
    RETURNED = "returned", _("Gone back")


class SeatState(models.TextChoices):
    """Where one person's part is; the values are `engine.state.SeatStatus`."""

    WAITING = "waiting", _("Not yet his turn")
    OPEN = "open", _("To do")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    PASSED = "passed", _("Handed on")
    DROPPED = "dropped", _("No longer needed")


class ActKind(models.TextChoices):
    """What was done; the values are `engine.state.Kind`."""

    CREATE = "create", _("Created")
    EDIT = "edit", _("Edited")
    SUBMIT = "submit", _("Submitted")
    APPROVE = "approve", _("Approved")
    REJECT = "reject", _("Rejected")
    RETURN = "return", _("Returned")
    WITHDRAW = "withdraw", _("Withdrawn")
    DELEGATE = "delegate", _("Handed on")
    ADD = "add", _("Approver added")
    CLAIM = "claim", _("Claimed")
    RELEASE = "release", _("Released")
    REASSIGN = "reassign", _("Reassigned")
    URGE = "urge", _("Urged")
    ESCALATE = "escalate", _("Escalated")
    COMMENT = "comment", _("Commented")
    WAIT = "wait", _("Waiting for customer")
    RESUME = "resume", _("Resumed")
    CANCEL = "cancel", _("Cancelled")
    CLOSE = "close", _("Closed by hand")


class Priority(models.TextChoices):
    """How urgent an order is."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


LIVE_STATES = (OrderState.DRAFT, OrderState.RUNNING, OrderState.RETURNED)
OPEN_STATES = (OrderState.RUNNING, OrderState.RETURNED)
ENDED_STATES = (
    OrderState.COMPLETED,
    OrderState.REJECTED,
    OrderState.CANCELLED,
    OrderState.CLOSED,
)
