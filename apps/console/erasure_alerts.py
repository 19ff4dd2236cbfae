"""What an admin's desk tells of people to be forgotten: that a colleague has proposed one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page
from apps.console.put_away import put_away_keys, put_away_note
from apps.customers.erasure_proposals import erasure_get_for, erasure_open_list

MOST_ALERTS = 3
ERASURES = "erasures"


@console_page
@require_safe
def alerts(request: HttpRequest, *, user: User) -> HttpResponse:
    """The colleagues' proposals that wait for this admin: a part of the desk."""
    return _alerts(request, user)


@console_command
def put_away(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Put the alert of a proposal away; the proposal waits on its page."""
    put_away_note(request, ERASURES, erasure_get_for(user=user, pk=pk).pk)
    return _alerts(request, user)


def _alerts(request: HttpRequest, user: User) -> HttpResponse:
    known: list[int] = put_away_keys(request, ERASURES)
    rows = erasure_open_list(user=user).exclude(proposed_by=user)
    found = list(rows.exclude(pk__in=known)[: MOST_ALERTS + 1])
    context = {"alerts": found[:MOST_ALERTS], "has_more": len(found) > MOST_ALERTS}
    return render(request, "console/erasure_alerts.html", context)
