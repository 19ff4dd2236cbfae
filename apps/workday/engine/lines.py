"""An agent's figures as lines: his value, his target and the team's mean. Pure.

The definitions are docs/figures.md's; the sums come from `calls.engine.figures` and
`acd.engine.occupancy`, which alone say how things are counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.acd.engine.agent_state import HELD, PAUSED, READY, TALKING, WRAP_UP
from apps.acd.engine.occupancy import Times
from apps.calls.engine.figures import AGENT_FIGURES, AgentCounts, handling_ms

# How a value is written.
COUNT, TIME, SHARE = "count", "time", "share"
# Fewer would let a person reckon what a single colleague did.
SMALLEST_TEAM = 3

STATES = {
    "talk": TALKING,
    "hold": HELD,
    "wrap_up": WRAP_UP,
    "ready": READY,
    "paused": PAUSED,
}
UNITS: Mapping[str, str] = {
    **dict.fromkeys(AGENT_FIGURES, COUNT),
    **dict.fromkeys(STATES, TIME),
    "signed_in": TIME,
    "handling": TIME,
    "occupancy": SHARE,
    "utilisation": SHARE,
    "service_score": SHARE,
}
# What can have a target -> whether more is better. Counts are of one day.
TARGETS: Mapping[str, bool] = {
    "answered": True,
    "missed": False,
    "made": True,
    "handling": False,
    "occupancy": True,
    "service_score": True,
}
# A target is kept as a whole number: calls a day, seconds, percent.
IN_UNITS = {COUNT: 1.0, TIME: 1000.0, SHARE: 0.01}


@dataclass(frozen=True)
class Score:
    """Scores given in surveys about an agent, and how many of them were not bad."""

    answers: int = 0
    good: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.answers + other.answers, self.good + other.good)

    @property
    def share(self) -> float | None:
        """Return the share that was not bad; None without a score."""
        return self.good / self.answers if self.answers else None


@dataclass(frozen=True)
class Work:
    """What somebody did in a time; added up it is what several did."""

    counts: AgentCounts = field(default_factory=AgentCounts)
    times: Times = field(default_factory=Times)
    score: Score = field(default_factory=Score)

    def __add__(self, other: "Work") -> "Work":
        return Work(self.counts + other.counts, self.times + other.times, self.score + other.score)

    @property
    def is_any(self) -> bool:
        """Say whether he worked at all."""
        return self.times.signed_in_ms > 0 or self.counts != AgentCounts()

    def value(self, figure: str) -> float | None:
        """Return a figure: calls, milliseconds or a share of 1; None where there is none."""
        if figure in AGENT_FIGURES:
            return float(getattr(self.counts, figure))
        if figure in STATES:
            return float(self.times.ms(STATES[figure]))
        if figure == "signed_in":
            return float(self.times.signed_in_ms)
        if figure == "handling":
            return handling_ms(self.counts, self.times.handling_ms)
        if figure == "occupancy":
            return self.times.occupancy
        if figure == "utilisation":
            return self.times.utilisation
        return self.score.share


@dataclass(frozen=True)
class Line:
    """One figure. `team` None: too few; `is_met` None: no target, or nothing to compare."""

    figure: str
    unit: str
    value: float | None
    team: float | None
    target: float | None
    is_met: bool | None


def team_mean(team: Iterable[Work], figure: str) -> float | None:
    """Return the mean of those who worked; of a quotient that of all together, not of quotients.

    None for fewer than `SMALLEST_TEAM`.
    """
    at_work = [one for one in team if one.is_any]
    if len(at_work) < SMALLEST_TEAM:
        return None
    whole = sum(at_work, Work()).value(figure)
    is_sum = figure in AGENT_FIGURES or figure in STATES or figure == "signed_in"
    return whole / len(at_work) if is_sum and whole is not None else whole


def target_of(figure: str, kept: Mapping[str, int], days: int) -> float | None:
    """Return the target in the figure's own unit; of counts, of as many days as he worked."""
    if figure not in kept or figure not in TARGETS:
        return None
    of_days = max(days, 1) if UNITS[figure] == COUNT else 1
    return kept[figure] * IN_UNITS[UNITS[figure]] * of_days


def lines(
    work: Work, team: Iterable[Work], kept: Mapping[str, int], days: int = 1
) -> dict[str, Line]:
    """Return every figure of one person by its name. `days` are those on which he worked."""
    everybody = list(team)
    found = {}
    for figure, unit in UNITS.items():
        value, target = work.value(figure), target_of(figure, kept, days)
        is_met = None
        if value is not None and target is not None:
            is_met = value >= target if TARGETS[figure] else value <= target
        found[figure] = Line(figure, unit, value, team_mean(everybody, figure), target, is_met)
    return found
