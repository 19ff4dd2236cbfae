"""What the desk tells of inspections: news for the agent, appeals for who may decide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.console.access import console_command, console_page
from apps.console.put_away import put_away_keys, put_away_note
from apps.quality.alerts import appeal_key, inspection_alert_list_for
from apps.quality.models import Inspection
from apps.quality.selectors import inspection_get_for

MOST_ALERTS = 3
APPEALS = "appeals"


@console_page
@require_safe
def alerts(request: HttpRequest, *, user: User) -> HttpResponse:
    """The inspections that the person shall look at: a part of the desk, asked for anew."""
    return _alerts(request, user)


@console_command
def put_away(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Put the alert of an appeal away; the appeal waits on the list."""
    appeal_put_away(request, inspection_get_for(user=user, pk=pk))
    return _alerts(request, user)


def appeal_put_away(request: HttpRequest, inspection: Inspection) -> bool:
    """Remember that the person knows of this appeal; say whether that is new."""
    return put_away_note(request, APPEALS, appeal_key(inspection))


def _alerts(request: HttpRequest, user: User) -> HttpResponse:
    known: list[str] = put_away_keys(request, APPEALS)
    rows = inspection_alert_list_for(user=user, most=MOST_ALERTS + 1, put_away=known)
    context = {"alerts": rows[:MOST_ALERTS], "has_more": len(rows) > MOST_ALERTS}
    return render(request, "console/quality/alerts.html", context)
