"""When a call-back may be made and what follows a try."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.call_back_rules import (
    COUNTED,
    TRANSITIONS,
    CustomerLeg,
    Result,
    Retry,
    Rule,
    State,
    after_try,
    result_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 there


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=SHANGHAI)


def test_customers_are_called_in_the_window_only() -> None:
    rule = Rule()
    assert [rule.is_open(at(hour), SHANGHAI) for hour in (8, 9, 20, 21, 23)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert rule.opens_at(at(10), SHANGHAI) == at(10)
    assert rule.opens_at(at(7, 30), SHANGHAI) == at(9)
    assert rule.opens_at(at(22), SHANGHAI) == at(9) + timedelta(days=1)


def test_a_window_may_go_over_midnight_or_have_no_end() -> None:
    night = Rule(window_from=time(22), window_to=time(6))
    assert [night.is_open(at(hour), SHANGHAI) for hour in (21, 23, 3, 6)] == [
        False,
        True,
        True,
        False,
    ]
    assert Rule(window_from=time(9), window_to=time(9)).is_open(at(3), SHANGHAI)


@given(st.integers(0, 365 * 24 * 60), st.times(), st.times())
def test_when_it_opens_it_is_open(minute: int, start: time, end: time) -> None:
    when = NOW + timedelta(minutes=minute)
    rule = Rule(window_from=start.replace(microsecond=0), window_to=end.replace(microsecond=0))
    opens = rule.opens_at(when, SHANGHAI)
    assert rule.is_open(opens, SHANGHAI)
    assert opens >= when


def test_each_result_has_its_own_tries_and_pause() -> None:
    rule = Rule(
        retries={
            Result.BUSY: Retry(2, timedelta(minutes=1)),
            Result.NO_ANSWER: Retry(3, timedelta(minutes=9)),
            Result.FAILED: Retry(1, timedelta(minutes=9)),
        }
    )
    first = after_try(rule, Result.BUSY, {}, NOW)
    assert (first.state, first.not_before) == (State.WAITING, NOW + timedelta(minutes=1))
    assert after_try(rule, Result.BUSY, {Result.BUSY: 1}, NOW).state == State.FAILED
    assert after_try(rule, Result.NO_ANSWER, {Result.BUSY: 5}, NOW).state == State.WAITING
    assert after_try(rule, Result.FAILED, {}, NOW).state == State.FAILED
    assert after_try(rule, Result.ANSWERED, {}, NOW).state == State.DONE


@pytest.mark.parametrize("result", sorted(set(Result) - COUNTED - {Result.ANSWERED}))
def test_what_is_not_the_customers_doing_costs_him_nothing(result: Result) -> None:
    follows = after_try(Rule(), result, {result: 99}, NOW)
    assert (follows.state, follows.not_before) == (State.WAITING, NOW)


@given(st.sampled_from(Result), st.integers(0, 9))
def test_what_follows_a_try_is_always_allowed(result: Result, before: int) -> None:
    follows = after_try(Rule(), result, {result: before}, NOW).state
    assert follows in TRANSITIONS[State.OFFERED]
    assert follows in TRANSITIONS[State.CALLING]


@pytest.mark.parametrize(
    ("legs", "agent_hung_up", "result"),
    [
        ([CustomerLeg(True, 16)], False, Result.ANSWERED),
        ([CustomerLeg(False, 17)], False, Result.BUSY),
        ([CustomerLeg(False, 17)], True, Result.BUSY),
        ([CustomerLeg(False, 0)], False, Result.NO_ANSWER),
        ([CustomerLeg(False, 19)], False, Result.NO_ANSWER),
        ([CustomerLeg(False, 0)], True, Result.AGENT_LEFT),
        ([CustomerLeg(False, 1)], False, Result.FAILED),
        ([], False, Result.FAILED),
    ],
)
def test_what_a_try_gave(legs: list[CustomerLeg], agent_hung_up: bool, result: Result) -> None:
    assert result_of(agent_answered=True, agent_hung_up=agent_hung_up, customer=legs) == result


def test_without_the_agent_nobody_called_the_customer() -> None:
    found = result_of(agent_answered=False, agent_hung_up=True, customer=[])
    assert found == Result.AGENT_MISSED
