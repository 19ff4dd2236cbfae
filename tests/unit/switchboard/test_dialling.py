"""Who may dial what, when, and which number is shown."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.number_kind import DIALLABLE, EMERGENCY, NumberKind, number_kind
from apps.switchboard.engine.dialling import (
    ALLOWED,
    BARRED,
    OUTSIDE_HOURS,
    UNWELCOME,
    Grant,
    Rights,
    ShownRule,
    number_shown,
    refusal,
    rights,
)

LOCAL, NATIONAL = NumberKind.LOCAL, NumberKind.NATIONAL
INTERNATIONAL, PREMIUM = NumberKind.INTERNATIONAL, NumberKind.PREMIUM
NOON = time(12)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("110", LOCAL),
        ("10086", LOCAL),
        ("95588", LOCAL),
        ("4008001000", LOCAL),
        ("8008101234", LOCAL),
        ("62345678", LOCAL),
        ("01062345678", LOCAL),
        ("+861062345678", LOCAL),
        ("02088886666", NATIONAL),
        ("13900139000", NATIONAL),
        ("+8613900139000", NATIONAL),
        ("0085223456789", INTERNATIONAL),
        ("+12125550123", INTERNATIONAL),
        ("1790900442079460000", INTERNATIONAL),
        ("16012345", PREMIUM),
        ("16812345", PREMIUM),
        ("+86008821612345", PREMIUM),
        ("0086008821612345", PREMIUM),
        ("+449098790000", PREMIUM),
        ("+870773123456", PREMIUM),
        ("00", PREMIUM),
        ("0" * 20, PREMIUM),
        ("1" * 20, PREMIUM),
    ],
)
def test_kind_of_a_number_for_a_company_in_beijing(number: str, kind: NumberKind) -> None:
    assert number_kind(number, area_code="010") == kind


def test_without_an_area_code_a_subscribers_number_is_not_taken_for_local() -> None:
    assert number_kind("62345678") > LOCAL
    assert number_kind("01062345678") == NATIONAL


@given(st.from_regex(r"\A\+?[0-9]{3,20}\Z"), st.sampled_from(["", "010", "0755"]))
def test_every_number_has_a_kind_and_none_outside_is_internal(number: str, area: str) -> None:
    assert DIALLABLE.fullmatch(number)
    assert number_kind(number, area_code=area) > NumberKind.INTERNAL


@given(
    st.sampled_from(list(NumberKind)),
    st.sampled_from(list(NumberKind)),
    st.sampled_from(list(NumberKind)),
)
def test_a_higher_class_allows_all_that_a_lower_one_does(
    kind: NumberKind, low: NumberKind, high: NumberKind
) -> None:
    low, high = min(low, high), max(low, high)
    may = [
        refusal(number="1", kind=kind, given=Rights(one), now=NOON, is_blacklisted=False)
        for one in (low, high)
    ]
    assert may[0] == BARRED or may[1] == ALLOWED


@given(
    st.sampled_from(sorted(EMERGENCY)),
    st.sampled_from(list(NumberKind)),
    st.times(),
    st.booleans(),
)
def test_emergency_numbers_may_always_be_dialled(
    number: str, highest: NumberKind, now: time, is_blacklisted: bool
) -> None:
    given_rights = Rights(highest, time(9), time(18))
    why = refusal(
        number=number, kind=LOCAL, given=given_rights, now=now, is_blacklisted=is_blacklisted
    )
    assert why == ALLOWED


def test_blacklisted_number_is_refused_and_barring_comes_first() -> None:
    def why(kind: NumberKind) -> str:
        return refusal(
            number="13900139000", kind=kind, given=Rights(NATIONAL), now=NOON, is_blacklisted=True
        )

    assert why(NATIONAL) == UNWELCOME
    assert why(INTERNATIONAL) == BARRED
    assert why(NumberKind.INTERNAL) == ALLOWED


@pytest.mark.parametrize(
    ("opens", "closes", "now", "is_open"),
    [
        (time(9), time(18), time(9), True),
        (time(9), time(18), time(18), False),
        (time(22), time(6), time(23), True),
        (time(22), time(6), time(5, 59), True),
        (time(22), time(6), time(6), False),
        (None, None, time(3), True),
    ],
)
def test_hours_include_the_opening_and_may_go_over_midnight(
    opens: time | None, closes: time | None, now: time, is_open: bool
) -> None:
    given_rights = Rights(NATIONAL, opens, closes)
    why = refusal(
        number="13900139000", kind=NATIONAL, given=given_rights, now=now, is_blacklisted=False
    )
    assert why == (ALLOWED if is_open else OUTSIDE_HOURS)


def test_own_class_wins_over_department_and_company() -> None:
    company, upper, own = Grant(LOCAL, 600), Grant(INTERNATIONAL, 60), Grant(NATIONAL)
    assert rights(agent=own, departments=[None, upper], company=company).highest == NATIONAL
    # The limit that his own row leaves open is the nearest department's.
    assert rights(agent=own, departments=[None, upper], company=company).limit_s == 60
    assert rights(agent=None, departments=[None, upper], company=company).highest == INTERNATIONAL
    assert rights(agent=None, departments=[], company=company) == Rights(LOCAL, limit_s=600)
    assert rights(agent=None, departments=[], company=None) == Rights(NATIONAL)


def test_first_rule_that_fits_says_which_number_is_shown() -> None:
    rules = [
        ShownRule("1", agent="1001", queue="7001"),
        ShownRule("2", queue="7002"),
        ShownRule("3", area="020"),
        ShownRule("4", area="广东"),
        ShownRule("5", agent="1002"),
    ]

    def shown(agent: str, queue: str, number: str, region: str = "") -> str:
        return number_shown(
            rules, agent=agent, queue=queue, number=number, region=region, default="0"
        )

    assert shown("1001", "7001", "13900139000") == "1"
    assert shown("1003", "7002", "02088886666") == "2"
    assert shown("1003", "", "+862088886666") == "3"
    assert shown("1002", "", "075588886666", "广东省深圳市") == "4"
    assert shown("1002", "", "13900139000", "北京市") == "5"
    assert shown("1003", "", "13900139000", "北京市") == "0"
