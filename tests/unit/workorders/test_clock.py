"""A deadline's clock stands still outside working hours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from apps.workorders.engine.clock import HORIZON, Hours, always_open, due_at, worked


def office(at: datetime) -> Hours:
    """Open 09:00 to 17:00 UTC from Monday to Friday."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    opens, closes = day + timedelta(hours=9), day + timedelta(hours=17)
    if at.weekday() < 5 and opens <= at < closes:
        return Hours(True, closes)
    if at.weekday() < 5 and at < opens:
        return Hours(False, opens)
    return Hours(False, day + timedelta(days=1))


def closed(at: datetime) -> Hours:
    return Hours(False, at + timedelta(days=30))


FRIDAY_FOUR = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)


def test_two_hours_from_friday_four_end_on_monday_at_ten() -> None:
    due = due_at(FRIDAY_FOUR, timedelta(hours=2), office)
    assert due == datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    assert worked(FRIDAY_FOUR, due, office) == timedelta(hours=2)


def test_deadline_that_ends_with_the_day_is_that_evening() -> None:
    assert due_at(FRIDAY_FOUR, timedelta(hours=1), office).hour == 17


def test_calendar_that_never_opens_loses_no_deadline() -> None:
    assert due_at(FRIDAY_FOUR, timedelta(hours=2), closed) == FRIDAY_FOUR + timedelta(hours=2)
    assert worked(FRIDAY_FOUR, FRIDAY_FOUR + HORIZON, closed) == timedelta()


def test_reminder_before_nothing_is_at_once() -> None:
    assert due_at(FRIDAY_FOUR, timedelta(hours=-1), office) == FRIDAY_FOUR - timedelta(hours=1)
    assert worked(FRIDAY_FOUR, FRIDAY_FOUR - timedelta(hours=1), office) == timedelta()


@given(st.integers(0, 60 * 24 * 14), st.integers(0, 60 * 40), st.integers(0, 60 * 40))
def test_clock_only_counts_working_time_and_can_be_stopped_anywhere(
    start_min: int, first: int, second: int
) -> None:
    start = FRIDAY_FOUR + timedelta(minutes=start_min)
    whole = due_at(start, timedelta(minutes=first + second), office)
    stop = due_at(start, timedelta(minutes=first), office)
    assert worked(start, whole, office) == timedelta(minutes=first + second)
    assert due_at(stop, timedelta(minutes=second), office) == whole or second == 0
    assert due_at(start, timedelta(minutes=first), always_open) == start + timedelta(minutes=first)
