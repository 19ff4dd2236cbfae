"""The desk's keyboard: which key with Alt does what. Script and help dialog read this one list."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Shortcut:
    """One key; `action` is the name that `static/console/src/desk.ts` knows."""

    key: str
    action: str
    label: Any


# Not E and F: browsers open their menus with them.
SHORTCUTS: tuple[tuple[Any, tuple[Shortcut, ...]], ...] = (
    (
        _("Call"),
        (
            Shortcut("a", "answer", _("Answer")),
            Shortcut("n", "decline", _("Decline")),
            Shortcut("h", "hangup", _("Hang up")),
            Shortcut("m", "mute", pgettext_lazy("button", "Mute")),
            Shortcut("o", "hold", _("Hold and resume")),
            Shortcut("0", "recording-pause", _("Pause the recording, and go on")),
            Shortcut("k", "keypad-toggle", _("Keypad")),
            Shortcut("q", "park", _("Park")),
            Shortcut("d", "dial-input", _("Number to dial")),
        ),
    ),
    (
        _("Transfer and conference"),
        (
            Shortcut("t", "open-transfer", _("Transfer…")),
            Shortcut("s", "swap", _("Swap")),
            Shortcut("c", "complete", _("Hand over")),
            Shortcut("x", "cancel", _("Back to the customer")),
            Shortcut("j", "conference", _("All together")),
            Shortcut("l", "leave", _("Leave, let them talk on")),
            Shortcut("b", "get-back", _("Take back or fetch")),
            Shortcut("y", "to-survey", _("Rate")),
            Shortcut("z", "to-answer", _("Standard answer")),
        ),
    ),
    (
        _("My state"),
        (
            Shortcut("i", "sign-in", _("Sign in to queues")),
            Shortcut("r", "ready", _("Ready")),
            Shortcut("p", "pause", _("Busy")),
            Shortcut("w", "wrap-up-more", _("One more minute of wrap-up")),
            Shortcut("2", "wrap-up-focus", _("After the call")),
            Shortcut("u", "sign-out", _("Sign out of queues")),
        ),
    ),
    (
        _("Pages"),
        (
            Shortcut("g", "nav-focus", _("Go to the menu")),
            Shortcut("1", "work-focus", _("Go to the page")),
            Shortcut("3", "knowledge-focus", _("Knowledge")),
            Shortcut("v", "sound-open", _("Sound and notices")),
            Shortcut("/", "shortcuts-open", _("This list")),
        ),
    ),
)


def shortcut_groups() -> tuple[tuple[Any, tuple[Shortcut, ...]], ...]:
    """Return the groups for the help dialog."""
    return SHORTCUTS


def shortcut_actions() -> dict[str, str]:
    """Return what each key does, for the script."""
    return {shortcut.key: shortcut.action for _title, keys in SHORTCUTS for shortcut in keys}
