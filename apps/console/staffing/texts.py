"""How columns of a staffing plan are called, what they say, and how a value is written."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.engine.columns import COUNT, SHARE, TIME
from apps.staffing.engine.forecast import HOLIDAY, MAKEUP
from apps.staffing.selectors import HalfHour

# One place after the point: seats sat at on average, calls to be expected.
MEAN = "mean"


@dataclass(frozen=True)
class Column:
    """One figure of a half-hour; `value` takes it, None where it says nothing. Times in seconds."""

    id: str
    name: Any
    unit: str
    text: Any

    def value(self, row: HalfHour) -> float | None:
        """Return the figure of a half-hour."""
        found: float | None = _VALUES[self.id](row)
        return found


def _of(row: HalfHour, which: str, name: str) -> float | None:
    seats = getattr(row, which)
    if seats is None:
        return None
    found = getattr(seats if name in ("seats", "people") else seats.expected, name)
    return None if found is None else float(found)


def _was(row: HalfHour, name: str, by: float = 1.0) -> float | None:
    found = getattr(row.served, name) if row.served is not None else None
    return None if found is None else found / by


_VALUES: dict[str, Any] = {
    "calls": lambda row: row.calls,
    "handling": lambda row: row.handling_s,
    "needed": lambda row: _of(row, "needed", "seats"),
    "needed_alone": lambda row: row.needed_alone,
    "people": lambda row: _of(row, "needed", "people"),
    "level": lambda row: _of(row, "needed", "level"),
    "asa": lambda row: _of(row, "needed", "asa_s"),
    "occupancy": lambda row: _of(row, "needed", "occupancy"),
    "abandoned": lambda row: _of(row, "needed", "abandoned"),
    "tried_level": lambda row: _of(row, "tried", "level"),
    "tried_asa": lambda row: _of(row, "tried", "asa_s"),
    "tried_occupancy": lambda row: _of(row, "tried", "occupancy"),
    "tried_abandoned": lambda row: _of(row, "tried", "abandoned"),
    "staffed": lambda row: row.staffed,
    "came": lambda row: row.came,
    "was_level": lambda row: _was(row, "service_level"),
    "was_asa": lambda row: _was(row, "asa_ms", 1000.0),
    "was_abandoned": lambda row: _was(row, "abandon_rate"),
}

COLUMNS = (
    Column("calls", gettext_lazy("Expected calls"), MEAN,
           gettext_lazy("Calls that are expected to join the queue.")),
    Column("handling", gettext_lazy("Mean handling time (AHT)"), TIME,
           gettext_lazy("Talk, hold and wrap-up for the queue / answered, of the history.")),
    Column("needed", gettext_lazy("Suggested seats"), COUNT,
           gettext_lazy("The fewest seats that reach what is asked for.")),
    Column("needed_alone", gettext_lazy("Seats, each queue alone"), COUNT,
           gettext_lazy("Seats if no agent served two of these queues, added up.")),
    Column("people", gettext_lazy("People to plan"), COUNT,
           gettext_lazy("Seats / (1 − shrinkage), rounded up.")),
    Column("level", gettext_lazy("Expected service level"), SHARE,
           gettext_lazy("Served within the limit / (all − those who give up at once).")),
    Column("asa", gettext_lazy("Expected mean wait"), TIME,
           gettext_lazy("Mean wait of those who are served.")),
    Column("occupancy", gettext_lazy("Expected occupancy"), SHARE,
           gettext_lazy("Part of the time at the seat that is talk, hold and wrap-up.")),
    Column("abandoned", gettext_lazy("Expected abandons"), SHARE,
           gettext_lazy("Those who give up / all; 0 with Erlang C.")),
    Column("tried_level", gettext_lazy("What if: service level"), SHARE,
           gettext_lazy("With the seats that you entered.")),
    Column("tried_asa", gettext_lazy("What if: mean wait"), TIME,
           gettext_lazy("With the seats that you entered.")),
    Column("tried_occupancy", gettext_lazy("What if: occupancy"), SHARE,
           gettext_lazy("With the seats that you entered.")),
    Column("tried_abandoned", gettext_lazy("What if: abandons"), SHARE,
           gettext_lazy("With the seats that you entered.")),
    Column("staffed", gettext_lazy("Staffed"), MEAN,
           gettext_lazy("Time of today's members in ready, ringing, talk, hold, wrap-up / half an hour.")),  # noqa: E501
    Column("came", gettext_lazy("Calls that came"), COUNT,
           gettext_lazy("Callers who joined the queue.")),
    Column("was_level", gettext_lazy("Service level that was"), SHARE,
           gettext_lazy("As in the report of queues (without_short).")),
    Column("was_asa", gettext_lazy("Mean wait that was"), TIME,
           gettext_lazy("As in the report of queues.")),
    Column("was_abandoned", gettext_lazy("Abandons that were"), SHARE,
           gettext_lazy("Abandoned / offered.")),
)  # fmt: skip
DEFINITIONS = [(one.name, one.text) for one in COLUMNS]


def written(unit: str, value: float | None) -> str:
    """Return a value as people read it; a dash where there is none."""
    if value is None:
        return "—"
    if value == float("inf"):
        return "∞"
    if unit == COUNT:
        return f"{value:,.0f}"
    if unit == MEAN:
        return f"{value:,.1f}"
    return f"{value:.1%}" if unit == SHARE else f"{value:,.0f} s"


def percent(value: float | None) -> str:
    """Return a share."""
    return written(SHARE, value)


def day_cells(row: HalfHour, *, several: bool) -> list[dict[str, str]]:
    """Return a half-hour's cells."""
    return [
        {"id": one.id, "text": written(one.unit, one.value(row))}
        for one in COLUMNS
        if several or one.id != "needed_alone"
    ]


def kind_text(kind: str) -> str:
    """Return how a kind of day is called."""
    if kind == HOLIDAY:
        return _("Public holiday")
    if kind == MAKEUP:
        return _("Make-up workday")
    names = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"),
        _("Sunday"),
    )  # fmt: skip
    return names[int(kind)]
