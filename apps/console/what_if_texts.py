"""A what-if answer in words and cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.acd import what_if_runs
from apps.acd.engine.what_if import COLUMNS
from apps.acd.models import WhatIfRun

COLUMN_LABELS = {
    "recorded": gettext_lazy("Recorded"),
    "reproduced": gettext_lazy("Reproduced"),
    "changed": gettext_lazy("Changed"),
    "erlang_c": "Erlang C",
    "erlang_a": "Erlang A",
}
FIGURE_LABELS = {
    "service_level": gettext_lazy("Service level"),
    "asa_ms": gettext_lazy("Mean wait"),
    "abandon_rate": gettext_lazy("Abandon rate"),
    "occupancy": gettext_lazy("Occupancy"),
    "offered": gettext_lazy("Offered"),
    "answered": gettext_lazy("Answered"),
    "abandoned": gettext_lazy("Abandoned"),
    "flowed_out": gettext_lazy("Flowed out"),
    "aht_ms": gettext_lazy("Mean handling time"),
}
SHARES = frozenset({"service_level", "abandon_rate", "occupancy"})
TIMES = frozenset({"asa_ms", "aht_ms"})
DEFAULT_FIGURE = "service_level"
PROBLEMS = {
    what_if_runs.BROKE_OFF: gettext_lazy("The worker stopped in the middle. Run it again."),
    what_if_runs.DOES_NOT_FIT: gettext_lazy(
        "The changes name a queue or an agent that was not there on that day. Change them."
    ),
    what_if_runs.TOO_LONG: gettext_lazy(
        "It took longer than half an hour. Ask for fewer repetitions."
    ),
}
HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Cell:
    """A figure: its mean, and the 95 % interval as text, '' without one."""

    column: str
    text: str
    spread: str = ""


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    label: str
    cells: tuple[Cell, ...]


def problem_of(run: WhatIfRun) -> str:
    """Return what went wrong, '' nothing."""
    problem = what_if_runs.BROKE_OFF if run.has_broken_off else run.problem
    return str(PROBLEMS.get(problem, problem))


def day_rows(result: Mapping[str, Any]) -> list[Row]:
    """Return the day: a row for each figure."""
    return [
        Row(str(label), _cells(result["day"], figure)) for figure, label in FIGURE_LABELS.items()
    ]


def queue_rows(result: Mapping[str, Any], figure: str, names: Mapping[str, str]) -> list[Row]:
    """Return one figure by queue."""
    return [
        Row(names.get(row["queue"], row["queue"]), _cells(row, figure)) for row in result["queues"]
    ]


def half_hour_rows(result: Mapping[str, Any], figure: str) -> list[Row]:
    """Return one figure by half hour, those left out in which nothing was and nobody there."""
    begins_at = datetime.fromisoformat(result["begins_at"]).astimezone(UTC)
    zone = ZoneInfo(result["time_zone"])
    rows = []
    for row in result["half_hours"]:
        at = (begins_at + row["half"] * HALF_HOUR).astimezone(zone)
        cells = _cells(row, figure)
        if any(cell.text != "—" for cell in cells):
            rows.append(Row(at.strftime("%H:%M"), cells))
    return rows


def deviation_text(result: Mapping[str, Any]) -> str:
    """Return how well the model reproduces the day."""
    found = result["deviation"]
    values = {
        "level": _points(found["service_level"]),
        "answered": _points(found["answered"]),
        "abandoned": _points(found["abandoned"]),
        "same": "—" if found["same_end"] is None else f"{found['same_end']:.1%}",
    }
    return (
        _(
            "Played unchanged, the service level is %(level)s points from the recorded one, "
            "answered calls %(answered)s %% and abandoned ones %(abandoned)s %% of all offered; "
            "%(same)s of the callers end as they did."
        )
        % values
    )


def _points(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:+.1f}"


def _cells(row: Mapping[str, Any], figure: str) -> tuple[Cell, ...]:
    return tuple(_cell(column, figure, row.get(column, {}).get(figure)) for column in COLUMNS)


def _cell(column: str, figure: str, found: Sequence[float | None] | None) -> Cell:
    if found is None or found[0] is None:
        return Cell(column, "—")
    mean, low, high = found[0], found[1], found[2]
    spread = ""
    if low is not None and high is not None and shown(figure, low) != shown(figure, high):
        most = min(high, 1.0) if figure in SHARES else high
        spread = f"{shown(figure, max(low, 0.0))} – {shown(figure, most)}"
    return Cell(column, shown(figure, mean), spread)


def shown(figure: str, value: float) -> str:
    """Return a figure as people read it."""
    if figure in SHARES:
        return f"{value:.1%}"
    if figure in TIMES:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"
