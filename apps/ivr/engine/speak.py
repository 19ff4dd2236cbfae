"""Say digits, numbers, money, dates and times: values to prompts, in Chinese and English. Pure.

Total: whatever the value, something true is said. What is too large to be said as a number is said
digit by digit.
"""

import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

PREFIX = "huawu/"
LARGEST = 10**12
TEENS_END = 20
MINUS = "number-minus"
# The default context has 28 digits and refuses to round a longer amount.
EXACT = Context(prec=1000)


def digits(text: str) -> list[str]:
    """Return the prompts for digits one by one; other characters are left out."""
    return [f"{PREFIX}digit-{char}" for char in text if char.isdigit() and char.isascii()]


def number(value: int, language: str) -> list[str]:
    """Return the prompts for a whole number; from 10¹² on digit by digit."""
    names = [MINUS] if value < 0 else []
    value = abs(value)
    if value >= LARGEST:
        return [PREFIX + name for name in names] + digits(str(value))
    names += _chinese(value) if language.startswith("zh") else _english(value)
    return [PREFIX + name for name in names]


def money(amount: Decimal, language: str) -> list[str]:
    """Return the prompts for an amount of yuan, rounded to fen (half up)."""
    cents = int(EXACT.multiply(amount, Decimal(100)).quantize(Decimal(1), ROUND_HALF_UP, EXACT))
    sign = [PREFIX + MINUS] if cents < 0 else []
    yuan, rest = divmod(abs(cents), 100)
    if language.startswith("zh"):
        return sign + _chinese_money(yuan, rest)
    said = sign + number(yuan, language) + [PREFIX + "money-yuan"]
    if rest:
        said += [PREFIX + "number-and", *number(rest, language), PREFIX + "money-cents"]
    return said


def date(day: datetime.date, language: str) -> list[str]:
    """Return the prompts for a date: 二零二六年十月一日, October 1 2026."""
    month = f"{PREFIX}date-month-{day.month}"
    if language.startswith("zh"):
        year = [*digits(f"{day.year:04d}"), PREFIX + "date-year"]
        return [*year, month, *number(day.day, language), PREFIX + "date-day"]
    return [month, *number(day.day, language), *number(day.year, language)]


def time(hour: int, minute: int, language: str) -> list[str]:
    """Return the prompts for a time of 24 hours: 九点三十分, nine thirty."""
    is_chinese = language.startswith("zh")
    # 两点, not 二点.
    said = [PREFIX + "number-liang"] if is_chinese and hour == 2 else number(hour, language)
    if minute == 0:
        return [*said, PREFIX + "time-oclock"]
    if is_chinese:
        said.append(PREFIX + "time-hour")
    if minute < 10:
        said.append(PREFIX + "digit-0")
    said += number(minute, language)
    return [*said, PREFIX + "time-minute"] if is_chinese else said


def _chinese_money(yuan: int, rest: int) -> list[str]:
    # 两元, not 二元: before a measure word a two that stands alone is 两.
    said = [PREFIX + "number-liang"] if yuan == 2 else number(yuan, "zh")
    said.append(PREFIX + "money-yuan")
    jiao, fen = divmod(rest, 10)
    if jiao:
        said += [f"{PREFIX}digit-{jiao}", PREFIX + "money-jiao"]
    elif fen:
        said.append(PREFIX + "digit-0")
    if fen:
        said += [f"{PREFIX}digit-{fen}", PREFIX + "money-fen"]
    return said


def _chinese(value: int) -> list[str]:
    if value == 0:
        return ["digit-0"]
    names: list[str] = []
    is_gap = False
    for size, unit in ((10**8, "number-hundred-million"), (10**4, "number-ten-thousand"), (1, "")):
        part, value = divmod(value, size)
        if not part:
            is_gap = bool(names)
            continue
        if names and (is_gap or part < 1000):
            # 零 stands for places left out between two parts that are said: 一亿零一.
            names.append("digit-0")
        is_gap = False
        if unit and part == 2:
            names += ["number-liang", unit]
            continue
        names += _chinese_thousands(part, is_first=not names)
        if unit:
            names.append(unit)
    return names


def _chinese_thousands(value: int, *, is_first: bool) -> list[str]:
    names: list[str] = []
    is_gap = False
    for size, unit in ((1000, "number-thousand"), (100, "number-hundred"), (10, "number-10")):
        digit, value = divmod(value, size)
        if not digit:
            is_gap = is_gap or bool(names)
            continue
        if is_gap:
            names.append("digit-0")
            is_gap = False
        if size == 10 and digit == 1 and not names and is_first:
            names.append(unit)  # 十五, not 一十五, at the beginning
        else:
            names += ["number-liang" if digit == 2 and size >= 100 else f"digit-{digit}", unit]
    if value:
        if is_gap:
            names.append("digit-0")
        names.append(f"digit-{value}")
    return names


def _english(value: int) -> list[str]:
    if value == 0:
        return ["digit-0"]
    names: list[str] = []
    for size, unit in ((10**9, "number-billion"), (10**6, "number-million")):
        part, value = divmod(value, size)
        if part:
            names += [*_english_hundreds(part), unit]
    thousands, value = divmod(value, 1000)
    if thousands:
        names += [*_english_hundreds(thousands), "number-thousand"]
    return names + _english_hundreds(value)


def _english_hundreds(value: int) -> list[str]:
    names: list[str] = []
    hundreds, value = divmod(value, 100)
    if hundreds:
        names += [f"digit-{hundreds}", "number-hundred"]
    if value >= TEENS_END:
        tens, value = divmod(value, 10)
        names.append(f"number-{tens}0")
    if value >= 10:
        names.append(f"number-{value}")
    elif value:
        names.append(f"digit-{value}")
    return names
