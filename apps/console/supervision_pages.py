"""Live calls for who leads: the page, its buttons, and picking up a colleague's call."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.selectors import agent_of, number_for
from apps.acd.agent_times import AgentNow, agent_now
from apps.acd.engine.agent_state import SIGNED_OUT
from apps.calls.models import Call
from apps.console.access import console_command, console_page, render_work
from apps.console.agent_pages import STATE_LABELS
from apps.console.day.texts import clock
from apps.console.texts import PAUSE_REASONS, pause_reasons
from apps.core.form_text import form_text
from apps.supervision import agents, services
from apps.supervision.choices import Mode
from apps.supervision.engine.policy import FORCE, HANG_UP, MODES, TAKE_OVER, Policy
from apps.supervision.models import Supervision
from apps.supervision.parked import call_fetch, parked_at_colleagues
from apps.supervision.pick_up import call_pick_up
from apps.supervision.selectors import (
    LiveCall,
    listeners_told_to,
    listening_of,
    live_call_list_for,
    ringing_at_colleagues,
    supervisor_need,
)

# The letter that presses a button of the row that has the focus (static/console/src/live.ts).
KEYS = {"listen": "l", "whisper": "w", "barge": "b"}


@console_page
@require_safe
def live(request: HttpRequest, *, user: User) -> HttpResponse:
    """Every live call and every agent of the person's scope; asks again every two seconds."""
    policy = supervisor_need(user)
    now, mine = timezone.now(), listening_of(user)
    me = agent_of(user)
    context = {
        "calls": [
            _call_row(one, user, policy, mine, me.pk if me else 0, now)
            for one in live_call_list_for(user=user)
        ],
        "agents": [_agent_row(one, now) for one in agent_now(user, now=now)],
        "mine": mine,
        "has_phone": me is not None and me.is_active,
        "may_force": policy.may(FORCE),
        "reasons": [(code, pause_reasons()[code]) for code in PAUSE_REASONS],
        "title": _("Live calls"),
    }
    return render_work(request, "console/live.html", context)


def _call_row(
    one: LiveCall, user: User, policy: Policy, mine: Supervision | None, me: int, now: datetime
) -> dict[str, Any]:
    is_mine = mine is not None and mine.call_id == one.call.pk
    may_hear = one.agent_leg is not None and one.agent_leg.agent_id != me
    labels = dict(Mode.choices)
    modes = [
        {
            "mode": mode,
            "label": labels[mode],
            "key": KEYS[mode],
            "is_on": is_mine and mine is not None and mine.mode == mode,
        }
        for mode in MODES
        if policy.may(mode) and may_hear
    ]
    return {
        "live": one,
        "call": one.call,
        "number": _number(user, one.call),
        "is_masked": _is_masked(user, one.call),
        "since": _clock(one.since, now),
        "whole": _clock(one.call.started_at, now),
        "modes": modes,
        "is_mine": is_mine,
        "may_take_over": may_hear and policy.may(TAKE_OVER) and one.call.direction != "internal",
        "may_hang_up": policy.may(HANG_UP),
    }


def _agent_row(one: AgentNow, now: datetime) -> dict[str, Any]:
    return {
        "now": one,
        "state": STATE_LABELS.get(one.state, _("Signed out")),
        "reason": pause_reasons().get(one.reason, one.reason),
        "since": _clock(one.since, now) if one.since else "",
        "is_in": one.state != SIGNED_OUT,
    }


def _clock(since: datetime, now: datetime) -> str:
    return clock(max(0, int((now - since).total_seconds() * 1000)))


def _number(user: User, call: Call) -> str:
    """Return the other side's number as the person may see it; a colleague's is no secret."""
    number = call.caller if call.direction != "out" else call.dialled
    return number if call.direction == "internal" else number_for(user, number)


def _is_masked(user: User, call: Call) -> bool:
    return user.sees_numbers_masked and call.direction != "internal"


def _changed() -> HttpResponse:
    """Answer that it is on its way; the list asks anew at once."""
    return HttpResponse(status=204, headers={"HX-Trigger": "live-changed"})


def _reason(request: HttpRequest) -> str:
    """Return what was typed into the question (HX-Prompt), or sent as a field."""
    prompted = getattr(request, "htmx", None)
    said = request.POST.get("reason") or (prompted.prompt if prompted else None) or ""
    return form_text(str(said), 200)


@console_command
def listen(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Listen to a call, or change how one is heard in it."""
    services.listen(user=user, pk=pk, mode=request.POST.get("mode", ""))
    return _changed()


@console_command
def stop(request: HttpRequest, *, user: User) -> HttpResponse:
    """Stop listening."""
    services.listen_stop(user=user)
    return _changed()


@console_command
def take_over(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Let one's own phone ring with the call's caller."""
    services.take_over(user=user, pk=pk)
    return _changed()


@console_command
def hang_up(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """End a call, with a reason."""
    services.call_end(user=user, pk=pk, reason=_reason(request))
    return _changed()


@console_command
def agent_state(request: HttpRequest, number: str, *, user: User) -> HttpResponse:
    """Make an agent ready, or busy; an unknown reason is taken as a short break."""
    reason = request.POST.get("reason", "")
    agents.agent_force_state(
        user=user,
        number=number,
        state=request.POST.get("state", ""),
        reason=reason if reason in PAUSE_REASONS else PAUSE_REASONS[0],
    )
    return _changed()


@console_command
def agent_sign_out(request: HttpRequest, number: str, *, user: User) -> HttpResponse:
    """Sign an agent out; with `at_once` his call ends too."""
    agents.agent_force_sign_out(
        user=user,
        number=number,
        reason=_reason(request),
        at_once=request.POST.get("at_once") == "1",
    )
    return _changed()


@console_page
@require_safe
def supervised(request: HttpRequest, *, user: User) -> HttpResponse:
    """Who listens to the person now and has said so: a part of his desk."""
    agent = agent_of(user)
    context = {"listeners": listeners_told_to(agent) if agent else []}
    return render(request, "console/supervised.html", context)


@console_page
@require_safe
def colleagues(request: HttpRequest, *, user: User) -> HttpResponse:
    """Calls that ring at colleagues of the person's groups and queues, or that they parked."""
    agent, now = agent_of(user), timezone.now()
    legs = ringing_at_colleagues(agent) if agent else []
    context = {
        "rows": [
            {
                "leg": leg,
                "call": leg.call,
                "number": _number(user, leg.call),
                "since": _clock(since, now),
            }
            for leg in legs
            if (since := leg.offered_at or leg.started_at)
        ],
        "parked": [
            {
                "one": one,
                "call": one.call,
                "number": _number(user, one.call),
                "since": _clock(one.since, now),
            }
            for one in (parked_at_colleagues(agent) if agent else [])
        ],
        "agent": agent,
        "title": _("Colleagues' calls"),
    }
    return render_work(request, "console/colleagues.html", context)


@console_command
def pick_up(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Let a call that rings at a colleague ring here instead."""
    call_pick_up(user=user, pk=pk)
    return _changed()


@console_command
def fetch(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Let a customer whom a colleague parked ring here."""
    call_fetch(user=user, pk=pk)
    return _changed()
