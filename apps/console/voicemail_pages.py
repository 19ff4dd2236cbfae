"""Voicemail on the console: the list, one message, and what can be done with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from apps.accounts.models import User
from apps.accounts.selectors import agent_of, agent_own
from apps.acd.selectors import queue_boxes_for
from apps.acd.voicemail_news import voicemail_announce
from apps.audit.selectors import audit_of
from apps.console.access import console_command, console_page, render_work
from apps.console.filters import VoicemailFilter
from apps.console.tables import VoicemailTable
from apps.voicemail import services
from apps.voicemail.models import VoicemailMessage
from apps.voicemail.pins import pin_set
from apps.voicemail.selectors import box_by_agent, voicemail_get_for, voicemail_list_for

PAGE_ROWS = 25


def _message(user: User, pk: int) -> VoicemailMessage:
    return voicemail_get_for(user=user, pk=pk, boxes=queue_boxes_for(user))


@console_page
def message_list(request: HttpRequest, *, user: User) -> HttpResponse:
    """The messages that the person may hear, with filters, and his own PIN."""
    rows = voicemail_list_for(user=user, boxes=queue_boxes_for(user))
    found = VoicemailFilter(request.GET or None, queryset=rows, user=user)
    table = VoicemailTable(found.qs)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    agent = agent_of(user)
    box = box_by_agent(agent) if agent else None
    context = {
        "table": table,
        "filter": found,
        "is_agent": agent is not None,
        "has_pin": box is not None and box.has_pin,
        "title": _("Voicemail"),
    }
    return render_work(request, "console/voicemail.html", context)


@console_page
def message(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One message: player, note, who listened, and what can be done with it."""
    found = _message(user, pk)
    context = {
        "record": found,
        "listenings": audit_of(object_type="voicemail", object_id=pk, action="voicemail.listen"),
        "may_delete": user.role in services.MAY_DELETE,
        "title": _("Voicemail"),
    }
    return render_work(request, "console/voicemail_message.html", context)


@console_command
def claim(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take a message."""
    found = _message(user, pk)
    services.voicemail_claim(message=found, agent=agent_own(user))
    voicemail_announce(found)
    messages.success(request, _("The message is yours."))
    return redirect("console:voicemail")


@console_command
def close(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Close a message, with a note or without."""
    found = _message(user, pk)
    note = request.POST.get("note", "")
    services.voicemail_close(message=found, agent=agent_of(user), note=note)
    voicemail_announce(found)
    messages.success(request, _("The message is closed."))
    return redirect("console:voicemail")


@console_command
def reopen(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Make a closed message new again."""
    found = _message(user, pk)
    services.voicemail_reopen(message=found, actor=user)
    voicemail_announce(found)
    messages.success(request, _("The message is open again."))
    return redirect("console:voicemail-message", pk=pk)


@console_command
def note(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Save what colleagues should know."""
    services.voicemail_note(message=_message(user, pk), note=request.POST.get("note", ""))
    messages.success(request, _("Saved."))
    return redirect("console:voicemail-message", pk=pk)


@console_command
def delete(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Delete a message for good; for team leads and admins."""
    found = _message(user, pk)
    services.voicemail_delete(message=found, actor=user)
    voicemail_announce(found)
    messages.success(request, _("The message is deleted."))
    return redirect("console:voicemail")


@console_command
def pin(request: HttpRequest, *, user: User) -> HttpResponse:
    """Set the PIN with which the agent opens his box by phone."""
    pin_set(agent=agent_own(user), pin=request.POST.get("pin", ""))
    messages.success(request, _("Saved. Dial *98 to listen."))
    return redirect("console:voicemail")
