"""When a repeated task is due again."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tasks.engine.recurrence import DAILY, MONTHLY, RULES, WEEKLY, WORKDAYS, next_due

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
# Naive on purpose: hypothesis draws local times.
FIRST, LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def after(first: str, rule: str, now: str, zone: ZoneInfo = SHANGHAI) -> str:
    begins = local(first, zone)
    found = next_due(due_at=begins, first_due=begins, rule=rule, after=local(now, zone), zone=zone)
    return found.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("rule", "first", "now", "expected"),
    [
        (DAILY, "2026-11-27T09:30", "2026-11-27T08:00", "2026-11-28T09:30"),
        (DAILY, "2026-11-27T09:30", "2026-12-05T10:00", "2026-12-06T09:30"),
        (WORKDAYS, "2026-11-27T09:30", "2026-11-27T10:00", "2026-11-30T09:30"),
        (WEEKLY, "2026-11-27T09:30", "2026-11-27T10:00", "2026-12-04T09:30"),
        (WEEKLY, "2026-11-27T09:30", "2026-12-05T10:00", "2026-12-11T09:30"),
        (MONTHLY, "2026-01-31T09:30", "2026-02-01T00:00", "2026-02-28T09:30"),
        (MONTHLY, "2026-01-31T09:30", "2026-03-01T00:00", "2026-03-31T09:30"),
        (MONTHLY, "2026-12-31T23:59", "2027-01-01T00:00", "2027-01-31T23:59"),
    ],
)
def test_next_is_the_first_of_the_series_after_now(
    rule: str, first: str, now: str, expected: str
) -> None:
    assert after(first, rule, now) == expected


def test_summer_time_moves_no_hour() -> None:
    assert after("2026-03-28T09:00", DAILY, "2026-03-28T10:00", BERLIN) == "2026-03-29T09:00"


def test_short_month_does_not_shorten_the_series() -> None:
    first = local("2026-01-31T09:00")
    february = next_due(due_at=first, first_due=first, rule=MONTHLY, after=first, zone=SHANGHAI)
    march = next_due(due_at=february, first_due=first, rule=MONTHLY, after=february, zone=SHANGHAI)
    assert march.astimezone(SHANGHAI).day == 31


def test_unknown_rule_is_refused() -> None:
    now = local("2026-11-27T09:00")
    with pytest.raises(ValueError, match="fortnightly"):
        next_due(due_at=now, first_due=now, rule="fortnightly", after=now, zone=SHANGHAI)


@given(
    first=st.datetimes(FIRST, LAST),
    late=st.timedeltas(timedelta(0), timedelta(days=4000)),
    rule=st.sampled_from(RULES),
    zone=st.sampled_from([SHANGHAI, BERLIN]),
)
def test_next_is_later_at_the_same_hour_and_no_further_than_one_step(
    first: datetime, late: timedelta, rule: str, zone: ZoneInfo
) -> None:
    begins = first.replace(tzinfo=zone, second=0, microsecond=0).astimezone(UTC)
    now = begins + late
    found = next_due(due_at=begins, first_due=begins, rule=rule, after=now, zone=zone)
    assert found > max(begins, now)
    # The longest steps: a month, a weekend, and an hour of summer time.
    longest = {DAILY: 2, WORKDAYS: 4, WEEKLY: 8, MONTHLY: 32}[rule]
    assert found - now <= timedelta(days=longest)
    assert rule != WORKDAYS or found.astimezone(zone).weekday() < 5


def test_workdays_are_the_companys_with_its_holidays_and_make_up_days() -> None:
    # National Day 2026: worked on Saturday, October 10th; free from the 1st to the 7th.
    free = {date(2026, 10, day) for day in range(1, 8)}

    def is_workday(day: date) -> bool:
        return day == date(2026, 10, 10) or (day not in free and day.weekday() < 5)

    begins = local("2026-09-30T09:30")
    found = []
    for _number in range(4):
        begins = next_due(
            due_at=begins,
            first_due=local("2026-09-30T09:30"),
            rule=WORKDAYS,
            after=begins,
            zone=SHANGHAI,
            is_workday=is_workday,
        )
        found.append(begins.astimezone(SHANGHAI).day)
    assert found == [8, 9, 10, 12]


def test_company_that_never_works_is_asked_on_weekdays() -> None:
    begins = local("2026-11-27T09:30")
    found = next_due(
        due_at=begins,
        first_due=begins,
        rule=WORKDAYS,
        after=begins,
        zone=SHANGHAI,
        is_workday=lambda _day: False,
    )
    assert found == local("2026-11-30T09:30")
