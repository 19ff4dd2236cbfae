"""The live board's page; its rows come over the socket (`apps.realtime.board_consumers`)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.accounts.choices import ViewTier
from apps.accounts.models import Department, User
from apps.accounts.scope import department_ids
from apps.accounts.selectors import agent_of
from apps.alarms.selectors import MAY_CHANGE, MAY_LOOK
from apps.console.access import console_command, console_page, render_work
from apps.console.board.texts import board_texts
from apps.console.texts import PAUSE_REASONS, pause_reasons
from apps.core.form_text import form_text
from apps.live_board.services import MAY_MAKE
from apps.supervision.engine.policy import FORCE, HANG_UP, MODES, TAKE_OVER
from apps.supervision.reveals import call_number_reveal
from apps.supervision.selectors import policy_of

# The letter that presses a button of the row that has the focus (static/console/src/live.ts).
KEYS = {"listen": "l", "whisper": "w", "barge": "b"}


@console_page
@require_safe
def board(request: HttpRequest, *, user: User) -> HttpResponse:
    """The board: queues, agents, calls and trunks of the person's scope."""
    context = {
        # In an attribute: scripts, also those of data, are taken out of what is swapped in.
        "config": json.dumps(_config(user)),
        "departments": _departments(user),
        "reasons": [(code, pause_reasons()[code]) for code in PAUSE_REASONS],
        "may_make_walls": user.role in MAY_MAKE,
        "may_see_alarms": user.role in MAY_LOOK,
        "may_force": policy_of(user).may(FORCE),
        "title": _("Live board"),
    }
    return render_work(request, "console/board/board.html", context)


def _config(user: User) -> dict[str, Any]:
    policy, me = policy_of(user), agent_of(user)
    return {
        "texts": board_texts(),
        "me": me.number if me else "",
        # Without a phone one cannot hear anything.
        "modes": [{"mode": mode, "key": KEYS[mode]} for mode in MODES if me and policy.may(mode)],
        "may_take_over": bool(me) and policy.may(TAKE_OVER),
        "may_hang_up": policy.may(HANG_UP),
        "may_force": policy.may(FORCE),
        "may_reveal": policy.may_anything and user.sees_numbers_masked,
        "may_acknowledge": user.role in MAY_CHANGE,
        "urls": {
            # 0 and 00 stand for a call's key and an agent's number.
            "listen": reverse("console:live-listen", args=[0]),
            "stop": reverse("console:live-stop"),
            "take_over": reverse("console:live-take-over", args=[0]),
            "hang_up": reverse("console:live-hang-up", args=[0]),
            "number": reverse("console:board-number", args=[0]),
            "call": reverse("console:call", args=[0]),
            "state": reverse("console:live-agent-state", args=["00"]),
            "sign_out": reverse("console:live-agent-sign-out", args=["00"]),
            "day": reverse("console:agent-day", args=["00"]),
            "visits": reverse("console:queue-visits"),
            "acknowledge": reverse("console:alarm-acknowledge", args=[0]),
        },
    }


def _departments(user: User) -> list[dict[str, Any]]:
    """Return the person's departments, each with the ids of all below it. At most 2 queries."""
    found_all = Department.objects.order_by("name")
    if user.tier != ViewTier.ALL:
        mine = department_ids(user) if user.tier == ViewTier.DEPARTMENT else ()
        found_all = found_all.filter(pk__in=mine)
    rows = list(found_all.values("pk", "name", "parent_id"))
    below: dict[int | None, list[int]] = {}
    for row in rows:
        below.setdefault(row["parent_id"], []).append(row["pk"])
    found = []
    for row in rows:
        ids, waiting = [], [row["pk"]]
        while waiting:
            pk = waiting.pop()
            if pk not in ids:
                ids.append(pk)
                waiting += below.get(pk, [])
        found.append({"ids": " ".join(map(str, ids)), "name": row["name"]})
    return found


@console_command
def number(request: HttpRequest, pk: int, *, user: User) -> HttpResponse:
    """Tell the full number of a live call, as plain text; who looked is audited."""
    prompted = getattr(request, "htmx", None)
    said = request.POST.get("reason") or (prompted.prompt if prompted else None) or ""
    reason = form_text(str(said), 200)
    shown = call_number_reveal(user=user, pk=pk, reason=reason)
    response = HttpResponse(shown, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
