"""Times of an agent: what sums over his spans mean. Pure; docs/figures.md has the definitions.

Everything counts in whole milliseconds, so that rows add up to their figure exactly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.acd.engine.agent_state import HELD, PAUSED, READY, TALKING, WRAP_UP


@dataclass(frozen=True)
class Row:
    """One span, cut to the interval that is looked at."""

    state: str
    started_at: datetime
    ended_at: datetime
    reason: str = ""
    queue_number: str = ""
    linkedid: str = ""
    is_uncertain: bool = False
    is_open: bool = False

    @property
    def ms(self) -> int:
        """Return how long."""
        return (self.ended_at - self.started_at) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Times:
    """Milliseconds of an interval: by state, of busy also by reason; `unseen_ms` nobody saw."""

    by_state: Mapping[str, int] = field(default_factory=dict)
    by_reason: Mapping[str, int] = field(default_factory=dict)
    unseen_ms: int = 0

    def __add__(self, other: "Times") -> "Times":
        return Times(
            _added(self.by_state, other.by_state),
            _added(self.by_reason, other.by_reason),
            self.unseen_ms + other.unseen_ms,
        )

    def ms(self, state: str) -> int:
        """Return the time in a state."""
        return self.by_state.get(state, 0)

    @property
    def seen_ms(self) -> int:
        """Return the signed-in time that was seen."""
        return sum(self.by_state.values())

    @property
    def signed_in_ms(self) -> int:
        """Return the signed-in time."""
        return self.seen_ms + self.unseen_ms

    @property
    def handling_ms(self) -> int:
        """Return talk, hold and wrap-up."""
        return self.ms(TALKING) + self.ms(HELD) + self.ms(WRAP_UP)

    @property
    def occupancy(self) -> float | None:
        """Return (talk + hold + wrap-up) / (talk + hold + wrap-up + ready); None without."""
        return _share(self.handling_ms, self.handling_ms + self.ms(READY))

    @property
    def utilisation(self) -> float | None:
        """Return (talk + hold + wrap-up + ready) / signed-in time that was seen; None without."""
        return _share(self.handling_ms + self.ms(READY), self.seen_ms)


def cut(row: Row, since: datetime, until: datetime) -> Row | None:
    """Return the part of a span that is in [since, until), None when there is none."""
    started_at, ended_at = max(row.started_at, since), min(row.ended_at, until)
    if ended_at <= started_at:
        return None
    return Row(
        row.state,
        started_at,
        ended_at,
        row.reason,
        row.queue_number,
        row.linkedid,
        row.is_uncertain,
        row.is_open,
    )


def times_of(rows: Iterable[Row]) -> Times:
    """Add up spans that are cut to the interval."""
    by_state: dict[str, int] = {}
    by_reason: dict[str, int] = {}
    unseen_ms = 0
    for row in rows:
        if row.is_uncertain:
            unseen_ms += row.ms
            continue
        by_state[row.state] = by_state.get(row.state, 0) + row.ms
        if row.state == PAUSED:
            by_reason[row.reason] = by_reason.get(row.reason, 0) + row.ms
    return Times(by_state, by_reason, unseen_ms)


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in [*one, *other]}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
