"""Texts of the desk's script, in the person's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.accounts.choices import Role
from apps.acd.declines import DECLINE_REASONS

# Who is shown why agents declined.
SEES_DECLINES = frozenset({Role.TEAM_LEAD, Role.INSPECTOR, Role.ADMIN})
PAUSE_REASONS = ("break", "meal", "meeting", "training")


def pause_reasons() -> dict[str, str]:
    """Return the reasons for being busy, by code."""
    return {
        "break": _("Short break"),
        "meal": _("Meal"),
        "meeting": _("Meeting"),
        "training": _("Training"),
        # Not chosen but given: apps.acd.misses.
        "missed": _("Missed calls"),
    }


def decline_reasons() -> list[tuple[str, str]]:
    """Return why a call may be declined: code and text."""
    texts = {
        "busy": _("Busy with another customer"),
        "other_matter": _("Not my subject"),
        "technical": _("Trouble with phone or computer"),
        "other": _("Another reason"),
    }
    return [(code, texts[code]) for code in DECLINE_REASONS]


def ring_tones() -> list[tuple[str, str]]:
    """Return the ring tones: code (`static/console/src/preferences.ts`) and name."""
    return [
        ("classic", pgettext("ring tone", "Classic")),
        ("soft", pgettext("ring tone", "Soft")),
        ("bell", pgettext("ring tone", "Bell")),
        ("low", pgettext("ring tone", "Low")),
    ]


def desk_texts() -> dict[str, Any]:
    """Return every text that `static/console/src` shows."""
    return {
        "agent": {
            "signed_out": _("Signed out"),
            "ready": _("Ready"),
            "paused": _("Busy"),
            "ringing": _("Ringing"),
            "talking": _("Talking"),
            "held": _("On hold"),
            "wrap_up": _("Wrap-up"),
            "resting": _("Rests after a missed call"),
            "unreachable": _("Phone not reachable"),
        },
        "then": _("then"),
        "reason": pause_reasons(),
        "decline": dict(decline_reasons()),
        "declined": _("{who} declined: {why}"),
        "phone": {
            "off": _("Phone off"),
            "connecting": _("Phone connecting…"),
            "registered": _("Phone ready"),
            "failed": _("Phone refused"),
        },
        "connection": {
            "online": _("Connected"),
            "offline": _("Connection lost, reconnecting…"),
            "pbx_down": _("Phone system not reachable"),
        },
        "call": {
            "ivr": _("In the menu"),
            "queued": _("Waiting"),
            "ringing": _("Ringing"),
            "talking": _("Talking"),
            "held": _("On hold"),
            "voicemail": _("Leaving a message"),
            "ended": _("Ended"),
        },
        "unknown": _("Unknown caller"),
        "mute": pgettext("button", "Mute"),
        "unmute": pgettext("button", "Unmute"),
        "hold": pgettext("button", "Hold"),
        "unhold": pgettext("button", "Resume"),
        "recording_pause": _("Pause recording"),
        "recording_resume": _("Go on recording"),
        "incoming": _("Incoming call"),
        "task_due": _("A task is due"),
        "inspection_news": _("Quality inspection has news for you"),
        "failed": _("That did not work."),
        "microphone": _(
            "The browser gives no microphone. Allow it for this site, then call again."
        ),
        "party": {
            "customer": _("Customer"),
            "agent": _("Colleague"),
            "external": pgettext("party", "Outside"),
            "ringing": _("Ringing"),
            "talking": _("Talking"),
            "held": _("On hold"),
            "gone": _("Has hung up"),
            "sent": _("Being transferred"),
            "parked": _("Parked"),
            "take_back": _("Take back"),
            "unpark": _("Fetch"),
        },
        "wrap_up": {
            "none": _("No call to write about. Open one in the call history."),
            "needed": _("Choose how the call ended first: this queue requires it."),
            "due": _("Choose when to follow up."),
            "saved": _("Saved."),
            "offline": _("Not reached. What you wrote is kept here; try again."),
            "discard": _("Discard what you wrote about this call?"),
        },
        "drop": pgettext("conference", "Remove"),
        "no_answer": _("The phone system has not answered. Look at the call, then try again."),
        "target": {
            "agent": _("Colleague"),
            "queue": _("Queue"),
            "extension": _("Extension"),
            "external": _("Number outside"),
            "recent": _("recent"),
            "waiting": pgettext("queue", "waiting"),
            "free": pgettext("queue", "free"),
            "choose": _("Choose a line, or type a number."),
            "offline": _("The list cannot be loaded. A number that you type can still be rung."),
            "no_consult": _("A queue cannot be asked first. Transfer the call to it."),
            "too_late": _("The call is no longer as it was. Nothing was done."),
        },
        "sound": {
            "system": _("As the system is set"),
            "gone": _("Chosen device, not connected"),
            "speak": _("Say something."),
            "heard": _("You are heard."),
        },
        "notices": {
            "granted": _("The browser shows notifications."),
            "denied": _("Notifications are blocked. Allow them for this site in the browser."),
            "default": _("The browser has not been asked yet."),
            "unsupported": _("This browser has no notifications."),
        },
        "leave": _("A call is in progress."),
        "rings_you": _("Your phone rings now. Answer it, then the number is called."),
        "not_a_number": _("This is no number that can be dialled. Look at its digits."),
    }
