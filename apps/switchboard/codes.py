"""Every code that a phone of an agent's can dial: once, for the page that explains them.

Agents' and queues' numbers are digits only (`accounts.Agent.number`, `acd.Queue.number`), so a
code, which begins with a star, is never a number of the company's.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Code:
    """What is dialled, as people read it, and what it does."""

    code: str
    text: str


def code_help() -> list[Code]:
    """Return every code in the person's language."""
    number, digits, seconds = _("Number"), _("two digits"), _("Seconds")
    return [
        Code(f"*72 {number}", _("Forward always to this number")),
        Code("*73", _("No forward")),
        Code(f"*90 {number}", _("Forward to this number when busy")),
        Code("*91", _("No forward when busy")),
        Code(f"*92 {number}", _("Forward to this number on no answer")),
        Code(f"*92 {number} * {seconds}", _("The same, after so many seconds")),
        Code("*93", _("No forward on no answer")),
        Code(f"*76 {number}", _("Forward to this number while signed out")),
        Code("*75", _("No forward while signed out")),
        Code("*78", _("Do not disturb")),
        Code("*79", _("Take calls again")),
        Code("*70", _("Call waiting on")),
        Code("*71", _("Call waiting off")),
        Code("*8", _("Pick up the call that rings at a colleague of my pick-up group or queue")),
        Code(f"*8 {number}", _("Pick up the call that rings at this colleague")),
        Code(f"*66 {number}", _("Call me when this colleague is free")),
        Code("*67", _("Wait for no colleague any more")),
        Code(f"*0 {digits}", _("Speed dial")),
        Code("*98", _("Voicemail")),
    ]
