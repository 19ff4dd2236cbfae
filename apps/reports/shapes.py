"""What a report is asked for, and what it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apps.calls.engine.figures import DEFAULT_SERVICE_LEVEL
from apps.reports.engine.columns import COLUMNS, SUMS, Column, Value
from apps.reports.engine.periods import Bucket, Period
from apps.reports.engine.sums import together

BY_ITEM, BY_TIME = "item", "time"
Gaps = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Asked:
    """What a report is asked for. `item` '' means all that the person may see.

    `by` item: a row for each queue, agent …; by time: a row for each step of the period. `level`:
    the definition of the service level, '' for the company's choice.
    """

    kind: str
    period: Period
    by: str = BY_ITEM
    step: str = "day"
    item: str = ""
    level: str = ""


@dataclass(frozen=True)
class Item:
    """A queue, an agent, a number or a trunk: its key in rollups, and its name."""

    key: Any
    name: str


@dataclass(frozen=True)
class ReportRow:
    """One row: of an item, or of a step of time."""

    sums: Any
    item: Item | None = None
    bucket: Bucket | None = None
    # Of a step of time: for how long the exchange was not heard in it.
    unheard_s: int = 0


@dataclass(frozen=True)
class Report:
    """A report. `waiting`: quarter-hours that are not counted yet, 0 mostly.

    `unheard_s`: for how long the exchange was not heard in the period; figures may lack something.
    """

    asked: Asked
    zone: ZoneInfo
    items: tuple[Item, ...]
    rows: tuple[ReportRow, ...]
    total: Any
    earlier: Period
    earlier_total: Any
    pauses: Mapping[str, int]
    waiting: int
    unheard_s: int
    # The service level's definition, and those of queues that have another.
    level: str = DEFAULT_SERVICE_LEVEL
    queue_levels: Mapping[str, str] = field(default_factory=dict)

    def level_of(self, row: ReportRow | None) -> str:
        """Return by which definition a row's service level is; None is the total."""
        item = self.chosen if row is None or row.item is None else row.item
        return self.queue_levels.get(str(item.key), self.level) if item else self.level

    def value(self, column: Column, sums: Any, row: ReportRow | None = None) -> Value:
        """Return a column's value of a row's sums; without a row of the whole."""
        if column.at_level is not None:
            return column.at_level(sums, self.level_of(row))
        return column.value(sums)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns; those that are seldom only where something is in them."""
        every = COLUMNS[self.asked.kind]
        return tuple(one for one in every if not one.is_seldom or one.value(self.total))

    @property
    def chosen(self) -> Item | None:
        """Return the one item that was asked for."""
        return self.items[0] if self.asked.item and self.items else None


def unheard_in(gaps: Gaps, since: datetime, until: datetime) -> int:
    """Return for how long the exchange was not heard in [since, until), in seconds."""
    parts = (min(end, until) - max(start, since) for start, end in gaps)
    whole = sum((part for part in parts if part > timedelta(0)), timedelta(0))
    # Less than a second is one: nothing that was missed is passed over.
    return -(-whole // timedelta(seconds=1))


def total_of(kind: str, found: Iterable[Any]) -> Any:
    """Return the sums of all of them."""
    return together(SUMS[kind], [vars(sums) for sums in found])
