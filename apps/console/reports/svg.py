"""Charts of a printed report: bars and lines as SVG, drawn without a browser. Pure.

Numbers and text only; text is escaped by the template that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.console.reports.charts import Chart

LEFT, RIGHT, TOP, BOTTOM = 50, 690, 12, 180
# As on the page: neighbours differ in lightness too.
COLOURS = ("#14713d", "#d98a00", "#b02a37", "#3d6fb6", "#7a5195", "#5c636a")
MOST_LABELS = 12
# Of a bar.
WIDEST = 28.0


@dataclass(frozen=True)
class Mark:
    """A rectangle of a bar, or a point of a line."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Path:
    """A line: its points as SVG takes them, gaps where there is no value."""

    d: str
    colour: str


@dataclass(frozen=True)
class Label:
    """Words at a place."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """What the template writes."""

    title: str
    unit: str
    bars: tuple[Mark, ...]
    lines: tuple[Path, ...]
    labels: tuple[Label, ...]
    legend: tuple[tuple[str, str], ...]


def drawing(chart: Chart) -> Drawing | None:
    """Return a chart of bars or lines as marks; None for one that is told by the table alone."""
    if chart["kind"] not in ("bar", "line") or not chart["labels"] or not chart["series"]:
        return None
    every = [value for one in chart["series"] for value in one["values"] if value is not None]
    most = max([*every, 0]) or 1
    slot = (RIGHT - LEFT) / len(chart["labels"])

    def height(value: float) -> float:
        return round((BOTTOM - TOP) * max(value, 0) / most, 2)

    bars: list[Mark] = []
    lines: list[Path] = []
    wide = min(slot * 0.8 / len(chart["series"]), WIDEST)
    first = (slot - wide * len(chart["series"])) / 2
    for number, one in enumerate(chart["series"]):
        colour = COLOURS[number % len(COLOURS)]
        if chart["kind"] == "line":
            lines.append(Path(_path(one["values"], slot, height), colour))
            continue
        for place, value in enumerate(one["values"]):
            if value:
                x = LEFT + place * slot + first + number * wide
                tall = height(value)
                bars.append(Mark(round(x, 2), BOTTOM - tall, round(wide, 2), tall, colour))
    every_nth = -(-len(chart["labels"]) // MOST_LABELS)
    labels = [
        Label(round(LEFT + (place + 0.5) * slot, 2), BOTTOM + 14, text[:14])
        for place, text in enumerate(chart["labels"])
        if place % every_nth == 0
    ]
    labels += [
        Label(LEFT - 4, TOP + 4, f"{most:g}", "end"),
        Label(LEFT - 4, BOTTOM, "0", "end"),
    ]
    legend = tuple(
        (COLOURS[number % len(COLOURS)], one["name"]) for number, one in enumerate(chart["series"])
    )
    return Drawing(chart["title"], chart["unit"], tuple(bars), tuple(lines), tuple(labels), legend)


def _path(values: list[float | None], slot: float, height: Callable[[float], float]) -> str:
    parts: list[str] = []
    is_down = False
    for place, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        x, y = LEFT + (place + 0.5) * slot, BOTTOM - height(value)
        parts.append(f"{'L' if is_down else 'M'}{x:.2f} {y:.2f}")
        is_down = True
    return " ".join(parts)
