"""The console's pages: each is a part of the desk, and the whole desk when opened directly."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from apps.accounts.choices import ViewTier
from apps.accounts.models import User
from apps.accounts.selectors import agent_of
from apps.accounts.services import user_preferences_update
from apps.acd.call_backs import call_back_of_call
from apps.acd.decisions import call_decisions
from apps.acd.declines import call_declines
from apps.acd.overflow_told import call_overflows
from apps.acd.services import agent_phone_choose
from apps.calls.models import Call
from apps.calls.selectors import (
    call_get_for,
    call_list_for,
    call_lists_for,
    call_newest_for,
    call_timeline,
)
from apps.calls.transfer_notes import transfer_notes
from apps.console.access import console_page, render_work
from apps.console.agent_pages import my_day
from apps.console.bounded import BoundedPaginator
from apps.console.filters import CallFilter, disposition_options
from apps.console.tables import CallTable
from apps.console.texts import SEES_DECLINES, decline_reasons, pause_reasons
from apps.core.errors import HuawuError, NotFoundError
from apps.dispositions.selectors import (
    OF_CALL,
    call_disposition,
    call_list_with_disposition_of_late,
)
from apps.ivr.rulings import call_rulings
from apps.knowledge.usage import call_articles
from apps.missed.selectors import missed_open_for
from apps.recordings.selectors import recording_list_for
from apps.supervision.selectors import supervisions_of_call
from apps.surveys.selectors import survey_result_for_call
from apps.switchboard.outside import agent_outside_set
from apps.tasks.selectors import task_for_call
from apps.workorders.selectors import orders_of_call

PAGE_ROWS = 25
HOME_MISSED, HOME_CALLS = 5, 8
# Columns by which the calls of a day or a number are sorted, and not all calls there are.
UNINDEXED = ("direction", "queue_number", "wait_ms", "talk_ms", "outcome")


@console_page
def home(request: HttpRequest, *, user: User) -> HttpResponse:
    """The desk with the newest calls below."""
    newest = call_newest_for(user=user, most=HOME_CALLS, joined=OF_CALL)
    table = CallTable(newest, orderable=False)
    agent = agent_of(user)
    context = {
        "table": table,
        "my_day": my_day(agent),
        "open_rows": missed_open_for(user=user)[:HOME_MISSED] if agent else None,
        "title": _("Desk"),
    }
    return render_work(request, "console/home.html", context)


@console_page
def history(request: HttpRequest, *, user: User) -> HttpResponse:
    """The calls that the person may see, with filters."""
    steps = call_lists_for(user=user)
    is_short = bool(request.GET.get("number") or request.GET.get("on"))
    if is_short:
        steps = [call_list_for(user=user)]
    options = disposition_options()
    asked = request.GET or None
    *filters, rows = (CallFilter(asked, queryset=_shown(step), options=options) for step in steps)
    narrower = [found.qs for found in filters] or _of_late(rows, user)
    table = CallTable(rows.qs, paths=dict(options))
    if not is_short:
        for name in UNINDEXED:
            table.columns[name].column.orderable = False
    is_sorted = bool(request.GET.get(table.prefixed_order_by_field))
    paginate = {
        "per_page": PAGE_ROWS,
        "paginator_class": BoundedPaginator,
        "narrower": [] if is_sorted else narrower,
    }
    RequestConfig(request, paginate=paginate).configure(table)
    context = {"table": table, "filter": rows, "title": _("Call history")}
    return render_work(request, "console/history.html", context)


def _of_late(found: CallFilter, user: User) -> "list[QuerySet[Call]]":
    """Return the beginning of the list of a disposition's calls, which all calls hide."""
    chosen = str(found.form.cleaned_data.get("disposition") or "") if found.form.is_valid() else ""
    if not chosen.isdigit():
        return []
    # A lead sees perhaps a tenth of them.
    most = 600 if user.tier == ViewTier.ALL else 6_000
    return [call_list_with_disposition_of_late(found.qs, int(chosen), most=most)]


def _shown(calls: "QuerySet[Call]") -> "QuerySet[Call]":
    """Return the calls with what the table shows, and not all that a list can want."""
    return (
        calls.prefetch_related(None)
        .select_related(None)
        .select_related("agent__user", "customer", "disposition")
    )


@console_page
def call(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """One call: who, where through, what happened, and its recordings."""
    found = call_get_for(user=user, pk=pk)
    facts = call_timeline(found)
    context = {
        "call": found,
        "facts": facts,
        "decisions": call_decisions(facts),
        "rulings": call_rulings(facts),
        "overflows": call_overflows(facts),
        "legs": found.legs.select_related("agent__user").order_by("started_at", "pk"),
        "recordings": recording_list_for(user=user).filter(call=found).select_related("sound"),
        "survey": survey_result_for_call(user=user, call_id=found.pk),
        "task": task_for_call(user=user, call_id=found.pk),
        "orders": orders_of_call(found.pk, user=user),
        "call_back": call_back_of_call(user=user, call=found),
        "supervisions": supervisions_of_call(user=user, call=found),
        "disposition": call_disposition(found),
        "transfer_notes": transfer_notes(facts),
        "declines": _declines(user, found),
        "articles": call_articles(found),
        # Only an agent's desk has the panel.
        "has_panel": agent_of(user) is not None,
        "title": _("Call"),
    }
    return render_work(request, "console/call.html", context)


def _declines(user: User, found: Call) -> list[dict[str, Any]]:
    """Return who declined the call and why, for leads; nothing for agents."""
    if user.role not in SEES_DECLINES:
        return []
    texts = dict(decline_reasons())
    return [
        {"agent": one.agent, "at": one.at, "text": texts.get(one.reason, one.reason)}
        for one in call_declines(found)
    ]


@console_page
def settings(request: HttpRequest, *, user: User) -> HttpResponse:
    """The person's own settings: language, and which phone rings."""
    agent = agent_of(user)
    is_saved, fault = False, ""
    if request.method == "POST":
        try:
            if agent and request.POST.get("has_outside"):
                agent_outside_set(
                    agent=agent,
                    text=request.POST.get("outside_number", ""),
                    asks=request.POST.get("confirms_outside") == "1",
                    actor=user,
                )
            if agent:
                agent_phone_choose(agent=agent, phone=request.POST.get("phone_kind", ""))
            user_preferences_update(user=user, language=request.POST.get("language", ""))
            is_saved = True
        except HuawuError as error:
            fault = str(error.text)
        translation.activate(user.language or translation.get_language())
    context = {
        "fault": fault,
        "agent_settings": agent_of(user) if agent else None,
        "is_saved": is_saved,
        "title": _("My settings"),
    }
    return render_work(request, "console/settings.html", context)


@console_page
def styleguide(request: HttpRequest, *, user: User) -> HttpResponse:
    """Every component; for the company's admins."""
    if not user.is_staff:
        raise NotFoundError("styleguide")
    context = {"reasons": pause_reasons(), "title": _("Style guide")}
    return render_work(request, "console/styleguide.html", context)
