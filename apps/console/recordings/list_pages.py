"""The search of recordings, and one recording with its hold and its file."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.console.access import console_page, render_work
from apps.console.bounded import BoundedPaginator
from apps.console.recordings.filters import RecordingFilter
from apps.console.recordings.tables import ZIP_FORM, RecordingTable
from apps.console.saved_views.kept import RECORDINGS, kept_views
from apps.core.errors import HuawuError
from apps.imports.access import can_export
from apps.recordings.health import conversion_health, faults_count, recording_try_again
from apps.recordings.holds import PLACES, RELEASES, hold_of_call, hold_place, hold_release
from apps.recordings.models import Recording
from apps.recordings.selectors import recording_get_for, recording_list_for
from apps.saved_views.services import query_kept
from apps.supervision.selectors import SUPERVISORS

PAGE_ROWS = 25
# Without a first day these look no further back: no index answers them.
SLOW = (
    *("customer", "note", "longer", "shorter", "reason", "score", "direction", "disposition"),
    "queue",
)
SLOW_SINCE = timedelta(days=92)
FAULTS_SINCE = timedelta(days=30)


def recordings_found(
    asked: QueryDict, user: User
) -> tuple[RecordingFilter, "QuerySet[Recording]", bool]:
    """Return the filter, what it finds, and whether the time had to be limited."""
    rows = recording_list_for(user=user).select_related("call__customer", "agent__user", "sound")
    found = RecordingFilter(asked or None, queryset=rows)
    is_limited = not asked.get("since") and any(asked.get(name) for name in SLOW)
    listed: QuerySet[Recording] = found.qs
    if is_limited:
        listed = listed.filter(started_at__gte=timezone.now() - SLOW_SINCE)
    return found, listed, is_limited


@console_page
@require_safe
def recordings(request: HttpRequest, *, user: User) -> HttpResponse:
    """What the person may hear, by everything on the call; how many are missing or cut."""
    found, rows, is_limited = recordings_found(request.GET, user)
    table = RecordingTable(rows)
    paginate = {"per_page": PAGE_ROWS, "paginator_class": BoundedPaginator}
    RequestConfig(request, paginate=paginate).configure(table)
    context = {
        "table": table,
        "filter": found,
        "is_limited": is_limited,
        "slow_days": SLOW_SINCE.days,
        "query": query_kept(request.GET.urlencode(), RecordingFilter.base_filters),
        "kept": kept_views(request, user, RECORDINGS, RecordingFilter.base_filters),
        "faults": faults_count(user=user, since=_faults_since()),
        "faults_days": FAULTS_SINCE.days,
        "health": conversion_health() if user.role == Role.ADMIN else None,
        "zip_form": ZIP_FORM,
        "can_download": can_export(user),
        "is_supervisor": user.role in SUPERVISORS,
        "title": _("Recordings"),
    }
    return render_work(request, "console/recordings/list.html", context)


def _faults_since() -> datetime:
    return timezone.now() - FAULTS_SINCE


@console_page
@require_safe
def recording(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One recording: player, sound, file, hold."""
    found = recording_get_for(user=user, pk=pk)
    hold = hold_of_call(found.call_id)
    context = {
        "recording": found,
        "sound": getattr(found, "sound", None),
        "call": found.call,
        "hold": hold,
        "may_hold": user.role in PLACES and hold is None and found.is_playable,
        "may_release": user.role in RELEASES and hold is not None,
        "may_try": user.role == Role.ADMIN and bool(found.trouble or found.state == "missing"),
        "can_download": can_export(user) and found.is_playable,
        "is_supervisor": user.role in SUPERVISORS,
        "title": _("Recording"),
    }
    return render_work(request, "console/recordings/recording.html", context)


@console_page
@require_POST
def hold(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Place a legal hold on the recording's call, or end it (`end`)."""
    found = recording_get_for(user=user, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("end") == "1":
            hold_release(user=user, call=found.call, reason=reason)
            messages.success(request, _("The legal hold has ended."))
        else:
            hold_place(user=user, call=found.call, reason=reason)
            messages.success(request, _("The call's recordings are held."))
    except HuawuError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, str(error.text))
    return redirect("console:recording", pk)


@console_page
@require_POST
def try_again(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Look for the sound, or convert it, once more."""
    recording_try_again(user=user, recording=recording_get_for(user=user, pk=pk))
    messages.success(request, _("It is tried again within a minute."))
    return redirect("console:recording", pk)
