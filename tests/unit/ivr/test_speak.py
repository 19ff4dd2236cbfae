"""Numbers and money become prompts that exist, and say what they mean."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ivr.engine import speak

PROMPTS = tomllib.loads(
    (Path(__file__).parents[3] / "asterisk/sounds/prompts.toml").read_text("utf-8")
)["prompts"]


def said(names: list[str], language: str) -> str:
    """Join the prompts' texts as they are spoken."""
    texts = [PROMPTS[name.removeprefix("huawu/")][language] for name in names]
    return ("" if language == "zh" else " ").join(texts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "零"),
        (7, "七"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (102, "一百零二"),
        (110, "一百一十"),
        (200, "两百"),
        (1005, "一千零五"),
        (1280, "一千两百八十"),
        (2002, "两千零二"),
        (10_000, "一万"),
        (10_010, "一万零一十"),
        (20_000, "两万"),
        (100_000, "十万"),
        (120_000, "十二万"),
        (100_000_001, "一亿零一"),
        (200_020_000, "两亿零两万"),
        (-3, "负三"),
    ],
)
def test_whole_number_in_chinese(value: int, text: str) -> None:
    assert said(speak.number(value, "zh"), "zh") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (21, "twenty one"),
        (110, "one hundred ten"),
        (1280, "one thousand two hundred eighty"),
        (1_000_000, "one million"),
        (10_011_012, "ten million eleven thousand twelve"),
    ],
)
def test_whole_number_in_english(value: int, text: str) -> None:
    assert said(speak.number(value, "en"), "en") == text


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("1280.50", "一千两百八十元五角", "one thousand two hundred eighty yuan and fifty cents"),
        ("36.00", "三十六元", "thirty six yuan"),
        ("0.05", "零元零五分", "zero yuan and five cents"),
        ("2.22", "两元二角二分", "two yuan and twenty two cents"),
        ("-10.005", "负十元零一分", "minus ten yuan and one cents"),
        ("-0.001", "零元", "zero yuan"),
    ],
)
def test_money(amount: str, zh: str, en: str) -> None:
    assert said(speak.money(Decimal(amount), "zh"), "zh") == zh
    assert said(speak.money(Decimal(amount), "en"), "en") == en


def test_digits_one_by_one_leave_out_what_is_no_digit() -> None:
    assert said(speak.digits("8800-٣x1"), "zh") == "八八零零一"


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.sampled_from(["zh", "en"]))
def test_every_number_is_said_with_prompts_that_exist(value: int, language: str) -> None:
    assert said(speak.number(value, language), language)


DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}


def chinese_value(text: str) -> int:
    """Read a Chinese numeral back."""
    total = section = digit = 0
    for char in text:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            section += (digit or 1) * UNITS[char]
            digit = 0
        else:
            total += (section + digit) * (10**8 if char == "亿" else 10**4)
            section = digit = 0
    return total + section + digit


@given(st.integers(0, 10**12 - 1))
def test_chinese_number_means_its_value(value: int) -> None:
    text = said(speak.number(value, "zh"), "zh")
    assert chinese_value(text) == value
    assert "零零" not in text


def test_what_is_too_large_is_said_digit_by_digit() -> None:
    assert said(speak.number(-(10**12), "zh"), "zh") == "负一" + "零" * 12
    assert said(speak.money(Decimal(10**13), "zh"), "zh") == "一" + "零" * 13 + "元"
    assert said(speak.money(Decimal(10) ** 198, "zh"), "zh") == "一" + "零" * 198 + "元"


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (
            "2026-10-01",
            "zh",
            "digit-2 digit-0 digit-2 digit-6 date-year date-month-10 digit-1 date-day",
        ),
        ("2026-02-20", "en", "date-month-2 number-20 digit-2 number-thousand number-20 digit-6"),
    ],
)
def test_date(value: str, language: str, said: str) -> None:
    found = speak.date(date.fromisoformat(value), language)
    assert found == [f"huawu/{name}" for name in said.split()]


@pytest.mark.parametrize(
    ("hour", "minute", "language", "said"),
    [
        (9, 30, "zh", "digit-9 time-hour digit-3 number-10 time-minute"),
        (2, 5, "zh", "number-liang time-hour digit-0 digit-5 time-minute"),
        (0, 0, "zh", "digit-0 time-oclock"),
        (9, 30, "en", "digit-9 number-30"),
        (14, 5, "en", "number-14 digit-0 digit-5"),
    ],
)
def test_time(hour: int, minute: int, language: str, said: str) -> None:
    assert speak.time(hour, minute, language) == [f"huawu/{name}" for name in said.split()]
