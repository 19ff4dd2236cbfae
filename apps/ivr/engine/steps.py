"""What one caller's run through a flow knows and yields: steps, and one decision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from apps.ivr.engine.voice import Lookups, Voice

ALL_KEYS = "#*0123456789"


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

    def ask(self, prompts: Sequence[str], timeout_s: float) -> str:
        """Play prompts and wait for one key, which may cut them short; '' when none came."""
        return self.voice.play(prompts, keys=ALL_KEYS) or self.voice.key(timeout_s)

    def collect(
        self, prompts: Sequence[str], timeout_s: float, most: int, *, is_secret: bool = False
    ) -> str:
        """Collect keys up to `#`, a pause or `most`; `keys` shows a secret's as `*`.

        A leading `*` (one level back) ends it at once.
        """
        collected = ""
        key = self.ask(prompts, timeout_s)
        while key and key != "#":
            collected += key
            self.keys = "*" * len(collected) if is_secret else collected
            if len(collected) == most or collected == "*":
                break
            key = self.voice.key(timeout_s)
        return collected
