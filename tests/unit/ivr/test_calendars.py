"""Hours: holidays of 2026, lunch, midnight, the days on which clocks change, the switch."""

import logging
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ivr import holidays
from apps.ivr.engine.calendars import (
    Calendar,
    DayKind,
    Override,
    Period,
    Periods,
    PeriodsError,
    Reason,
    opening,
    periods_read,
    periods_text,
)
from apps.ivr.holidays import day_kind

HOURS = periods_read("09:00-12:00, 13:30-18:00")
WEEK: tuple[Periods, ...] = (HOURS,) * 5 + ((), ())
OFFICE = Calendar("Asia/Shanghai", WEEK, follows_holidays=True)


def at(text: str, zone: str = "Asia/Shanghai", *, fold: int = 0) -> datetime:
    """Give a time on the wall clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def answer(calendar: Calendar, now: datetime) -> tuple[bool, str]:
    """Give what is said of a time."""
    found = opening(calendar, now, day_kind)
    return found.is_open, found.reason


@pytest.mark.parametrize(
    ("now", "is_open", "reason"),
    [
        ("2026-10-01 10:00", False, Reason.HOLIDAY),
        ("2026-10-03 10:00", False, Reason.HOLIDAY),
        ("2026-10-10 10:00", True, Reason.MAKEUP_WORKDAY),  # a Saturday
        ("2026-10-10 12:30", False, Reason.MAKEUP_WORKDAY),
        ("2026-10-17 10:00", False, Reason.WEEKLY),  # the Saturday after
        ("2026-02-14 17:59", True, Reason.MAKEUP_WORKDAY),
        ("2026-02-17 10:00", False, Reason.HOLIDAY),
        ("2026-11-23 08:59:59", False, Reason.WEEKLY),
        ("2026-11-23 09:00", True, Reason.WEEKLY),
        ("2026-11-23 11:59:59", True, Reason.WEEKLY),
        ("2026-11-23 12:00", False, Reason.WEEKLY),
        ("2026-11-23 13:30", True, Reason.WEEKLY),
        ("2026-11-23 18:00", False, Reason.WEEKLY),
    ],
)
def test_office_hours_of_2026(now: str, is_open: bool, reason: Reason) -> None:
    assert answer(OFFICE, at(now)) == (is_open, reason)


def test_who_does_not_follow_holidays_works_by_the_week() -> None:
    calendar = Calendar("Asia/Shanghai", WEEK)
    assert answer(calendar, at("2026-10-01 10:00")) == (True, Reason.WEEKLY)
    assert answer(calendar, at("2026-10-10 10:00")) == (False, Reason.WEEKLY)


def test_makeup_workday_has_a_workdays_hours_even_where_saturday_has_its_own() -> None:
    calendar = Calendar(
        "Asia/Shanghai", (*WEEK[:5], periods_read("10:00-11:00"), ()), follows_holidays=True
    )
    assert answer(calendar, at("2026-10-10 15:00")) == (True, Reason.MAKEUP_WORKDAY)
    only_saturdays = Calendar("Asia/Shanghai", ((),) * 5 + (HOURS, ()), follows_holidays=True)
    assert answer(only_saturdays, at("2026-10-10 15:00")) == (True, Reason.MAKEUP_WORKDAY)


def test_own_date_counts_more_than_holiday_and_week() -> None:
    own: dict[date, Periods] = {
        date(2026, 10, 1): periods_read("10:00-11:00"),
        date(2026, 11, 23): (),
    }
    calendar = Calendar("Asia/Shanghai", WEEK, follows_holidays=True, own_dates=own)
    assert answer(calendar, at("2026-10-01 10:30")) == (True, Reason.OWN_DATE)
    assert answer(calendar, at("2026-11-23 10:30")) == (False, Reason.OWN_DATE)


def test_year_that_nobody_knows_is_plain_weekdays_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    holidays.is_year_known.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert answer(OFFICE, at("2099-10-01 10:00")) == (True, Reason.WEEKLY)
        assert answer(OFFICE, at("2099-10-02 10:00")) == (True, Reason.WEEKLY)
    assert len([record for record in caplog.records if "2099" in record.message]) == 1


def test_midnight_joins_two_days() -> None:
    night = Calendar("Asia/Shanghai", (periods_read("00:00-06:00, 22:00-24:00"),) * 7)
    for now, is_open in [
        ("2026-11-23 21:59:59", False),
        ("2026-11-23 22:00", True),
        ("2026-11-23 23:59:59", True),
        ("2026-11-24 00:00", True),
        ("2026-11-24 06:00", False),
    ]:
        assert opening(night, at(now), day_kind).is_open == is_open
    assert opening(night, at("2026-11-23 23:00"), day_kind).until == at("2026-11-24 00:00")


def test_until_is_the_next_bound() -> None:
    assert opening(OFFICE, at("2026-11-23 10:00"), day_kind).until == at("2026-11-23 12:00")
    assert opening(OFFICE, at("2026-11-23 12:00"), day_kind).until == at("2026-11-23 13:30")
    assert opening(OFFICE, at("2026-11-23 19:00"), day_kind).until == at("2026-11-24 00:00")


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("America/New_York", "2026-03-08", "2026-11-01"),
        ("Europe/Berlin", "2026-03-29", "2026-10-25"),
    ],
)
def test_wall_clock_counts_on_the_days_the_clock_is_changed(
    zone: str, spring: str, autumn: str
) -> None:
    calendar = Calendar(zone, (HOURS,) * 7)
    for day in (spring, autumn):
        assert not opening(calendar, at(f"{day} 08:59", zone), day_kind).is_open
        assert opening(calendar, at(f"{day} 09:00", zone), day_kind).is_open
        assert opening(calendar, at(f"{day} 17:59", zone), day_kind).is_open
        assert opening(calendar, at(f"{day} 10:00", zone), day_kind).until is None


def test_skipped_hour_is_never_open_and_repeated_hour_is_open_twice() -> None:
    zone = "Europe/Berlin"
    calendar = Calendar(zone, (periods_read("02:00-03:00"),) * 7)

    def open_minutes(day: str) -> int:
        begin = at(f"{day} 00:00", zone).astimezone(UTC)
        times = (begin + timedelta(minutes=minute) for minute in range(25 * 60))
        local = (now for now in times if f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d}" == day)
        return sum(opening(calendar, now, day_kind).is_open for now in local)

    assert open_minutes("2026-03-29") == 0
    assert open_minutes("2026-06-01") == 60
    assert open_minutes("2026-10-25") == 120
    assert opening(calendar, at("2026-10-25 02:30", zone, fold=1), day_kind).is_open


def test_override_counts_until_its_end() -> None:
    until = at("2026-11-23 11:00")
    closed = Calendar("Asia/Shanghai", WEEK, override=Override(is_open=False, until=until))
    assert answer(closed, at("2026-11-23 10:59:59")) == (False, Reason.OVERRIDE)
    assert opening(closed, at("2026-11-23 10:00"), day_kind).until == until
    assert answer(closed, until) == (True, Reason.WEEKLY)
    for_ever = Calendar("Asia/Shanghai", WEEK, override=Override(is_open=True))
    assert answer(for_ever, at("2026-11-22 03:00")) == (True, Reason.OVERRIDE)
    assert opening(for_ever, at("2026-11-22 03:00"), day_kind).until is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9-12", "format"),
        ("09:00", "format"),
        ("09:60-10:00", "format"),
        ("09:00-24:01", "format"),
        ("22:00-06:00", "order"),
        ("09:00-09:00", "order"),
        ("09:00-12:00, 11:59-13:00", "overlap"),
    ],
)
def test_periods_that_mean_nothing_are_refused(text: str, code: str) -> None:
    with pytest.raises(PeriodsError) as caught:
        periods_read(text)
    assert caught.value.code == code


def test_periods_are_read_as_people_type_them() -> None:
    assert periods_read("13:30–18:00，9：00 - 12：00") == HOURS
    assert periods_text(HOURS) == "09:00-12:00, 13:30-18:00"
    assert periods_read(" ") == ()
    assert periods_read("09:00-12:00,12:00-24:00")[1] == Period(720, 1440)


BOUNDS = st.lists(st.integers(0, 1440), unique=True, max_size=8).map(sorted)
PERIODS = BOUNDS.map(
    lambda bounds: tuple(Period(*pair) for pair in zip(bounds[::2], bounds[1::2], strict=False))
)
ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Africa/Cairo"]
)
YEARS = timedelta(days=3 * 365)
TIMES = st.timedeltas(timedelta(0), YEARS).map(datetime(2025, 1, 1, tzinfo=UTC).__add__)


@given(PERIODS)
def test_periods_survive_writing_and_reading(periods: Periods) -> None:
    assert periods_read(periods_text(periods)) == periods


@settings(deadline=None)
@given(
    st.builds(
        Calendar,
        ZONES,
        st.tuples(*[PERIODS] * 7),
        st.booleans(),
        st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 31)), PERIODS, max_size=3),
        st.none() | st.builds(Override, st.booleans(), st.none() | TIMES),
    ),
    TIMES,
    st.floats(0, 0.999),
    st.sampled_from(DayKind),
)
def test_an_answer_holds_until_its_end(
    calendar: Calendar, now: datetime, part: float, kind: DayKind
) -> None:
    found = opening(calendar, now, lambda day: kind)
    if found.until is None:
        return
    assert found.until > now
    later = now + (found.until.astimezone(UTC) - now) * part
    assert opening(calendar, later, lambda day: kind) == found
