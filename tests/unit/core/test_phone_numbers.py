"""Numbers as dialled become one key to look up by."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.phone_numbers import e164, lookup_key, masked, phone_number


@pytest.mark.parametrize(
    "raw", ["13800138000", "+8613800138000", "008613800138000", "138 0013 8000", "138-0013-8000"]
)
def test_one_number_has_one_key_however_it_is_written(raw: str) -> None:
    assert lookup_key(raw) == "+8613800138000"


def test_mobile_number_knows_region_and_carrier() -> None:
    number = phone_number("13800138000")
    assert (number.region, number.carrier) == ("北京市", "中国移动")


def test_landline_knows_its_city() -> None:
    assert phone_number("02088886666").region == "广东省广州市"


def test_extension_is_its_own_key() -> None:
    assert phone_number("1001").e164 == ""
    assert lookup_key("1001") == "1001"


@given(st.text(max_size=300))
def test_nonsense_never_raises_and_never_grows(raw: str) -> None:
    assert len(lookup_key(raw)) <= 32
    assert phone_number(raw).raw == raw


@pytest.mark.parametrize(
    ("number", "shown"),
    [("13800138000", "138****8000"), ("+8613800138000", "+86138****8000"), ("1001", "1001")],
)
def test_masking_hides_the_middle(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}|0[1-9][0-9]{7,12}", fullmatch=True))
def test_the_short_way_for_chinese_numbers_says_what_libphonenumber_says(number: str) -> None:
    parsed = phonenumbers.parse(number, "CN")
    wanted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    assert e164(number) == (wanted if phonenumbers.is_possible_number(parsed) else "")


def test_every_mobile_prefix_gives_what_libphonenumber_says() -> None:
    for prefix in range(13_000, 20_000):
        number = f"{prefix}555012"
        parsed = phonenumbers.parse(number, "CN")
        wanted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        assert e164(number) == wanted, number
