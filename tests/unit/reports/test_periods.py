"""Periods: every instant in exactly one step, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.reports.engine.periods import (
    HOUR,
    MOST_DAYS,
    PRESETS,
    STEPS,
    Period,
    before,
    bounds,
    buckets,
    midnight,
    preset,
)
from apps.reports.engine.quarters import QUARTER, pieces_of, quarter_of, quarters_of, runs_of

ZONES = [
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
    "UTC",
]
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
days = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@given(st.sampled_from(ZONES), days, st.integers(0, 40), st.sampled_from(STEPS))
def test_steps_cover_the_period_without_hole_or_overlap(
    name: str, first: date, more: int, step: str
) -> None:
    zone = ZoneInfo(name)
    period = Period(first, first + timedelta(days=more))
    found = buckets(period, step, zone)
    assert (found[0].since, found[-1].until) == bounds(period, zone)
    assert all(one.since < one.until for one in found if one.first != date(2011, 12, 30))
    assert all(one.until == other.since for one, other in pairwise(found))


@given(st.sampled_from(ZONES), days)
def test_midnights_lie_on_quarter_hours(name: str, day: date) -> None:
    at = midnight(day, ZoneInfo(name))
    assert quarter_of(at) == at


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Shanghai", date(2026, 10, 25), 24),
        # Clocks go back by half an hour: 24 and a half hours, the last row is the half.
        ("Australia/Lord_Howe", date(2026, 4, 5), 25),
        # Midnight itself is skipped.
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ],
)
def test_days_of_summer_time_have_their_hours(zone: str, day: date, hours: int) -> None:
    assert len(buckets(Period(day, day), HOUR, ZoneInfo(zone))) == hours


def test_months_and_weeks_are_cut_to_the_period() -> None:
    period = Period(date(2026, 1, 30), date(2026, 3, 2))
    months = [(one.first, one.last) for one in buckets(period, "month", ZoneInfo("UTC"))]
    assert months == [
        (date(2026, 1, 30), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 2)),
    ]
    weeks = buckets(period, "week", ZoneInfo("UTC"))
    assert [one.first.weekday() for one in weeks[1:]] == [0] * (len(weeks) - 1)


@pytest.mark.parametrize(
    ("first", "last", "earlier"),
    [
        ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31")),
        ("2026-11-01", "2026-11-10", ("2026-10-01", "2026-10-10")),
        ("2026-03-01", "2026-03-30", ("2026-02-01", "2026-02-28")),
        ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31")),
        ("2026-11-23", "2026-11-29", ("2026-11-16", "2026-11-22")),
        ("2026-11-29", "2026-11-29", ("2026-11-28", "2026-11-28")),
    ],
)
def test_what_a_period_is_compared_with(first: str, last: str, earlier: tuple[str, str]) -> None:
    found = before(Period(date.fromisoformat(first), date.fromisoformat(last)))
    assert (found.first.isoformat(), found.last.isoformat()) == earlier


@given(days, st.sampled_from(PRESETS))
def test_named_periods_end_in_time_and_compare_with_what_is_before(today: date, name: str) -> None:
    period = preset(name, today)
    assert period.first <= period.last <= today
    earlier = before(period)
    assert earlier.first <= earlier.last < period.first


def test_each_step_has_its_longest_period() -> None:
    assert set(MOST_DAYS) == set(STEPS)


@given(
    st.integers(0, 400_000_000).map(
        lambda second: BEGINNING + timedelta(seconds=second, microseconds=7)
    ),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_pieces_add_up_and_lie_in_their_quarter(since: datetime, long: timedelta) -> None:
    until = since + long
    pieces = list(pieces_of(since, until))
    assert sum((end - start for _at, start, end in pieces), timedelta(0)) == long
    assert all(at <= start < end <= at + QUARTER for at, start, end in pieces)
    marked = set(quarters_of(since, until))
    assert {at for at, _start, _end in pieces} <= marked
    runs = runs_of(marked)
    assert len(runs) == 1
    assert runs[0][0] <= since < runs[0][1]
