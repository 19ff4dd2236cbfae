"""What a new flow may begin with."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# Queue and box numbers are left open: the problems list leads to them.
FLOW_TEMPLATES: dict[str, dict[str, Any]] = {
    "empty": {"start": "", "nodes": {}},
    "menu": {
        "start": "menu",
        "nodes": {
            "menu": {
                "kind": "menu",
                "prompts": ["main-menu"],
                "keys": {"1": "queue", "8": "message", "0": "operator"},
                "repeat": "9",
                "back": "*",
                "on_failed": "operator",
            },
            "queue": {"kind": "queue", "queue": ""},
            "message": {"kind": "voicemail", "box": ""},
            "operator": {"kind": "queue", "queue": ""},
        },
    },
    "hours": {
        "start": "hours",
        "nodes": {
            "hours": {"kind": "calendar", "calendar": "", "open": "queue", "closed": "closed"},
            "queue": {"kind": "queue", "queue": "", "on_timeout": "message"},
            "closed": {"kind": "play", "prompts": ["closed-greeting"], "to": "message"},
            "message": {"kind": "voicemail", "box": ""},
        },
    },
    "voicemail": {
        "start": "message",
        "nodes": {"message": {"kind": "voicemail", "box": ""}},
    },
}
FLOW_TEMPLATE_NAMES = {
    "empty": _("Empty"),
    "menu": _("Main menu"),
    "hours": _("Working hours"),
    "voicemail": _("Voicemail only"),
}
