"""The figures of a queue from its visits, of an agent from his legs. Source: docs/figures.md.

Offered = answered + abandoned + flowed out holds for closed visits, whatever is filtered: who still
waits is counted apart. A figure without calls is None, never 0 or 100.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

ANSWERED, ABANDONED, FLOWED_OUT = "answered", "abandoned", "flowed_out"


@dataclass(frozen=True)
class ClosedVisit:
    """One stay in a queue that has ended. Milliseconds; `level_ms`, `short_ms` are its queue's.

    `handled_ms` is talk + hold + wrap-up of an answered one.
    """

    how: str
    wait_ms: int
    level_ms: int = 20_000
    short_ms: int = 5_000
    handled_ms: int = 0
    is_transferred: bool = False


@dataclass(frozen=True)
class Counts:
    """What is added up; counts of one set plus those of another are those of both."""

    offered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_in_time: int = 0
    flowed_out: int = 0
    transferred: int = 0
    answered_wait_ms: int = 0
    handled_ms: int = 0
    longest_wait_ms: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        summed = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(self)
        }
        summed["longest_wait_ms"] = max(self.longest_wait_ms, other.longest_wait_ms)
        return Counts(**summed)


def counts_of(visits: Iterable[ClosedVisit]) -> Counts:
    """Add visits up. Raises ValueError for one that is not closed."""
    total = Counts()
    for visit in visits:
        total += _one(visit)
    return total


def _one(visit: ClosedVisit) -> Counts:
    is_in_time = visit.wait_ms <= visit.level_ms
    if visit.how == ANSWERED:
        return Counts(
            offered=1,
            answered=1,
            answered_in_time=int(is_in_time),
            transferred=int(visit.is_transferred),
            answered_wait_ms=visit.wait_ms,
            handled_ms=visit.handled_ms,
            longest_wait_ms=visit.wait_ms,
        )
    if visit.how == ABANDONED:
        return Counts(
            offered=1,
            abandoned=1,
            abandoned_short=int(visit.wait_ms < visit.short_ms),
            abandoned_in_time=int(is_in_time),
            longest_wait_ms=visit.wait_ms,
        )
    if visit.how == FLOWED_OUT:
        return Counts(offered=1, flowed_out=1, longest_wait_ms=visit.wait_ms)
    raise ValueError(f"a visit that is {visit.how!r} is not closed")


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def service_levels(counts: Counts) -> dict[str, float | None]:
    """Return each service level by the id of its definition, 0 to 1."""
    n = counts
    return {
        "answered": _share(n.answered_in_time, n.answered),
        "answered_or_left_in_time": _share(
            n.answered_in_time + n.abandoned_in_time, n.answered + n.abandoned
        ),
        "offered": _share(n.answered_in_time, n.offered),
        "answered_plus_abandoned": _share(n.answered_in_time, n.answered + n.abandoned),
        "without_short": _share(n.answered_in_time, n.answered + n.abandoned - n.abandoned_short),
        "with_flow_outs": _share(
            n.answered_in_time, n.answered + n.abandoned + n.flowed_out - n.abandoned_short
        ),
        "late_abandons_only": _share(
            n.answered_in_time, n.answered + n.abandoned - n.abandoned_in_time
        ),
    }


DEFAULT_SERVICE_LEVEL = "without_short"
# The ids of all definitions.
SERVICE_LEVELS = tuple(service_levels(Counts()))


@dataclass(frozen=True)
class Rates:
    """Figures that are quotients. Shares 0 to 1, times in milliseconds; None without calls."""

    service_level: float | None
    abandon_rate: float | None
    abandon_rate_without_short: float | None
    asa_ms: float | None
    aht_ms: float | None
    transfer_rate: float | None


def rates(counts: Counts, definition: str = DEFAULT_SERVICE_LEVEL) -> Rates:
    """Return the quotients of the counts. Raises KeyError for an unknown definition."""
    n = counts
    return Rates(
        service_level=service_levels(n)[definition],
        abandon_rate=_share(n.abandoned, n.offered),
        abandon_rate_without_short=_share(
            n.abandoned - n.abandoned_short, n.offered - n.abandoned_short
        ),
        asa_ms=_share(n.answered_wait_ms, n.answered),
        aht_ms=_share(n.handled_ms, n.answered),
        transfer_rate=_share(n.transferred, n.answered),
    )


ANSWERED_BY_HIM, MISSED, TAKEN, MADE, REACHED = "answered", "missed", "taken", "made", "reached"
AGENT_FIGURES = (ANSWERED_BY_HIM, MISSED, TAKEN, MADE, REACHED)


@dataclass(frozen=True)
class AgentLeg:
    """One channel of an agent in a call, and what the figures need of that call.

    `at` is when it rang, or began; `is_first` whether the call began with it.
    """

    call_id: int
    at: datetime
    direction: str
    is_first: bool = False
    is_call_back: bool = False
    is_live: bool = False
    result: str = ""
    is_call_answered: bool = False


@dataclass(frozen=True)
class AgentCall:
    """What one call is for one agent: the figures in which it counts, at the time it began."""

    call_id: int
    at: datetime
    figures: tuple[str, ...]


@dataclass(frozen=True)
class AgentCounts:
    """Calls of an agent. `answered` + `missed` + `taken` are those that rang at him."""

    answered: int = 0
    missed: int = 0
    taken: int = 0
    made: int = 0
    reached: int = 0

    def __add__(self, other: "AgentCounts") -> "AgentCounts":
        return AgentCounts(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )

    @property
    def rung(self) -> int:
        """Return how many calls rang at him."""
        return self.answered + self.missed + self.taken

    @property
    def handled(self) -> int:
        """Return how many calls he talked in."""
        return self.answered + self.reached


def agent_call(legs: Sequence[AgentLeg]) -> AgentCall | None:
    """Return what a call is for the agent whose legs (at least one, of one call) these are.

    None for colleagues' calls among themselves, and while it still rings at him. A call that rang
    at him twice, or at two of his phones, is one call; it belongs to the time at which it first
    rang, whatever midnight is in between.
    """
    first = min(legs, key=lambda leg: leg.at)
    if first.direction == "internal":
        return None
    if first.direction == "out" and any(leg.is_first or leg.is_call_back for leg in legs):
        found = (MADE, REACHED) if first.is_call_answered else (MADE,)
        return AgentCall(first.call_id, first.at, found)
    if any(leg.result == "connected" for leg in legs):
        return AgentCall(first.call_id, first.at, (ANSWERED_BY_HIM,))
    if any(leg.is_live for leg in legs):
        return None
    # He let it ring, declined, or the caller gave up; a quicker colleague is no fault of his.
    is_his = any(leg.result == "not_answered" for leg in legs) or not first.is_call_answered
    return AgentCall(first.call_id, first.at, (MISSED if is_his else TAKEN,))


def agent_counts(calls: Iterable[AgentCall]) -> AgentCounts:
    """Add an agent's calls up."""
    found = dict.fromkeys(AGENT_FIGURES, 0)
    for call in calls:
        for figure in call.figures:
            found[figure] += 1
    return AgentCounts(**found)


def handling_ms(counts: AgentCounts, worked_ms: int) -> float | None:
    """Return the mean of talk, hold and wrap-up (`worked_ms` in all) of a call he talked in."""
    return _share(worked_ms, counts.handled)
