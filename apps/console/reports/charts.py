"""What the charts of a report draw; the tables beside them say the same."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from django.utils.dates import WEEKDAYS

from apps.console.reports.texts import COLUMN_TEXTS, item_name, step_text
from apps.reports.engine.columns import (
    AGENTS,
    ATTENDANCE,
    COLUMNS,
    CONTACTS,
    IVR,
    IVR_STEPS,
    OF_INSPECTIONS,
    ORDER_DEPARTMENTS,
    ORDER_STEPS,
    ORDERS,
    QUALITY_ITEMS,
    QUEUES,
    REGIONS,
    SURVEY_AGENTS,
    SURVEY_QUESTIONS,
    SURVEYS,
    Column,
)
from apps.reports.engine.ledger_sums import SCORES
from apps.reports.engine.region import ON_MAP
from apps.reports.engine.sums import STATES
from apps.reports.selectors import BY_ITEM, BY_TIME, Report

# More bars nobody reads: the rest is in the table.
MOST_BARS = 40


class Series(TypedDict):
    """One row of values."""

    name: str
    values: list[float | None]


class Slice(TypedDict):
    """One part of a whole."""

    name: str
    value: float
    # Of a map: how the map calls the place.
    place: NotRequired[str]


class Chart(TypedDict):
    """A chart: `kind` is bar, line, pie, map or heat; `unit` of its values is calls or hours."""

    kind: str
    unit: str
    title: str
    labels: list[str]
    series: list[Series]
    slices: list[Slice]


def charts(found: Report, *, title: str, whole: str, unit: str) -> list[Chart]:
    """Return the rows as bars (of items) or lines (of time), and the whole as a pie."""
    asked = found.asked
    rows = found.rows if asked.by == BY_TIME else found.rows[:MOST_BARS]
    labels = [
        step_text(row.bucket, asked.step, found.zone)
        if row.bucket
        else item_name(asked.kind, row.item)
        for row in rows
    ]
    drawn = _drawn(asked.kind)
    series: list[Series] = [
        {
            "name": str(COLUMN_TEXTS[asked.kind][one.id][0]),
            "values": [_value(one, row.sums) for row in rows],
        }
        for one in drawn
    ]
    made: list[Chart] = []
    if rows:
        kind = "line" if asked.by == BY_TIME else "bar"
        made.append(_chart(kind, unit, title, labels=labels, series=series))
    if asked.kind == REGIONS and asked.by == BY_ITEM and rows:
        made.insert(0, _chart("map", unit, title, slices=_places(found)))
    slices = _slices(found)
    if any(one["value"] for one in slices):
        made.append(_chart("pie", unit, whole, slices=slices))
    return made


def week_chart(hours: Sequence[Sequence[int]], *, title: str, unit: str) -> list[Chart]:
    """Return the hours of the week as a chart of shades; none where nothing is counted so."""
    if not any(map(any, hours)):
        return []
    series: list[Series] = [
        {"name": str(WEEKDAYS[day]), "values": list(row)} for day, row in enumerate(hours)
    ]
    labels = [f"{hour:02d}" for hour in range(24)]
    return [_chart("heat", unit, title, labels=labels, series=series)]


def _chart(
    kind: str,
    unit: str,
    title: str,
    *,
    labels: Sequence[str] = (),
    series: Sequence[Series] = (),
    slices: Sequence[Slice] = (),
) -> Chart:
    return {
        "kind": kind,
        "unit": unit,
        "title": title,
        "labels": list(labels),
        "series": list(series),
        "slices": list(slices),
    }


def _drawn(kind: str) -> list[Column]:
    if kind == ATTENDANCE:
        wanted = ("ready", "talk", "hold", "wrap_up", "paused")
        return [one for one in COLUMNS[kind] if one.id in wanted]
    return [one for one in COLUMNS[kind] if one.is_charted]


def _value(column: Column, sums: Any) -> float | None:
    value = column.value(sums)
    if not isinstance(value, int | float):
        return None
    # Times as hours: an axis of milliseconds says nothing.
    return round(value / 3_600_000, 2) if column.unit == "time" else value


def _places(found: Report) -> list[Slice]:
    return [
        {
            "name": item_name(REGIONS, row.item),
            "value": row.sums.calls,
            "place": ON_MAP[row.item.key],
        }
        for row in found.rows
        if row.item is not None and row.item.key in ON_MAP
    ]


# What parts make the whole up; of none of the others a pie would say something true.
_PARTS: Mapping[str, tuple[str, ...]] = {
    QUEUES: ("answered", "abandoned", "flowed_out"),
    AGENTS: ("answered", "missed", "taken"),
    ORDERS: ("in_time", "late"),
    ORDER_DEPARTMENTS: ("in_time", "late"),
    ORDER_STEPS: ("in_time", "late"),
    CONTACTS: ("resolved", "repeated"),
    SURVEY_QUESTIONS: tuple(f"score_{one}" for one in SCORES),
    SURVEYS: (),
    SURVEY_AGENTS: (),
    IVR: (),
    IVR_STEPS: (),
    **dict.fromkeys(OF_INSPECTIONS, ()),
    QUALITY_ITEMS: (),
}
_OUTCOMES = ("answered", "abandoned", "voicemail", "self_service", "refused", "failed")


def _slices(found: Report) -> list[Slice]:
    kind, total = found.asked.kind, found.total
    names = {key: str(name) for key, (name, _text) in COLUMN_TEXTS[kind].items()}
    if kind == ATTENDANCE:
        words = {"talking": "talk", "held": "hold"}
        return [
            {"name": names[words.get(state, state)], "value": round(ms / 3_600_000, 2)}
            for state in STATES
            if (ms := total.times.ms(state))
        ]
    return [
        {"name": names[one], "value": getattr(total, one)} for one in _PARTS.get(kind, _OUTCOMES)
    ]
