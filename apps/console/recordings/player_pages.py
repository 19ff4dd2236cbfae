"""What a player asks for: the outline of its recording, and marks."""

import base64

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.console.access import console_page
from apps.core.errors import HuawuError
from apps.recordings.marks import mark_add, mark_delete
from apps.recordings.models import Recording
from apps.recordings.points import marks_context
from apps.recordings.selectors import recording_get_for, recording_wave


@console_page
@require_safe
def wave(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """The outline of a recording that the person may hear, some kB of JSON; 204: not made yet."""
    found = recording_wave(recording_get_for(user=user, pk=pk))
    if found is None:
        return HttpResponse(status=204)
    answer = JsonResponse(
        {
            "duration_ms": found.duration_ms,
            "agent": base64.b64encode(bytes(found.agent)).decode(),
            "other": base64.b64encode(bytes(found.other)).decode(),
        }
    )
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@console_page
@require_POST
def mark_new(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Write a mark; the marks are shown again, with what was typed when it is refused."""
    recording = recording_get_for(user=user, pk=pk)
    text, fault = request.POST.get("text", ""), ""
    try:
        mark_add(
            user=user,
            recording=recording,
            at_ms=_whole(request.POST.get("at_ms", "")),
            text=text,
            is_shared=request.POST.get("is_shared") == "1",
        )
    except HuawuError as error:
        fault = str(error.text)
    return _marks(request, user, recording, fault=fault, typed=text if fault else "")


@console_page
@require_POST
def mark_remove(request: HttpRequest, pk: int, mark_pk: int, *, user: User) -> HttpResponse:
    """Remove a mark of one's own."""
    recording = recording_get_for(user=user, pk=pk)
    mark_delete(user=user, recording=recording, pk=mark_pk)
    return _marks(request, user, recording)


def _marks(
    request: HttpRequest, user: User, recording: Recording, *, fault: str = "", typed: str = ""
) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return redirect("console:call", recording.call_id)
    context = {**marks_context(user=user, recording=recording), "fault": fault, "typed": typed}
    answer = render(request, "recordings/marks.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _whole(text: str) -> int:
    """Return a number of milliseconds, -1 (which no mark has) for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
