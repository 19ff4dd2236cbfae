"""An agent's day or week: his own page, his lead's of him, and the calls behind each figure."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.accounts.selectors import agent_own
from apps.acd.agent_times import agent_day, agent_get_for, today_of
from apps.acd.declines import Decline, agent_declines
from apps.calls.engine.figures import AGENT_FIGURES
from apps.console.access import console_page, render_work
from apps.console.agent_pages import span_rows
from apps.console.day.tables import OwnRecordingTable
from apps.console.day.texts import FIGURES, clock, met_text, written
from apps.console.tables import CallTable
from apps.console.texts import SEES_DECLINES, decline_reasons, pause_reasons
from apps.core.errors import NotFoundError
from apps.dispositions.selectors import OF_CALL
from apps.recordings.selectors import agents_hear_own, recording_list_for
from apps.tasks.choices import LIVE_STATES
from apps.tasks.models import Task
from apps.tasks.selectors import task_list_for
from apps.workday.engine.lines import Line
from apps.workday.selectors import (
    Stretch,
    WorkDay,
    bounds,
    day_stretch,
    week_stretch,
    work_calls,
    work_day,
)

PAGE_ROWS = 25
MOST_TASKS = 50
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
SCORE = "service_score"
BEHIND = (*AGENT_FIGURES, SCORE)


@console_page
@require_safe
def own(request: HttpRequest, *, user: User) -> HttpResponse:
    """The day of who is signed in. Refused for who takes no calls."""
    return _day_page(request, user, agent_own(user), is_own=True)


@console_page
@require_safe
def agent(request: HttpRequest, number: str, *, user: User) -> HttpResponse:
    """An agent's day for who may see him. NotFoundError for anybody else."""
    return _day_page(request, user, agent_get_for(user=user, number=number), is_own=False)


@console_page
@require_safe
def calls(request: HttpRequest, number: str, *, user: User) -> HttpResponse:
    """The calls behind one figure of an agent; exactly as many as the figure says."""
    found = agent_get_for(user=user, number=number)
    figure = request.GET.get("figure", "")
    if figure not in BEHIND:
        raise NotFoundError(figure[:20])
    stretch, span = _stretch(request, found)
    rows, hidden = work_calls(user=user, agent=found, stretch=stretch, figure=figure)
    table = CallTable(rows.select_related(OF_CALL))
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    context = {
        "who": found,
        "table": table,
        "hidden": hidden,
        "figure": next(name for key, name, _text in FIGURES if key == figure),
        "stretch": stretch,
        "span": span,
        "title": _("Calls behind a figure"),
    }
    return render_work(request, "console/day/calls.html", context)


def _day_page(request: HttpRequest, user: User, found: Agent, *, is_own: bool) -> HttpResponse:
    stretch, span = _stretch(request, found)
    now = timezone.now()
    day = work_day(found, stretch, now=now)
    since, until = bounds(found, stretch)
    today = today_of(found, now)
    recordings = recording_list_for(user=user).filter(
        agent=found, started_at__gte=since, started_at__lt=until
    )
    table = OwnRecordingTable(recordings)
    RequestConfig(request, paginate={"per_page": PAGE_ROWS}).configure(table)
    declines = agent_declines(found, since, until) if user.role in SEES_DECLINES else None
    context = {
        "who": found,
        "is_own": is_own,
        "span": span,
        "stretch": stretch,
        "today": today,
        "is_now": stretch.first <= today <= stretch.last,
        "before": stretch.first - timedelta(days=len(stretch.days)),
        "after": stretch.last + timedelta(days=1),
        "address": request.get_full_path(),
        "day": day,
        "lines": _lines(day),
        "reasons": _reasons(day),
        "unseen": clock(day.work.times.unseen_ms) if day.work.times.unseen_ms else "",
        "definitions": [(name, text) for _key, name, text in FIGURES],
        "rows": span_rows(agent_day(found, stretch.first, now=now)) if span == "day" else None,
        "recordings": table,
        "hears": user.role != Role.AGENT or agents_hear_own(),
        "tasks": _tasks(user, found, today),
        "declines": None if declines is None else [_declined(one) for one in declines],
        "decline_counts": _decline_counts(declines),
        "title": _("My day") if is_own else _("Agent's day"),
    }
    return render_work(request, "console/day/day.html", context)


def _stretch(request: HttpRequest, found: Agent) -> tuple[Stretch, str]:
    try:
        asked = parse_date(request.GET.get("day", ""))
    except ValueError:
        asked = None
    day = max(FIRST_DAY, min(asked or today_of(found), LAST_DAY))
    if request.GET.get("span") == "week":
        return week_stretch(day), "week"
    return day_stretch(day), "day"


def _lines(day: WorkDay) -> list[dict[str, Any]]:
    return [
        {
            "figure": figure,
            "name": name,
            "definition": text,
            "value": written(line.unit, line.value),
            "raw": "" if line.value is None else line.value,
            "target": "" if line.target is None else written(line.unit, line.target),
            "is_met": line.is_met,
            "met": met_text(line.is_met),
            "team": written(line.unit, line.team),
            "has_calls": line.value is not None if figure == SCORE else _has_calls(line),
        }
        for figure, name, text in FIGURES
        for line in [day.lines[figure]]
    ]


def _has_calls(line: Line) -> bool:
    return line.figure in BEHIND and bool(line.value)


def _reasons(day: WorkDay) -> list[tuple[str, str]]:
    names = pause_reasons()
    return [
        (names.get(reason, reason) or "—", clock(ms))
        for reason, ms in sorted(day.work.times.by_reason.items())
    ]


def _tasks(user: User, found: Agent, today: date) -> "QuerySet[Task]":
    """Return what he is to do until the end of today, overdue first; as the viewer may see it."""
    _since, until = bounds(found, day_stretch(today))
    rows: QuerySet[Task] = task_list_for(user=user).filter(
        assignee=found.user_id, state__in=LIVE_STATES, due_at__lt=until
    )
    return rows[:MOST_TASKS]


def _declined(one: Decline) -> dict[str, Any]:
    text = dict(decline_reasons()).get(one.reason, one.reason)
    return {"call_id": one.call_id, "at": one.at, "text": text}


def _decline_counts(declines: list[Decline] | None) -> list[tuple[str, int]]:
    if not declines:
        return []
    texts = dict(decline_reasons())
    counted = {code: sum(one.reason == code for one in declines) for code in texts}
    return [(str(texts[code]), count) for code, count in counted.items() if count]
