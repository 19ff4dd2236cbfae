"""What is added up for a quarter-hour of a company's calls, and for any set of them. Pure.

docs/promises.md says what each part means. Counts, sums and the longest only, never means.
"""

from dataclasses import dataclass, field, fields
from typing import Any

SUM, MOST = "sum", "most"


def _most() -> Any:
    return field(default=0, metadata={"how": MOST})


@dataclass(frozen=True)
class CallSums:
    """Ended calls by when they began; times in ms.

    callers = connected + refused + unserved + gave_up; voices + straight <= connected.
    """

    callers: int = 0
    connected: int = 0
    refused: int = 0
    unserved: int = 0
    gave_up: int = 0
    voices: int = 0
    voice_ms: int = 0
    voices_late: int = 0
    longest_voice_ms: int = _most()
    straight: int = 0
    picks: int = 0
    pick_ms: int = 0
    longest_pick_ms: int = _most()
    talks: int = 0
    dropped: int = 0


def how_of() -> dict[str, str]:
    """Return how each part is put together: sum or most."""
    return {part.name: part.metadata.get("how", SUM) for part in fields(CallSums)}


def added(one: CallSums, other: CallSums) -> CallSums:
    """Return the sums of both sets."""
    parts = {}
    for name, how in how_of().items():
        mine, theirs = getattr(one, name), getattr(other, name)
        parts[name] = mine + theirs if how == SUM else max(mine, theirs)
    return CallSums(**parts)
