"""The company's directory: who is there, what he does, and a button that calls him."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_active_list, agent_of
from apps.acd.models import Queue
from apps.acd.name_search import agents_named
from apps.acd.selectors import agent_states, queue_active_list
from apps.console.access import console_page, render_work
from apps.console.texts import desk_texts
from apps.core.form_text import form_text

MOST = 300
# Whom to call first: who is free, then who is busy, then who is not there.
ORDER = ("ready", "wrap_up", "resting", "ringing", "talking", "held", "paused", "unreachable")
# Who can be waited for.
BUSY = frozenset({"ringing", "talking", "held"})


@console_page
@require_safe
def directory(request: HttpRequest, *, user: User) -> HttpResponse:
    """The agents and queues of the person's company, whatever his tier: colleagues call each other.

    The page is told when somebody does something else (`core.presence`); what a colleague talks
    about is not shown, only that he does.
    """
    wanted = " ".join(form_text(request.GET.get("q", ""), 80).split())[:40]
    agents = list(_agents(user, wanted)[: MOST + 1])
    states = agent_states(agents)
    texts = desk_texts()["agent"]
    rows = [
        {
            "agent": agent,
            "state": (state := _state(states[agent.pk])),
            "text": texts.get(state, state),
            "is_own": agent.user_id == user.pk,
            "is_busy": state in BUSY,
        }
        for agent in agents[:MOST]
    ]
    rows.sort(key=_rank)
    context = {
        "rows": rows,
        "queues": _queues(wanted),
        "wanted": wanted,
        "may_camp_on": agent_of(user) is not None,
        "has_more": len(agents) > MOST,
        "title": _("Directory"),
    }
    return render_work(request, "console/directory.html", context)


def _agents(user: User, wanted: str) -> Any:
    found = agent_active_list().filter(tenant=user.tenant).select_related("user__department")
    for word in wanted.split():
        found = found.filter(agents_named(word) | Q(user__department__name__icontains=word))
    return found.order_by("number", "pk")


def _queues(wanted: str) -> list[Queue]:
    found = queue_active_list()
    for word in wanted.split():
        found = found.filter(Q(number__startswith=word) | Q(name__icontains=word))
    return list(found[:50])


def _state(one: Any) -> str:
    """Return what he does as a colleague may know it; the wish while nobody sees the phones."""
    if one["state"] == "signed_out":
        return "signed_out"
    found: str = one["live_state"] or one["state"]
    return found


def _rank(row: dict[str, Any]) -> tuple[int, str]:
    agent: Agent = row["agent"]
    state = row["state"]
    return (ORDER.index(state) if state in ORDER else len(ORDER), agent.number)
