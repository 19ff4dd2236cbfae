"""Which time a page of promises is asked for: a month, a quarter of a year, or a year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from apps.console.reports.asked import FIRST_DAY, LAST_DAY
from apps.promises.selectors import first_day_of
from apps.reports.engine.periods import DAY, MONTH, ONE_DAY, Bucket, Period, buckets

MONTHS = {"month": 1, "quarter": 3, "year": 12}
NAMES: Mapping[str, Any] = {
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter of the year"),
    "year": gettext_lazy("Year"),
}


@dataclass(frozen=True)
class Choice:
    """A month by days, a quarter by months, or a year by quarters."""

    of: str
    period: Period

    @property
    def query(self) -> str:
        """Return it as the address says it."""
        return f"of={self.of}&at={self.period.first.isoformat()}"

    def moved(self, by: int) -> str:
        """Return the query of the time before (-1) or after (1)."""
        first = self.period.first
        other = first - ONE_DAY if by < 0 else self.period.last + ONE_DAY
        return f"of={self.of}&at={first_day_of(other, self.of).isoformat()}"

    def steps(self, zone: ZoneInfo) -> list[Bucket]:
        """Return its days, months or quarters."""
        if self.of != "year":
            return buckets(self.period, DAY if self.of == "month" else MONTH, zone)
        months = buckets(self.period, MONTH, zone)
        return [
            Bucket(some[0].since, some[-1].until, some[0].first, some[-1].last)
            for some in (months[place : place + 3] for place in range(0, 12, 3))
        ]

    def time_of(self, query: QueryDict) -> Period:
        """Return the days that are asked for within it: a step's, or all."""
        first, last = _day(query.get("since", "")), _day(query.get("until", ""))
        if first is None or last is None:
            return self.period
        first, last = max(first, self.period.first), min(last, self.period.last)
        return Period(first, last) if first <= last else self.period


def choice_of(query: QueryDict, today: date) -> Choice:
    """Return what is asked for: this month without anything."""
    of = query.get("of", "")
    of = of if of in MONTHS else "month"
    first = first_day_of(_day(query.get("at", "")) or today, of)
    last = first
    for _month in range(MONTHS[of]):
        last = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Choice(of, Period(first, last - ONE_DAY))


def _day(text: str) -> date | None:
    try:
        # A year more at both ends must still be a date.
        return max(FIRST_DAY, min(date.fromisoformat(text), LAST_DAY - timedelta(days=800)))
    except ValueError:
        return None
