"""Missed and recent calls of the desk: what is to be called back, by whom, and what was done."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import agent_of, agent_own
from apps.calls.selectors import call_list_for
from apps.console.access import console_command, console_page, render_work
from apps.console.tables import CallTable
from apps.dispositions.selectors import OF_CALL
from apps.missed import services
from apps.missed.selectors import agent_missed, missed_get_for, missed_list_for, missed_open_for

MOST_OPEN, MOST_DONE, MOST_MISSED, MOST_RECENT = 100, 20, 30, 15
MISSED_SINCE = timedelta(days=7)


@console_page
@require_safe
def missed(request: HttpRequest, *, user: User) -> HttpResponse:
    """What is to be called back, what was done, what the agent missed, and his last calls."""
    agent = agent_of(user)
    recent = call_list_for(user=user).select_related(OF_CALL)
    if agent is not None:
        recent = recent.filter(legs__agent=agent).distinct()
    since = timezone.now() - MISSED_SINCE
    context = {
        "open_rows": missed_open_for(user=user)[:MOST_OPEN],
        "done_rows": missed_list_for(user=user).exclude(done_at=None)[:MOST_DONE],
        "is_agent": agent is not None,
        "missed_rows": agent_missed(agent, since=since)[:MOST_MISSED] if agent else [],
        "table": CallTable(recent[:MOST_RECENT], orderable=False),
        "title": _("Missed and recent"),
    }
    return render_work(request, "console/missed/missed.html", context)


def _changed() -> HttpResponse:
    """Answer that it is done; lists that are open ask anew at once."""
    return HttpResponse(status=204, headers={"HX-Trigger": "missed-changed"})


@console_command
def claim(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Keep colleagues from calling the same person."""
    services.missed_claim(missed=missed_get_for(user=user, pk=pk), agent=agent_own(user))
    return _changed()


@console_command
def release(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Give one's own claim back."""
    services.missed_release(missed=missed_get_for(user=user, pk=pk), agent=agent_own(user))
    return _changed()


@console_command
def done(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Mark as done by hand."""
    services.missed_done(missed=missed_get_for(user=user, pk=pk), user=user)
    return _changed()


@console_command
def reopen(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Take "done by hand" back."""
    services.missed_reopen(missed=missed_get_for(user=user, pk=pk), user=user)
    return _changed()
