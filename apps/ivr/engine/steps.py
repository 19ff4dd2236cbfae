"""What one caller's run through a flow knows and yields: steps, and one decision."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.ivr.engine.voice import Lookups, Voice

LANGUAGES = ("zh", "en")
VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
VALUE_LIMIT = 200
# What every flow knows from the beginning; no node writes them.
CALLER, DIALLED, LANGUAGE = "caller", "dialled", "language"
GIVEN = (CALLER, DIALLED, LANGUAGE)


@dataclass(frozen=True)
class Step:
    """One node that the caller went through; PIN keys are `*`."""

    node: str
    kind: str
    keys: str


@dataclass(frozen=True)
class Decision:
    """Where the call goes. `next` is queue, voicemail, hangup, tone, apology or gone.

    `target` is a queue's number for queue and voicemail; `reason` says which node decided and why.
    """

    next: str
    target: str = ""
    reason: str = ""


@dataclass
class Run:
    """One caller in one flow.

    `keys` are those pressed in his node and not told yet, `is_told` says whether the node is;
    `menus` is the way up. `variables` hold what is known of the call: '' when nothing is.
    """

    voice: Voice
    lookups: Lookups
    language: str
    on_step: Callable[[Step], None]
    menus: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    keys: str = ""
    is_told: bool = False

    def put(self, variable: str, value: str) -> None:
        """Set a variable, its value cut to 200 characters."""
        self.variables[variable] = value[:VALUE_LIMIT]

    def value(self, variable: str) -> str:
        """Return a variable's value, '' when nothing set it."""
        return self.variables.get(variable, "")
