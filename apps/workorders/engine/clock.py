"""A clock that stands still outside working hours. Pure; all times aware."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

# Beyond this no calendar is asked: it never opens again, or a deadline is absurd.
HORIZON = timedelta(days=800)


class Hours(NamedTuple):
    """Whether it is open at a time, and until when (later than that time) that holds at least."""

    is_open: bool
    until: datetime


WorkingHours = Callable[[datetime], Hours]


def always_open(at: datetime) -> Hours:
    """Work day and night: for types without a calendar."""
    return Hours(True, at + HORIZON)


def due_at(start: datetime, working: timedelta, hours: WorkingHours) -> datetime:
    """Return when that much working time from `start` on is used up.

    A deadline of no time at all, or a past one, is `start` less what is over, on the wall clock. A
    calendar that does not open again before the horizon counts as always open: a deadline is never
    lost.
    """
    if working <= timedelta():
        return start + working
    at, left = start, working
    while at < start + HORIZON:
        is_open, until = hours(at)
        if is_open:
            if until - at >= left:
                return at + left
            left -= until - at
        at = until
    return start + working


def worked(start: datetime, end: datetime, hours: WorkingHours) -> timedelta:
    """Return the working time between two times; nothing when the end is not later."""
    at, total = start, timedelta()
    while at < end:
        is_open, until = hours(at)
        if is_open:
            total += min(until, end) - at
        at = until
    return total
