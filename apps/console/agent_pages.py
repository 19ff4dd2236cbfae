"""Agents on the console: what each is now, and his times; a day's page is in `day`."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.acd.agent_times import (
    AgentDay,
    AgentNow,
    agent_day,
    agent_days,
    agent_now,
    today_of,
)
from apps.acd.engine import agent_state as states
from apps.acd.engine.occupancy import Times
from apps.acd.models import LiveState
from apps.console.access import console_page, render_work
from apps.console.day.texts import clock
from apps.console.texts import pause_reasons

STATE_LABELS = {**dict(LiveState.choices)}


@console_page
@require_safe
def agents(request: HttpRequest, *, user: User) -> HttpResponse:
    """The agents whom the person may see; the page asks again every five seconds."""
    now = timezone.now()
    day, today = _day(request, user), today_of(user, now)
    found = agent_now(user, now=now)
    days = agent_days([one.agent for one in found], day, now=now)
    total = sum((days[one.agent.pk].times for one in found), Times())
    context = {
        "rows": [_row(one, days[one.agent.pk]) for one in found],
        "total": _times(total) if len(found) > 1 else None,
        "counts": _counts(found),
        "day": day,
        "today": today,
        "title": _("Agents' states"),
    }
    return render_work(request, "console/agents.html", context)


def span_rows(of_day: AgentDay) -> list[dict[str, Any]]:
    """Return a day's states, row by row, as the page shows them."""
    reasons = pause_reasons()
    return [
        {
            "row": row,
            "state": _label(row.state),
            "reason": reasons.get(row.reason, row.reason),
            "time": clock(row.ms),
        }
        for row in of_day.rows
    ]


def my_day(user_agent: Any) -> dict[str, str] | None:
    """Return the agent's own figures of today, None for who takes no calls."""
    if user_agent is None:
        return None
    return _times(agent_day(user_agent, today_of(user_agent)).times)


def _day(request: HttpRequest, user: User) -> date:
    try:
        asked = parse_date(request.GET.get("day", ""))
    except ValueError:
        asked = None
    return asked or today_of(user)


def _label(state: str) -> str:
    return str(STATE_LABELS.get(state, _("Signed out")))


def _row(one: AgentNow, day: AgentDay) -> dict[str, Any]:
    now = timezone.now()
    reason = pause_reasons().get(one.reason, one.reason)
    ends_ms = int((one.until - now).total_seconds() * 1000) if one.until else None
    since_ms = int((now - one.since).total_seconds() * 1000) if one.since else None
    return {
        "now": one,
        "state": _label(one.state),
        "reason": reason,
        "since": clock(max(0, since_ms)) if since_ms is not None else "",
        "left": clock(max(0, ends_ms)) if ends_ms is not None else "",
        "times": _times(day.times),
    }


def _counts(found: list[AgentNow]) -> list[tuple[str, int]]:
    order = (*states.STATES[1:], states.SIGNED_OUT)
    counted = {state: sum(one.state == state for one in found) for state in order}
    return [(_label(state), count) for state, count in counted.items() if count]


def _times(times: Times) -> dict[str, str]:
    reasons = pause_reasons()
    return {
        "signed_in": clock(times.signed_in_ms),
        "ready": clock(times.ms(states.READY)),
        "ringing": clock(times.ms(states.RINGING)),
        "talking": clock(times.ms(states.TALKING)),
        "held": clock(times.ms(states.HELD)),
        "wrap_up": clock(times.ms(states.WRAP_UP)),
        "paused": clock(times.ms(states.PAUSED)),
        "resting": clock(times.ms(states.RESTING)),
        "unreachable": clock(times.ms(states.UNREACHABLE)),
        "reasons": ", ".join(
            f"{reasons.get(reason, reason) or '—'} {clock(ms)}"
            for reason, ms in sorted(times.by_reason.items())
        ),
        "unseen": clock(times.unseen_ms) if times.unseen_ms else "",
        "occupancy": _percent(times.occupancy),
        "utilisation": _percent(times.utilisation),
    }


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"
