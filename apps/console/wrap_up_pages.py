"""The wrap-up panel of the desk: what it shows of a call, and what it saves."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import agent_of
from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.calls.selectors import call_get_for
from apps.console.access import console_command, console_page, render_work
from apps.core.phone_numbers import masked
from apps.dispositions.errors import DispositionGoneError, DueInThePastError
from apps.dispositions.selectors import (
    call_disposition,
    calls_without_disposition,
    disposition_choices,
    earlier_notes,
)
from apps.dispositions.services import (
    WrapUp,
    agent_ready_when_done,
    is_required_for,
    wrap_up_save,
)

DONE = 204


@console_page
@require_safe
def wrap_up(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """What the panel needs of a call: choices, what is kept already, earlier notes."""
    call = call_get_for(user=user, pk=pk)
    kept = call_disposition(call)
    answer = JsonResponse(
        {
            "id": call.pk,
            "label": _label(call, user),
            "is_required": is_required_for(call),
            "disposition": kept.disposition_id if kept else None,
            "note": call.note,
            "choices": [
                {"id": one.id, "path": one.path}
                for one in disposition_choices(queue_number=call.queue_number)
            ],
            "earlier": [_earlier(one) for one in earlier_notes(call, user=user)],
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _label(call: Call, user: User) -> str:
    number = other_number(call)
    shown = masked(number) if user.sees_numbers_masked else number
    at = date_format(timezone.localtime(call.started_at), "H:i")
    return f"{at} {call.customer.name if call.customer else shown}"


def _earlier(call: Call) -> dict[str, Any]:
    kept = getattr(call, "disposition", None)
    return {
        "at": date_format(timezone.localtime(call.started_at), "Y-m-d H:i"),
        "agent": str(call.agent or ""),
        "disposition": str(kept.disposition) if kept else "",
        "note": call.note,
    }


@console_command
def wrap_up_keep(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Save what the panel holds; with `ready` the wrap-up is over too."""
    agent = agent_of(user)
    post = request.POST
    kept = WrapUp(
        disposition_id=_chosen(post.get("disposition", "")),
        note=post.get("note", ""),
        note_seen=post.get("note_seen", ""),
        due_at=_due(post.get("due_at", "")),
        follow_up=post.get("follow_up", ""),
    )
    wrap_up_save(call=call_get_for(user=user, pk=pk), user=user, agent=agent, kept=kept)
    if post.get("ready") == "1" and agent is not None:
        agent_ready_when_done(agent=agent)
    return HttpResponse(status=DONE)


def _chosen(text: str) -> int | None:
    if text == "":
        return None
    # No more digits than a key has: the database would refuse them with an error of its own.
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise DispositionGoneError(text[:40])
    return int(text)


def _due(text: str) -> datetime | None:
    """Return the time in the company's zone, None for an empty text."""
    if text == "":
        return None
    try:
        found = parse_datetime(text)
    except ValueError as error:
        raise DueInThePastError(text[:40]) from error
    if found is None:
        raise DueInThePastError(text[:40])
    return found if timezone.is_aware(found) else timezone.make_aware(found)


@console_page
@require_safe
def without_disposition(request: HttpRequest, *, user: User) -> HttpResponse:
    """The agent's own calls of seven days that still need a disposition."""
    agent = agent_of(user)
    calls = list(calls_without_disposition(agent=agent)[:200]) if agent else []
    context = {"calls": calls, "title": _("Calls without disposition")}
    return render_work(request, "console/without_disposition.html", context)
