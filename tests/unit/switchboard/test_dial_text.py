"""Numbers as people write and paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.switchboard.dial_text import dial_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("139 0013-9000", "13900139000"),
        ("+86 (0)10 6234.5678", "+861062345678"),
        ("（010）62345678", "01062345678"),
        ("１３９００１３９０００", "13900139000"),
        ("tel:+86-139-0013-9000;ext=5", "+8613900139000"),
        ("TEL:110", "110"),
        ("sip:1002@example.com", "1002"),
        ("*98", "*98"),
        ("call me", ""),
        ("1390013+9000", ""),
        ("13900139000\r\nAction: Hangup", ""),
        ("tel:", ""),
        ("", ""),
    ],
)
def test_what_is_dialled(text: str, number: str) -> None:
    assert dial_text(text) == number


@given(st.text(max_size=100))
def test_nothing_but_what_a_phone_has_keys_for(text: str) -> None:
    assert set(dial_text(text)) <= set("0123456789+*#")
