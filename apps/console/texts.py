"""Texts of the desk's script, in the person's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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
        "incoming": _("Incoming call"),
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
        },
        "drop": pgettext("conference", "Remove"),
        "no_answer": _("The phone system has not answered. Look at the call, then try again."),
        "leave": _("A call is in progress."),
        "rings_you": _("Your phone rings now. Answer it, then the number is called."),
        "not_a_number": _("This is no number that can be dialled. Look at its digits."),
    }
