"""Quarter-hours of UTC: the grain in which sums are kept. Pure.

Every time zone's midnight since 1972 lies on one (Nepal's at :15 too), so that the day of any
company is a whole number of them, whatever summer time does.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def quarter_of(at: datetime) -> datetime:
    """Return the beginning of the quarter-hour that holds a time."""
    return at.astimezone(UTC) - (at - _EPOCH) % QUARTER


def quarters_of(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield each quarter-hour that has something of [since, until], both ends counted."""
    start = quarter_of(since)
    while start <= until:
        yield start
        start += QUARTER


def pieces_of(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Cut [since, until) at quarter-hours; yield the quarter and the piece's two ends."""
    while since < until:
        start = quarter_of(since)
        end = min(start + QUARTER, until)
        yield start, since, end
        since = end


def runs_of(quarters: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Return quarter-hours that follow each other as [since, until), in order."""
    found: list[tuple[datetime, datetime]] = []
    for start in sorted(set(quarters)):
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], start + QUARTER)
        else:
            found.append((start, start + QUARTER))
    return found
