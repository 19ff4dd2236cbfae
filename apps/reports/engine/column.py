"""What a column of a report is. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# How a value is written: calls; milliseconds; a share of 1; a time of the clock; a mean score.
COUNT, TIME, SHARE, CLOCK, MEAN = "count", "time", "share", "clock", "mean"

Value = int | float | datetime | None


@dataclass(frozen=True)
class Column:
    """One figure. `behind` is what its rows are asked for with, '' when it has none.

    `at_level`: its value by a definition of the service level. `is_seldom`: not shown where all
    of the report has none.
    """

    id: str
    unit: str
    value: Callable[[Any], Value]
    behind: str = ""
    is_charted: bool = False
    at_level: Callable[[Any, str], Value] | None = None
    is_seldom: bool = False


def count(
    name: str, behind: str | None = None, *, is_charted: bool = False, is_seldom: bool = False
) -> Column:
    """Return a count of the sums; its rows are asked for by its name unless `behind` says more."""

    def value(sums: Any) -> Value:
        found: int = getattr(sums, name)
        return found

    return Column(
        name, COUNT, value, name if behind is None else behind, is_charted, is_seldom=is_seldom
    )


def quotient(name: str, unit: str, of: str, by: str) -> Column:
    """Return one part of the sums divided by another; no value where that is 0."""

    def value(sums: Any) -> Value:
        many = getattr(sums, by)
        return getattr(sums, of) / many if many else None

    return Column(name, unit, value)


def total_time(of: str, behind: str = "") -> Column:
    """Return a time of the sums, in milliseconds; what is behind it lasted as long together."""

    def value(sums: Any) -> Value:
        found: int = getattr(sums, of)
        return found

    return Column(of, TIME, value, behind)
