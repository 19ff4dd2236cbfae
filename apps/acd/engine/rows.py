"""What the board is told: agents and queues of the database, callers of the dialplan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apps.acd.engine.floor import Membership, Need
from apps.acd.engine.saying import Spoken
from apps.acd.engine.ways import Ways


@dataclass(frozen=True)
class AgentRow:
    """A signed-in agent as the database has him. `phone`: the endpoint that is rung.

    `wrap_up_over_at`: he said that what began before is wrapped up; `wrap_up_until`: he asked for
    so much time.
    """

    id: str
    phone: str
    endpoints: tuple[str, ...]
    is_paused: bool
    wish_since: datetime
    queues: Mapping[str, Membership]
    skills: Mapping[str, int] = field(default_factory=dict)
    pause_until: datetime | None = None
    pause_reason: str = ""
    signed_in_at: datetime | None = None
    wrap_up_over_at: datetime | None = None
    wrap_up_until: datetime | None = None
    number: str = ""


@dataclass(frozen=True)
class QueueRow:
    """A queue as the database has it; times in seconds."""

    id: str
    strategy: str
    ring_s: int = 20
    rest_s: int = 2
    wrap_up_s: int = 0
    needs: tuple[Need, ...] = ()
    ways: Ways = field(default_factory=Ways)


@dataclass(frozen=True)
class Joined:
    """A caller who waits, as the dialplan tells. `channel` is his, `limit_at` his wait's end.

    `needs` are asked for beside the queue's; `wanted` is the number of the agent for whom he is
    kept for `wanted_s` seconds. `place_at` is his place when it is older than his joining: he took
    it along from another queue. `is_new`: he has just come. `used` are the overflow rules that his
    call has used, `spoken` what was said to him last.
    """

    call: str
    channel: str
    queue: str
    joined_at: datetime
    priority: int = 0
    limit_at: datetime | None = None
    linkedid: str = ""
    needs: tuple[Need, ...] = ()
    wanted: str = ""
    wanted_s: int = 0
    place_at: datetime | None = None
    is_new: bool = True
    used: frozenset[int] = frozenset()
    spoken: Spoken = field(default_factory=Spoken)
    language: str = "zh"

    @property
    def place(self) -> datetime:
        """Return the time that his place in the queue counts from."""
        return self.place_at or self.joined_at
