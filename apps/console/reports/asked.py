"""What a report is asked for by an address; what is strange is the default."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.calls.engine.figures import SERVICE_LEVELS
from apps.reports.behind import HourOfWeek
from apps.reports.engine.columns import MOST_LEDGER_DAYS, OF_ROWS, QUEUES
from apps.reports.engine.periods import (
    DAY,
    HOUR,
    MOST_DAYS,
    PRESETS,
    STEPS,
    Bucket,
    Period,
    bounds,
    preset,
)
from apps.reports.selectors import BY_ITEM, BY_TIME, Asked

# A file that is made in the background may have a row for each hour of a year.
MOST_FILE_DAYS = {**MOST_DAYS, HOUR: 366}
DEFAULT_PRESET = "this_month"
# Beyond them a midnight may have no UTC time.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Choice:
    """What was chosen: what to read, by which name of a period, and what was not possible."""

    asked: Asked
    preset: str
    is_cut: bool = False

    @property
    def query(self) -> dict[str, str]:
        """Return it as the address says it."""
        asked = self.asked
        found = {"by": asked.by, "step": asked.step, "item": asked.item, "level": asked.level}
        if self.preset:
            return {"period": self.preset, **found}
        return {
            "since": asked.period.first.isoformat(),
            "until": asked.period.last.isoformat(),
            **found,
        }

    def address(self, **changed: str) -> str:
        """Return the query of this choice with something changed."""
        return urlencode(
            {name: value for name, value in {**self.query, **changed}.items() if value}
        )


def choice_of(
    kind: str, query: QueryDict, today: date, *, most_days: Mapping[str, int] = MOST_DAYS
) -> Choice:
    """Return what the address asks for. A period too long for its steps is cut at its beginning."""
    by = BY_TIME if query.get("by") == BY_TIME else BY_ITEM
    step = query.get("step", "")
    step = step if step in STEPS else DAY
    name = query.get("period", "")
    between = _between(query)
    if name in PRESETS or between is None:
        name = name if name in PRESETS else DEFAULT_PRESET
        period = preset(name, today)
    else:
        name, period = "", between
    most = most_days[step] if by == BY_TIME else most_days[STEPS[-1]]
    if kind in OF_ROWS:
        most = min(most, MOST_LEDGER_DAYS)
    is_cut = period.days > most
    if is_cut:
        name, period = "", Period(period.last - timedelta(days=most - 1), period.last)
    item = query.get("item", "").replace("\x00", "")[:200]
    level = query.get("level", "")
    level = level if kind == QUEUES and level in SERVICE_LEVELS else ""
    return Choice(Asked(kind, period, by, step, item, level), name, is_cut)


def dated(choice: Choice) -> Choice:
    """Return the same choice with its days instead of a period's name."""
    return replace(choice, preset="")


def _between(query: QueryDict) -> Period | None:
    first, last = _day(query.get("since", "")), _day(query.get("until", ""))
    if first is None or last is None:
        return None
    return Period(min(first, last), max(first, last))


def _day(text: str) -> date | None:
    try:
        return max(FIRST_DAY, min(date.fromisoformat(text), LAST_DAY))
    except ValueError:
        return None


def step_query(bucket: Bucket, step: str) -> Mapping[str, str]:
    """Return how the address of what is behind a row names its time."""
    found = {"since": bucket.first.isoformat(), "until": bucket.last.isoformat(), "period": ""}
    return {**found, "at": bucket.since.strftime("%Y%m%dT%H%M")} if step == HOUR else found


def week_query(day: int, hour: int) -> Mapping[str, str]:
    """Return how an address names an hour of the week."""
    return {"week": f"{day}.{hour}"}


def week_of(query: QueryDict) -> HourOfWeek | None:
    """Return the hour of the week that is asked for; None for none, or a strange one."""
    day, _dot, hour = query.get("week", "").partition(".")
    if day not in map(str, range(7)) or hour not in map(str, range(24)):
        return None
    return HourOfWeek(int(day), int(hour))


def time_of(query: QueryDict, period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return [since, until) of what is asked for: an hour of the period, or all of it."""
    since, until = bounds(period, zone)
    try:
        at = datetime.strptime(query.get("at", ""), "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return since, until
    return (at, min(at + ONE_HOUR, until)) if since <= at < until else (since, until)
