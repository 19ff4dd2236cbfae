"""Errors of customers."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class CustomersError(HuawuError):
    """The root of this app's errors."""

    code: ClassVar[str] = "customers.error"


class CustomerRefusedError(CustomersError):
    """Values cannot be saved. `fields` is {field: text for people}; nothing was written."""

    code = "customers.refused"
    text = _("Some values do not fit.")

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items())[:500])
        self.fields = dict(fields)


class MergeRefusedError(CustomersError):
    """Two rows cannot become one: the same one, or one that is no longer there."""

    code = "customers.merge_refused"
    status = 409
    text = _("These two cannot be merged. Look whether both still exist.")


class UndoRefusedError(CustomersError):
    """The merge was undone already, or is too old."""

    code = "customers.undo_refused"
    status = 409
    text = _("This can no longer be undone.")


class WordTakenError(CustomersError):
    """The company has this name or key already."""

    code = "customers.word_taken"
    status = 409
    text = _("There is one of this name already.")


class WordInUseError(CustomersError):
    """Customers still carry it."""

    code = "customers.word_in_use"
    status = 409
    text = _("Customers still have it: switch it off instead.")


class BlacklistRefusedError(CustomersError):
    """The number, the reason or the time does not fit."""

    code = "customers.blacklist_refused"
    text = _("A number and a reason are needed, and an end that lies ahead.")


class RevealLimitError(CustomersError):
    """The person looked at too many full numbers within an hour."""

    code = "customers.reveal_limit"
    status = 429
    text = _("You have looked at many full numbers. Wait an hour, or ask your team lead.")


class SecondPersonNeededError(CustomersError):
    """The company wants four eyes: an erasure has to be proposed first."""

    code = "customers.second_person_needed"
    status = 409
    text = _("A second person must agree: propose it.")


class ReasonMissingError(CustomersError):
    """A proposal or a refusal says why."""

    code = "customers.reason_missing"
    text = _("Write why.")


class OwnProposalError(CustomersError):
    """Who proposed cannot be the second person."""

    code = "customers.own_proposal"
    status = 403
    text = _("You proposed it yourself: somebody else must decide.")


class AlreadyProposedError(CustomersError):
    """The customer has an open proposal."""

    code = "customers.already_proposed"
    status = 409
    text = _("This is proposed already.")


class ProposalOverError(CustomersError):
    """The proposal was decided, withdrawn, or is too old."""

    code = "customers.proposal_over"
    status = 409
    text = _("This proposal no longer waits: it was decided, withdrawn or has expired.")
