"""What results are asked for by an address; what is strange is the default."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.console.quality.typed import day, whole
from apps.quality.results import BY_AGENT, GROUPS, Asked
from apps.reports.engine.periods import (
    DAY,
    MONTH,
    MOST_DAYS,
    PRESETS,
    WEEK,
    Bucket,
    Period,
    bounds,
    buckets,
    preset,
)

STEPS = (DAY, WEEK, MONTH)
DEFAULT_PRESET = "this_month"
FILTERS = ("agent", "department", "inspector", "sheet")
MOST_KEY = 2**31 - 1


@dataclass(frozen=True)
class Choice:
    """The period, what a line is for, the step of time, and whose inspections (by key)."""

    period: Period
    preset: str
    by: str
    step: str
    only: dict[str, int]
    zone: ZoneInfo

    @property
    def asked(self) -> Asked:
        """Return the question."""
        since, until = bounds(self.period, self.zone)
        return Asked(since=since, until=until, **self.only)

    @property
    def buckets(self) -> list[Bucket]:
        """Return the steps of time."""
        return buckets(self.period, self.step, self.zone)

    def address(self, **changed: str) -> str:
        """Return the query of this choice with something changed; empty leaves it out."""
        found = {"by": self.by, "step": self.step, **{k: str(v) for k, v in self.only.items()}}
        if self.preset:
            found["period"] = self.preset
        else:
            found |= {
                "since": self.period.first.isoformat(),
                "until": self.period.last.isoformat(),
            }
        return urlencode({key: text for key, text in {**found, **changed}.items() if text})


def choice_of(query: QueryDict, zone: ZoneInfo, today: Period) -> Choice:
    """Return what the address asks for; a period too long is cut at its beginning."""
    by, step = query.get("by", ""), query.get("step", "")
    by = by if by in GROUPS else BY_AGENT
    step = step if step in STEPS else DAY
    name = query.get("period", "")
    first, last = query.get("since", ""), query.get("until", "")
    if name not in PRESETS and first and last:
        name = ""
        ends = sorted((day(first, today.first), day(last, today.last)))
        period = Period(max(ends[0], today.last - timedelta(days=3660)), ends[1])
        period = Period(min(period.first, today.last), min(period.last, today.last))
    else:
        name = name if name in PRESETS else DEFAULT_PRESET
        period = preset(name, today.last)
    if period.days > MOST_DAYS[step]:
        name = ""
        period = Period(period.last - timedelta(days=MOST_DAYS[step] - 1), period.last)
    only = {key: whole(query.get(key, "")) for key in FILTERS}
    return Choice(period, name, by, step, {k: v for k, v in only.items() if v is not None}, zone)
