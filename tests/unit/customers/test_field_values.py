"""Values of custom fields: what is taken, what is refused, and that texts come back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.customers.engine.field_values import (
    KINDS,
    Shape,
    ValueRefusedError,
    value_parse,
    value_text,
)

OPTIONS = ("gold", "silver", "铜卡")


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("text", "  a  b ", "a b"),
        ("long_text", "a\nb", "a\nb"),
        ("integer", "1,024", 1024),
        ("integer", "7.0", 7),
        ("decimal", "¥1,280.50", "1280.50"),
        ("decimal", 12.5, "12.5"),
        ("date", "2026年1月2日", "2026-01-02"),
        ("date", "20260102", "2026-01-02"),
        ("date", "2026-01-02 00:00:00", "2026-01-02"),
        ("choice", "GOLD", "gold"),
        ("choices", "铜卡、gold", ["gold", "铜卡"]),
        ("yes_no", "是", True),
        ("yes_no", "N", False),
        ("url", "https://例子.cn/a?b=1", "https://例子.cn/a?b=1"),
        ("integer", "", None),
        ("choices", [], None),
        ("text", "\0 ", None),
    ],
)
def test_what_people_write_is_taken(kind: str, raw: object, kept: object) -> None:
    assert value_parse(Shape(kind, OPTIONS), raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("integer", "1.5"),
        ("integer", True),
        ("integer", "9" * 30),
        ("integer", "٣"),
        ("decimal", "1e9"),
        ("decimal", "NaN"),
        ("decimal", "0.1234567"),
        ("date", "2026-02-30"),
        ("date", "02/03/04"),
        ("choice", "bronze"),
        ("choices", "gold;bronze"),
        ("yes_no", "perhaps"),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("url", "https://a/<script>"),
        ("text", "x" * 501),
        ("text", {"a": 1}),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, raw: object) -> None:
    with pytest.raises(ValueRefusedError):
        value_parse(Shape(kind, OPTIONS), raw)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    raw=st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.booleans(), st.none()),
)
def test_anything_is_taken_or_refused_and_a_kept_value_is_taken_again(
    kind: str, raw: object
) -> None:
    shape = Shape(kind, OPTIONS)
    try:
        kept = value_parse(shape, raw)
    except ValueRefusedError:
        return
    assert value_parse(shape, value_text(kept)) == kept


@given(
    st.dates(min_value=date(1900, 1, 1)),
    st.decimals(places=2, allow_nan=False, min_value=-(10**9), max_value=10**9),
)
def test_dates_and_amounts_come_back(day: date, amount: Decimal) -> None:
    assert value_parse(Shape("date"), day) == day.isoformat()
    assert Decimal(value_parse(Shape("decimal"), str(amount))) == amount
