"""The desk's call operations. The page changes when the event comes back."""

from django.http import HttpRequest, HttpResponse

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_of
from apps.call_control.services import call_operate
from apps.calls.selectors import call_get_for
from apps.console.access import console_command
from apps.core.errors import ForbiddenError

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
        agent=_agent(user),
        operation=operation,
        kind=request.POST.get("kind", ""),
        to=request.POST.get("to", "").replace("\0", "").strip()[:80],
        party=request.POST.get("party", ""),
    )
    return HttpResponse(status=DONE)


def _agent(user: User) -> Agent:
    agent = agent_of(user)
    if agent is None:
        raise ForbiddenError(user.username)
    return agent
