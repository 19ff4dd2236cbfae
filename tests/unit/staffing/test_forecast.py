"""Forecasts: what they learn from, and when they say nothing."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.staffing.engine.forecast import (
    HOLIDAY,
    MAKEUP,
    SLOTS,
    Day,
    Slot,
    back_test,
    forecast,
    handling_s,
    patience_s,
    robust_mean,
    trend,
    weekday_kind,
)

MONDAY = date(2026, 9, 7)
FEAST = {date(2026, 10, 1), date(2026, 10, 2)}


def kind_of(day: date) -> str:
    return HOLIDAY if day in FEAST else weekday_kind(day)


def days(
    weeks: int, calls: dict[int, int], *, first: date = MONDAY, times: float = 1.0
) -> list[Day]:
    """Return days with the same half-hours; weekends with half of the calls."""
    found = []
    for number in range(weeks * 7):
        on = first + timedelta(days=number)
        part = times * (0.5 if on.weekday() >= 5 else 1.0)
        found.append(Day(on, {at: Slot(round(many * part)) for at, many in calls.items()}))
    return found


def test_a_day_to_come_is_as_its_like_were() -> None:
    found = forecast(days(8, {18: 40, 19: 60}), MONDAY + timedelta(weeks=9), kind_of=kind_of)
    assert found.calls is not None
    assert (found.calls[18], found.calls[19], found.calls[20]) == (40, 60, 0)
    assert (found.kind, found.days, found.total) == ("0", 8, 100)
    saturday = forecast(days(8, {18: 40}), MONDAY + timedelta(weeks=9, days=5), kind_of=kind_of)
    assert saturday.total == 20


def test_too_little_history_gives_no_number() -> None:
    found = forecast(days(2, {18: 40}), MONDAY + timedelta(weeks=3), kind_of=kind_of)
    assert (found.calls, found.total, found.days) == (None, None, 2)
    assert forecast([], MONDAY, kind_of=kind_of).calls is None
    # A holiday is learned from holidays, not from plain Thursdays.
    feast = forecast(days(3, {18: 40}), date(2026, 10, 1), kind_of=kind_of)
    assert (feast.kind, feast.calls) == (HOLIDAY, None)


def test_makeup_workdays_are_a_kind_of_their_own() -> None:
    sundays = {date(2026, 9, 20), date(2026, 9, 27), date(2026, 10, 11)}

    def kinds(day: date) -> str:
        return MAKEUP if day in sundays else weekday_kind(day)

    history = [
        Day(day.on, {18: Slot(70)}) if day.on in sundays else day for day in days(8, {18: 40})
    ]
    assert forecast(history, date(2026, 11, 8), kind_of=kinds).total == 20
    assert forecast(history, date(2026, 10, 11), kind_of=kinds).total == 70


def test_a_strange_day_is_left_out_and_named() -> None:
    history = days(8, {18: 40})
    strange = history[14].on
    history[14] = Day(strange, {18: Slot(400)})
    found = forecast(history, MONDAY + timedelta(weeks=9), kind_of=kind_of)
    assert found.total == 40
    assert found.left_out == (strange,)


def test_what_is_later_is_not_known() -> None:
    history = days(8, {18: 40})
    same = [Day(day.on, {18: Slot(9_999)}) if day.on >= MONDAY + timedelta(weeks=5) else day
            for day in history]  # fmt: skip
    at = MONDAY + timedelta(weeks=5)
    assert forecast(same, at, kind_of=kind_of) == forecast(history, at, kind_of=kind_of)


@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=20),
    st.integers(0, 10_000),
)
def test_one_strange_value_moves_a_mean_by_little(values: list[int], strange: int) -> None:
    usual, moved = robust_mean(values), robust_mean([*values, strange])
    assert min([*values, strange]) <= moved <= max([*values, strange])
    # Never further than a few deviations of the others; a plain mean would follow it.
    assert abs(moved - usual) <= 8 * (max(values) - min(values) + max(values) ** 0.5 + 1)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20))
def test_the_order_of_days_does_not_matter(values: list[int]) -> None:
    shuffled = values[:]
    random.Random(1).shuffle(shuffled)
    assert robust_mean(shuffled) == pytest.approx(robust_mean(values))


def test_a_trend_is_carried_on_and_limited() -> None:
    growing = [
        Day(day.on, {18: Slot(100 + 5 * ((day.on - MONDAY).days // 7))}) for day in days(8, {18: 1})
    ]
    later = MONDAY + timedelta(weeks=8)
    # Weeks 0 … 7 have their middle at 3.5 with 117.5 a day; week 8 is 4.5 weeks on, 140.
    assert trend(growing, later, kind_of=weekday_kind) == pytest.approx(
        1 + 5 * 4.5 / 117.5, rel=0.01
    )
    assert trend(growing, later + timedelta(weeks=300), kind_of=weekday_kind) == 1.3
    assert trend(growing[:28], later, kind_of=weekday_kind) == 1.0
    plain = forecast(growing, later, kind_of=weekday_kind).total
    followed = forecast(growing, later, kind_of=weekday_kind, has_trend=True).total
    assert plain == pytest.approx(117.5)
    assert followed == pytest.approx(140, rel=0.01)


def test_what_was_forecast_wrongly_is_told() -> None:
    steady = back_test(days(8, {18: 40, 19: 60}), kind_of=weekday_kind)
    assert (steady.days, steady.wape, steady.day_mape, steady.naive_wape) == (14, 0, 0, 0)
    history = days(7, {18: 40}) + days(1, {18: 40}, first=MONDAY + timedelta(weeks=7), times=2)
    # The last week of the fourteen days had twice as many calls as anybody could know.
    worse = back_test(history, kind_of=weekday_kind)
    assert worse.wape == pytest.approx(1 / 3, abs=0.01)
    assert worse.day_mape == pytest.approx(0.25, abs=0.01)
    assert back_test([], kind_of=weekday_kind).wape is None


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_forecasts_are_near_the_truth_of_a_random_queue(seed: int) -> None:
    dice = random.Random(seed)

    def some(mean: float) -> int:
        # A Poisson stream by its own definition: arrivals in one unit of time.
        many, at = 0, dice.expovariate(mean)
        while at < 1:
            many, at = many + 1, at + dice.expovariate(mean)
        return many

    history = [
        Day(MONDAY + timedelta(days=number), {at: Slot(some(30.0)) for at in range(18, 36)})
        for number in range(70)
    ]
    found = forecast(history, MONDAY + timedelta(weeks=11), kind_of=weekday_kind)
    assert found.total == pytest.approx(30 * 18, rel=0.12)
    fault = back_test(history, kind_of=weekday_kind)
    assert fault.wape is not None
    # |Poisson(30) − mean| is 4.4 on average: 15 %, and a little for what the mean is off.
    assert fault.wape < 0.22


def test_handling_time_is_of_its_half_hour_where_enough_is_known() -> None:
    history = [Day(MONDAY + timedelta(days=n), {18: Slot(10, 10, 1000.0), 19: Slot(1, 1, 300.0)})
               for n in range(5)]  # fmt: skip
    whole, by_slot = handling_s(history)
    assert whole == pytest.approx((5 * 1300) / 55)
    assert by_slot[18] == pytest.approx(100)
    assert by_slot[19] == whole
    assert len(by_slot) == SLOTS
    assert handling_s([]) == (None, (None,) * SLOTS)


def test_patience_is_all_waiting_by_who_gave_up() -> None:
    assert patience_s(6_000.0, 50) == 120
    assert patience_s(6_000.0, 0) is None


def test_patience_is_found_again_from_waits_that_were_cut_off() -> None:
    dice = random.Random(7)
    waited, gave_up = 0.0, 0
    for _number in range(20_000):
        patience, offered = dice.expovariate(1 / 90), dice.expovariate(1 / 40)
        waited += min(patience, offered)
        gave_up += patience < offered
    assert patience_s(waited, gave_up) == pytest.approx(90, rel=0.03)
