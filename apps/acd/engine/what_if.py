"""What if: a recorded day beside itself played again, changed, and by Erlang.

The answer is plain data (numbers, texts, lists), ready to be kept as JSON.
"""

from dataclasses import asdict, dataclass
from typing import Any

from apps.acd.engine.what_if_change import Changes, changed
from apps.acd.engine.what_if_day import Day, Played, Stay
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_erlang import erlang_figures
from apps.acd.engine.what_if_figures import (
    DAY,
    FIGURES,
    HALF,
    Estimate,
    Figures,
    Scope,
    estimates,
    half_key,
    measure,
    queue_key,
    recorded_play,
)
from apps.acd.engine.what_if_run import play

VERSION = 1
RECORDED, REPRODUCED, CHANGED = "recorded", "reproduced", "changed"
COLUMNS = (RECORDED, REPRODUCED, CHANGED, "erlang_c", "erlang_a")
# How often the unchanged day is played; the same day comes out, but for what nobody recorded.
REPRODUCTIONS = 5
# Within these the model is believed: points of service level, share of offered calls.
NEAR_LEVEL, NEAR_CALLS = 0.03, 0.02


@dataclass(frozen=True)
class Deviation:
    """How far the reproduced day is from the recorded one. Shares; None without calls.

    `same_end`: callers of whom the model says the same end as the ledger.
    """

    service_level: float | None
    answered: float | None
    abandoned: float | None
    same_end: float | None

    @property
    def is_near(self) -> bool:
        """Say whether the model reproduces the day."""
        calls = (self.answered, self.abandoned)
        return abs(self.service_level or 0.0) <= NEAR_LEVEL and all(
            abs(one or 0.0) <= NEAR_CALLS for one in calls
        )


class Study:
    """One question about one day. Play by play, so that a caller may show progress or stop."""

    def __init__(self, day: Day, changes: Changes, scope: Scope) -> None:
        """Raises ValueError for changes that do not fit the day."""
        self._day, self._changes, self._scope = day, changes, scope
        self._draws = Draws(day.arrivals)
        self._recorded = recorded_play(day)
        self._reproduced: list[dict[str, Figures]] = []
        self._changed: list[dict[str, Figures]] = []
        self._erlang: dict[str, dict[str, Figures]] = {}
        self._same: list[float] = []
        changed(day, changes, 0)

    def reproduce(self, seed: int) -> None:
        """Play the day as it was."""
        played = play(self._day, self._draws, seed)
        self._reproduced.append(measure(self._day, played, self._scope))
        self._same.append(_same_ends(self._recorded, played, self._scope))

    def replicate(self, seed: int) -> None:
        """Play the changed day."""
        day = changed(self._day, self._changes, seed)
        played = play(day, self._draws, seed)
        if not self._erlang:
            self._erlang = erlang_figures(day, played.stays, self._draws, self._scope.queues)
        self._changed.append(measure(day, played, self._scope))

    def answer(self) -> dict[str, Any]:
        """Return all figures side by side; call it after at least one of each play."""
        recorded = measure(self._day, self._recorded, self._scope)
        columns = {
            RECORDED: estimates([recorded]),
            REPRODUCED: estimates(self._reproduced),
            CHANGED: estimates(self._changed),
            **{name: estimates([found]) for name, found in self._erlang.items()},
        }
        keys = {key for found in columns.values() for key in found}
        halves = sorted(int(key[len(HALF) :]) for key in keys if key.startswith(HALF))
        deviation = self._deviation(columns[RECORDED][DAY], columns[REPRODUCED][DAY])
        return {
            "v": VERSION,
            "definition": self._scope.definition,
            "deviation": {**asdict(deviation), "is_near": deviation.is_near},
            "day": _row(columns, DAY),
            "half_hours": [{"half": half, **_row(columns, half_key(half))} for half in halves],
            "queues": [
                {"queue": queue, **_row(columns, queue_key(queue))}
                for queue in sorted(self._scope.queues)
            ],
        }

    def _deviation(
        self, recorded: dict[str, Estimate | None], reproduced: dict[str, Estimate | None]
    ) -> Deviation:
        def gap(name: str) -> float | None:
            before, after = recorded[name], reproduced[name]
            return None if before is None or after is None else after.mean - before.mean

        offered = recorded["offered"]
        calls = offered.mean if offered else 0.0

        def share(name: str) -> float | None:
            found = gap(name)
            return None if found is None or not calls else found / calls

        same = [one for one in self._same if one >= 0]
        return Deviation(
            service_level=gap("service_level"),
            answered=share("answered"),
            abandoned=share("abandoned"),
            same_end=sum(same) / len(same) if same else None,
        )


def _same_ends(recorded: Played, played: Played, scope: Scope) -> float:
    """Return the share of recorded stays that ended so in the play too, -1 without any."""
    ends = {stay.call: _end(stay) for stay in played.stays}
    before = [stay for stay in recorded.stays if stay.queue in scope.queues]
    if not before:
        return -1.0
    return sum(ends.get(stay.call) == _end(stay) for stay in before) / len(before)


def _end(stay: Stay) -> tuple[str, str]:
    return stay.queue, stay.how


def _row(columns: dict[str, dict[str, dict[str, Estimate | None]]], key: str) -> dict[str, Any]:
    """Return {column: {figure: [mean, low, high] or None}}."""
    row: dict[str, Any] = {}
    for name, found in columns.items():
        figures = found.get(key, {})
        row[name] = {
            figure: [one.mean, one.low, one.high] if (one := figures.get(figure)) else None
            for figure in FIGURES
        }
    return row
