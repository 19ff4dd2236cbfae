"""The desk's call operations. The page changes when the event comes back."""

from django.http import HttpRequest, HttpResponse

from apps.accounts.models import User
from apps.accounts.selectors import agent_own
from apps.call_control.services import MOST_NOTE, call_operate
from apps.calls.selectors import call_get_for
from apps.console.access import console_command
from apps.core.form_text import form_text

DONE = 204
OPERATIONS = frozenset(
    {
        "hold",
        "unhold",
        "transfer",
        "consult",
        "swap",
        "complete",
        "cancel",
        "conference",
        "drop",
        "leave",
        "take-back",
        "park",
        "unpark",
    }
)


@console_command
def operate(request: HttpRequest, pk: int, operation: str, *, user: User) -> HttpResponse:
    """Order one operation of the agent's own call."""
    call_operate(
        call=call_get_for(user=user, pk=pk),
        agent=agent_own(user),
        operation=operation,
        kind=request.POST.get("kind", ""),
        to=form_text(request.POST.get("to", ""), 80),
        party=request.POST.get("party", ""),
        note=form_text(request.POST.get("note", ""), MOST_NOTE),
    )
    return HttpResponse(status=DONE)
