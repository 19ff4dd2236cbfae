"""What the desk's buttons do. The page changes when the event comes back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import agent_own
from apps.acd import services as acd
from apps.acd.declines import call_decline
from apps.calls.selectors import call_get_for
from apps.console.access import console_command
from apps.console.texts import PAUSE_REASONS
from apps.customers.selectors import customer_get_for
from apps.customers.services import customer_note_update
from apps.dispositions.services import agent_ready_when_done
from apps.ivr.standard_answers import answer_transfer
from apps.recordings import pauses

DONE = 204


@console_command
def sign_in(request: HttpRequest, *, user: User) -> HttpResponse:
    """Sign the agent in to his queues."""
    acd.agent_sign_in(agent=agent_own(user))
    return HttpResponse(status=DONE)


@console_command
def sign_out(request: HttpRequest, *, user: User) -> HttpResponse:
    """Take the agent out of his queues."""
    acd.agent_sign_out(agent=agent_own(user))
    return HttpResponse(status=DONE)


@console_command
def ready(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make the agent ready; not while his last call needs a disposition."""
    agent_ready_when_done(agent=agent_own(user))
    return HttpResponse(status=DONE)


@console_command
def pause(request: HttpRequest, *, user: User) -> HttpResponse:
    """Make the agent busy; an unknown reason is taken as a short break."""
    reason = request.POST.get("reason", "")
    acd.agent_pause(
        agent=agent_own(user), reason=reason if reason in PAUSE_REASONS else PAUSE_REASONS[0]
    )
    return HttpResponse(status=DONE)


@console_command
def wrap_up_more(request: HttpRequest, *, user: User) -> HttpResponse:
    """Give the agent a minute more of wrap-up."""
    acd.agent_wrap_up_extend(agent=agent_own(user))
    return HttpResponse(status=DONE)


@console_command
def standard_answer(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Send the caller with whom the agent talks to a standard answer."""
    answer_transfer(
        call=call_get_for(user=user, pk=pk),
        agent=agent_own(user),
        name=request.POST.get("name", ""),
        is_back=request.POST.get("back") == "1",
    )
    return HttpResponse(status=DONE)


@console_command
def decline(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Keep why the agent declines the call that rings at him."""
    call_decline(
        call=call_get_for(user=user, pk=pk),
        agent=agent_own(user),
        user=user,
        reason=request.POST.get("reason", ""),
    )
    return HttpResponse(status=DONE)


@console_command
def recording_pause(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Pause the recording of the agent's call (`on`=1) or let it go on."""
    pauses.recording_pause(
        call=call_get_for(user=user, pk=pk),
        agent=agent_own(user),
        is_on=request.POST.get("on") == "1",
        reason=request.POST.get("reason", ""),
    )
    return HttpResponse(status=DONE)


@console_command
def customer_note(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Save the note that the next call shows."""
    customer = customer_get_for(user=user, pk=pk)
    customer_note_update(customer=customer, note=request.POST.get("note", ""), actor=user)
    messages.success(request, _("Saved."))
    return redirect("console:customer", pk=customer.pk)
