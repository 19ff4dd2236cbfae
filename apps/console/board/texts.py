"""Texts of the board's scripts, in the person's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.acd.models import LiveState
from apps.alarms.choices import Metric
from apps.calls.choices import CallStatus
from apps.console.texts import pause_reasons
from apps.supervision.choices import Mode


def board_texts() -> dict[str, Any]:
    """Return every text that `static/console/src/board-live` shows."""
    return {
        "state": {code: str(label) for code, label in LiveState.choices}
        | {"signed_out": _("Signed out")},
        "call": {code: str(label) for code, label in CallStatus.choices},
        "reason": pause_reasons(),
        "metric": {code: str(label) for code, label in Metric.choices},
        "mode": {code: str(label) for code, label in Mode.choices},
        "phone": {
            "yes": _("Registered"),
            "no": _("Not registered"),
            "unknown": _("Not known"),
        },
        "trunk": {"yes": _("Reachable"), "no": _("Not reachable"), "unknown": _("Not asked")},
        "link": {"up": _("Exchange connected"), "down": _("Exchange not connected")},
        "live": _("Live"),
        "stale": _("This is old: no news for %s. Trying again …"),
        "signed_out": _("You are signed out. Load the page again."),
        "full": _("Too many boards are open. Close some, then load the page again."),
        "revoked": _("This display was revoked, or its link is not whole."),
        "empty": {
            "queues": _("No queue fits."),
            "agents": _("No agent fits."),
            "calls": _("No call is live here."),
            "trunks": _("No trunk belongs to your company's numbers."),
        },
        "none": "—",
        "seconds": _("%s s"),
        "unbalanced": _("Offered is not answered + abandoned + flowed out."),
        "acknowledge": _("Acknowledge"),
        "acknowledged": _("%s looks after it"),
        "threshold": _("threshold %s"),
        "sound_on": _("Sound is on"),
        "sound_off": _("Sound is off"),
        "ready": _("Make ready"),
        "busy": _("Make busy"),
        "sign_out": _("Sign out"),
        "take_over": _("Take over"),
        "hang_up": _("Hang up"),
        "stop": _("Stop"),
        "show_number": _("Show the number"),
        "ask": {
            "hang_up": _("This ends the call for everybody. Why?"),
            "take_over": _(
                "Your phone will ring with this caller, and the agent’s part ends. Go on?"
            ),
            "sign_out": _("Sign this agent out of the queues; a talk goes on to its end. Why?"),
            "number": _("Why do you need the full number? It is noted who looked."),
        },
        "failed": _("This did not work:"),
        "waiting": pgettext("wall", "Waiting"),
        "longest": pgettext("wall", "Longest"),
        "expected": pgettext("wall", "Expected"),
        "level_now": pgettext("wall", "Level, 30 min"),
        "level_today": pgettext("wall", "Level today"),
        "abandoned": pgettext("wall", "Abandoned"),
        "agents_ready": pgettext("wall", "Ready"),
        "agents_talking": pgettext("wall", "Talking"),
        "agents_wrap_up": pgettext("wall", "Wrap-up"),
        "agents_paused": pgettext("wall", "Busy"),
    }
