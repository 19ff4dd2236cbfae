"""What one caller's run through a flow knows and yields: steps, and one decision."""

from collections.abc import Callable
from dataclasses import dataclass, field

from apps.ivr.engine.voice import Lookups, Voice


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
    `menus` is the way up.
    """

    voice: Voice
    lookups: Lookups
    language: str
    on_step: Callable[[Step], None]
    menus: list[str] = field(default_factory=list)
    keys: str = ""
    is_told: bool = False
