"""Due times of scheduled reports: one a day, week or month, whatever the clock does."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports.engine.due import next_due

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def due(every: str, after: datetime, at: time, day: int = 1, weekday: int = 0) -> datetime:
    return next_due(every, at=at, weekday=weekday, month_day=day, zone=BERLIN, after=after)


def test_a_time_that_is_skipped_is_an_hour_later_and_one_shown_twice_is_the_first() -> None:
    half = time(2, 30)
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert due("day", spring, half).astimezone(BERLIN).isoformat() == "2026-03-29T03:30:00+02:00"
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first = due("day", autumn, half)
    assert first.astimezone(BERLIN).isoformat() == "2026-10-25T02:30:00+02:00"
    # Not a second time an hour later.
    assert due("day", first, half).astimezone(BERLIN).date() == date(2026, 10, 26)


def test_a_short_month_has_its_last_day() -> None:
    found = due("month", datetime(2027, 2, 1, tzinfo=UTC), time(8), day=31)
    assert found.astimezone(BERLIN).date() == date(2027, 2, 28)
    assert due("month", found, time(8), day=31).astimezone(BERLIN).date() == date(2027, 3, 31)


@given(
    after=st.integers(0, 15 * 366 * 86_400).map(lambda s: BEGIN + timedelta(seconds=s)),
    every=st.sampled_from(["day", "week", "month"]),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    weekday=st.integers(0, 6),
    day=st.integers(1, 31),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"]),
)
def test_each_step_has_one_due_time(
    after: datetime, every: str, at: time, weekday: int, day: int, zone: str
) -> None:
    where = ZoneInfo(zone)
    days = []
    for _number in range(3):
        after = next_due(every, at=at, weekday=weekday, month_day=day, zone=where, after=after)
        days.append((after - timedelta(minutes=1)).astimezone(where).date())
    longest = {"day": 2, "week": 8, "month": 32}[every]
    for one, other in pairwise(days):
        assert timedelta(0) < other - one <= timedelta(days=longest)


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match="hour"):
        due("hour", datetime(2026, 1, 1, tzinfo=UTC), time(8))
