"""Take recordings along: one as a file, many as a ZIP; both are audited."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.audit.services import audit_record
from apps.calls.cards import other_number
from apps.console.access import console_page
from apps.console.recordings.filters import RecordingFilter
from apps.console.recordings.list_pages import recordings_found
from apps.core.errors import HuawuError
from apps.core.ranged_files import ranged_response, streamed
from apps.imports.access import export_need
from apps.imports.engine.formulas import cell_safe
from apps.recordings.models import Recording
from apps.recordings.playing import ENDINGS, recording_playable
from apps.recordings.selectors import recording_get_for, recording_list_for
from apps.recordings.zips import MOST_RECORDINGS, Member, zip_need, zip_pieces
from apps.saved_views.services import query_kept

MOST_CHOSEN = 1000
JOINS = ("call__customer", "agent__user", "sound")


@console_page
@require_safe
def download(request: HttpRequest, pk: int, *, user: User) -> Any:
    """One recording as a file; `?original=1`: the WAV, where there still is one."""
    export_need(user)
    recording = recording_get_for(user=user, pk=pk)
    try:
        found = recording_playable(recording, is_original=request.GET.get("original") == "1")
    except HuawuError as error:
        messages.error(request, str(error.text))
        return redirect("console:recording", pk)
    if request.method == "GET":
        audit_record(
            actor=user,
            tenant_id=recording.tenant_id,
            action="recording.download",
            object_type="recording",
            object_id=pk,
        )
    return ranged_response(
        request,
        found.pieces,
        size=found.size,
        name=f"{_name(recording, user)}.{ENDINGS[found.format]}",
        content_type=found.content_type,
        etag=found.etag,
        is_download=True,
    )


@console_page
@require_POST
def download_many(request: HttpRequest, *, user: User) -> Any:
    """The chosen recordings, or all that were found (`all`), as a ZIP with a table of them."""
    export_need(user)
    keys = {
        int(one) for one in request.POST.getlist("pk")[:1000] if one.isascii() and one.isdigit()
    }
    query = query_kept(request.POST.get("query", ""), RecordingFilter.base_filters)
    rows = recording_list_for(user=user).select_related(*JOINS)
    if request.POST.get("all") == "1":
        _filter, rows, _limited = recordings_found(QueryDict(query), user)
    else:
        rows = rows.filter(pk__in=keys)
    try:
        chosen = zip_need(list(rows[: MOST_RECORDINGS + 1]))
    except HuawuError as error:
        messages.error(request, str(error.text))
        address = reverse("console:recordings")
        return redirect(f"{address}?{query}" if query else address)
    audit_record(
        actor=user,
        tenant_id=chosen[0].tenant_id,
        action="recording.export",
        object_type="recording",
        object_id=chosen[0].pk,
        detail={"count": len(chosen), "recordings": [row.pk for row in chosen]},
    )
    # Everything that asks the database is asked here: the scope is over when the bytes go.
    members = [_member(row, user) for row in chosen]
    name = f"recordings-{timezone.localtime():%Y%m%d-%H%M%S}.zip"
    pieces = zip_pieces(members, header=_header(), safe=cell_safe)
    response = streamed(request, pieces, "application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _name(row: Recording, user: User) -> str:
    """Return when, who and with which number (as the person may see it), for a file's name."""
    began = timezone.localtime(row.started_at)
    agent = row.agent.number if row.agent else ""
    number = number_for(user, other_number(row.call)).replace("*", "x")
    parts = (f"{began:%Y%m%d-%H%M%S}", agent, number, str(row.pk))
    return get_valid_filename("_".join(part for part in parts if part))


def _header() -> list[str]:
    return [
        *(_("File"), _("Time"), _("Agent"), _("Queue"), _("Number"), _("Customer")),
        *(_("Direction"), _("Length (s)"), _("State"), _("SHA-256 of the original"), _("Result")),
    ]


def _member(row: Recording, user: User) -> Member:
    call, began = row.call, timezone.localtime(row.started_at)
    line = [
        f"{began:%Y-%m-%d %H:%M:%S}",
        str(row.agent or ""),
        call.queue_number,
        number_for(user, other_number(call)),
        str(call.customer or ""),
        str(call.get_direction_display()),
        f"{(row.duration_ms or 0) / 1000:.1f}",
        str(row.get_state_display()),
        row.sha256,
    ]
    return Member(row, _name(row, user), began.replace(tzinfo=None), line)
