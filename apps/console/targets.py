"""What the transfer dialog asks for: whom a call can be given to."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import agent_of
from apps.acd.targets import target_list
from apps.console.access import console_page
from apps.core.errors import NotFoundError


@console_page
@require_safe
def targets(request: HttpRequest, *, user: User) -> HttpResponse:
    """Answer the agents and queues that match `q`; for who takes calls himself."""
    if agent_of(user) is None:
        raise NotFoundError("targets")
    found = target_list(user=user, asked=request.GET.get("q", ""))
    response = JsonResponse({"targets": found})
    response["Cache-Control"] = "no-store"
    return response
