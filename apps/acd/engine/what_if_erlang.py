"""Erlang C and A for the half hours of a day, as a second opinion beside the simulation.

The formulas know one queue of equal agents in balance. An agent of several queues counts in each by
its share of his queues' load; who is there for a part of the half hour counts by that part.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

from apps.acd.engine.erlang import Forecast, impatient, patient
from apps.acd.engine.what_if_day import HALF_HOUR_MS, SHUT, Day, Stay
from apps.acd.engine.what_if_draws import Draws
from apps.acd.engine.what_if_figures import DAY, Figures, half_key, queue_key
from apps.acd.engine.what_if_spans import by_half_hour
from apps.calls.engine.figures import ANSWERED

HALF_HOUR_S = HALF_HOUR_MS / 1000


@dataclass(frozen=True)
class Load:
    """A queue in a half hour: calls that came, and seconds that each takes an agent."""

    queue: str
    half: int
    calls: int
    handling_s: float

    @property
    def erlangs(self) -> float:
        """Return the offered load."""
        return self.calls / HALF_HOUR_S * self.handling_s


def erlang_figures(
    day: Day, stays: Iterable[Stay], draws: Draws, queues: Iterable[str]
) -> dict[str, dict[str, Figures]]:
    """Return {"erlang_c": figures by key, "erlang_a": …}; the level is A_T / O (`offered`).

    Half hours in which a queue has calls and no agent are left out of A and C alike. A sum over a
    line that grows without bound has no mean wait.
    """
    wanted = frozenset(queues)
    loads = _loads(day, list(stays))
    agents = _agents(day, loads)
    models: dict[str, dict[str, list[tuple[int, Forecast]]]] = {"erlang_c": {}, "erlang_a": {}}
    for (queue, half), load in loads.items():
        number = round(agents.get((queue, half), 0.0))
        if queue not in wanted or number < 1 or not load.calls:
            continue
        level_s = day.rules[queue].level_ms / 1000
        forecasts = {"erlang_c": patient(number, load.erlangs, load.handling_s, level_s)}
        mean_ms = draws.patience(queue).mean_ms
        if mean_ms:
            forecasts["erlang_a"] = impatient(
                number, load.erlangs, load.handling_s, level_s, mean_ms / 1000
            )
        for name, forecast in forecasts.items():
            for key in (DAY, half_key(half), queue_key(queue)):
                models[name].setdefault(key, []).append((load.calls, forecast))
    return {
        name: {key: _together(found) for key, found in by_key.items()}
        for name, by_key in models.items()
    }


def _loads(day: Day, stays: list[Stay]) -> dict[tuple[str, int], Load]:
    talks: dict[str, list[int]] = {}
    calls: dict[tuple[str, int], int] = {}
    for stay in stays:
        if stay.how == SHUT:
            continue
        cell = (stay.queue, stay.joined_ms // HALF_HOUR_MS)
        calls[cell] = calls.get(cell, 0) + 1
        if stay.how == ANSWERED:
            # While his phone rings an agent serves nobody else.
            rung = sum(one.ring_ms or 0 for one in stay.tries if one.is_answered)
            talks.setdefault(stay.queue, []).append(rung + stay.talk_ms + stay.wrap_up_ms)
    means = {queue: max(1.0, mean(found)) / 1000 for queue, found in talks.items()}
    anywhere = mean(means.values()) if means else 0.001
    return {
        (queue, half): Load(queue, half, count, means.get(queue, anywhere))
        for (queue, half), count in calls.items()
    }


def _agents(day: Day, loads: dict[tuple[str, int], Load]) -> dict[tuple[str, int], float]:
    """Return the agents of each queue and half hour, parts of agents too."""
    found: dict[tuple[str, int], float] = {}
    for staff in day.staff:
        for start, end in staff.spans:
            for half, part in by_half_hour(start, end):
                work = {
                    queue: loads[queue, half].erlangs
                    for queue in staff.queues
                    if (queue, half) in loads
                }
                whole = sum(work.values())
                for queue, erlangs in work.items():
                    share = part / HALF_HOUR_MS * erlangs / whole
                    found[queue, half] = found.get((queue, half), 0.0) + share
    return found


def _together(found: list[tuple[int, Forecast]]) -> Figures:
    """Return the means by calls."""
    calls = sum(count for count, _forecast in found)

    def share(name: str) -> float:
        return float(sum(count * getattr(one, name) for count, one in found)) / calls

    waits = [(count, one.asa_s) for count, one in found if one.asa_s is not None]
    is_bounded = len(waits) == len(found)
    return {
        "service_level": share("in_time"),
        "abandon_rate": share("abandons"),
        "asa_ms": sum(count * asa_s for count, asa_s in waits) / calls * 1000
        if is_bounded
        else None,
        "occupancy": share("occupancy"),
    }
