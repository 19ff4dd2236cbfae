"""Dial from the desk: a number that was typed, or the number of an object that is on the page."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.console.access import console_command
from apps.missed.selectors import missed_get_for
from apps.missed.services import missed_claim
from apps.switchboard.dial_text import dial_text
from apps.switchboard.errors import NoPhoneError, NotANumberError
from apps.switchboard.references import Referred, reference_number
from apps.switchboard.services import dial_order


@console_command
def dial(request: HttpRequest, *, user: User) -> HttpResponse:
    """Order the number; `dial` is what the page's phone dials, '' when the agent is rung instead.

    Fields: `reference` (`call:12`, see `switchboard.references`) or `number`, as people write it.
    """
    agent = agent_of(user)
    if agent is None:
        raise NoPhoneError(user.username)
    reference = request.POST.get("reference", "")
    if reference:
        found = reference_number(user=user, reference=reference)
    else:
        found = Referred(dial_text(request.POST.get("number", "")))
    if not found.number:
        raise NotANumberError(reference)
    _claim(user, agent, reference)
    ordered = dial_order(
        agent=agent,
        # What the ledger or a customer's row holds may be written with blanks and hyphens.
        number=dial_text(found.number),
        queue_number=found.queue_number,
        by=user,
        about=reference,
    )
    return JsonResponse({"dial": ordered.token})


def _claim(user: User, agent: Agent, reference: str) -> None:
    """Keep colleagues from calling the same missed caller. Raises MissedTakenError."""
    kind, _colon, key = reference.partition(":")
    if kind == "missed":
        missed_claim(missed=missed_get_for(user=user, pk=int(key)), agent=agent)
