"""Values of custom fields: from text or JSON to what is kept, and back to text. Pure.

Kept shapes (plain JSON): text, long_text, url, choice: text; integer: int; decimal: text with a
point ("12.50"), so that no digit is lost; date: "2026-11-29"; choices: list of texts in the
options' order; yes_no: bool. An empty value is not kept at all (None).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

TEXT, LONG_TEXT, INTEGER, DECIMAL, DATE = "text", "long_text", "integer", "decimal", "date"
CHOICE, CHOICES, YES_NO, URL = "choice", "choices", "yes_no", "url"
KINDS = frozenset({TEXT, LONG_TEXT, INTEGER, DECIMAL, DATE, CHOICE, CHOICES, YES_NO, URL})

MOST_TEXT, MOST_LONG_TEXT, MOST_URL = 500, 5_000, 500
MOST_INTEGER = 2**53 - 1
MOST_DIGITS, MOST_PLACES = 18, 6
YES = frozenset({"1", "yes", "y", "true", "on", "是", "有", "对", "√", "真"})
NO = frozenset({"0", "no", "n", "false", "off", "否", "无", "不", "×", "假"})
# 2026-11-29, 2026/11/29, 2026.11.29, 20261129, 2026年11月29日; a spreadsheet's time of 00:00:00.
DATE_TEXT = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?"
)


@dataclass(frozen=True)
class Shape:
    """What a value must look like: the field's kind and its options."""

    kind: str
    options: Sequence[str] = ()


class ValueRefusedError(ValueError):
    """The value does not fit. `code` says why: integer, decimal, date, choice, url, long and so on.

    `detail` is the part of the value that is wrong.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def value_parse(shape: Shape, raw: Any) -> Any:
    """Return the value as it is kept, None for an empty one. Raises ValueRefusedError."""
    if raw is None or raw == "" or raw == []:
        return None
    if isinstance(raw, str):
        raw = raw.replace("\0", "").strip()
        if not raw:
            return None
    return _PARSERS[shape.kind](shape, raw)


def value_text(value: Any) -> str:
    """Return a kept value as text that `value_parse` takes back: choices with `; `, yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)


def date_parse(raw: Any) -> date:
    """Return a date from any of the ways people write one. Raises ValueRefusedError."""
    if isinstance(raw, date):
        return date(raw.year, raw.month, raw.day)
    found = DATE_TEXT.fullmatch(str(raw).strip())
    if found is None:
        raise ValueRefusedError("date", str(raw)[:40])
    year, month, day, packed_month, packed_day = found.groups()
    try:
        return date(int(year), int(month or packed_month), int(day or packed_day))
    except ValueError:
        raise ValueRefusedError("date", str(raw)[:40]) from None


def decimal_parse(raw: Any) -> Decimal:
    """Return an amount; thousands' commas and a currency sign are forgiven.

    Raises ValueRefusedError beyond 18 digits or 6 places, and for NaN and infinity.
    """
    if isinstance(raw, bool):
        raise ValueRefusedError("decimal")
    text = str(raw).strip().lstrip("¥￥$€£").replace(",", "").replace("，", "").strip()
    if not re.fullmatch(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?", text, re.ASCII):
        raise ValueRefusedError("decimal", str(raw)[:40])
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueRefusedError("decimal", str(raw)[:40]) from None
    if "." in text:
        # 12.5000000 of a spreadsheet is 12.5; places that mean something are kept.
        places = max(-int(value.normalize().as_tuple().exponent), 0)
        written = len(text.partition(".")[2])
        value = value.quantize(Decimal(1).scaleb(-max(places, min(written, 2))))
        if places > MOST_PLACES:
            raise ValueRefusedError("decimal", str(raw)[:40])
    if len(value.as_tuple().digits) > MOST_DIGITS:
        raise ValueRefusedError("decimal", str(raw)[:40])
    return value


def yes_no_parse(raw: Any) -> bool:
    """Return yes or no as people of both languages write it. Raises ValueRefusedError."""
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise ValueRefusedError("yes_no", str(raw)[:40])


def _text(shape: Shape, raw: Any) -> str:
    if isinstance(raw, list | dict):
        raise ValueRefusedError("text")
    text = str(raw)
    if len(text) > (MOST_LONG_TEXT if shape.kind == LONG_TEXT else MOST_TEXT):
        raise ValueRefusedError("long")
    return text if shape.kind == LONG_TEXT else " ".join(text.split())


def _integer(shape: Shape, raw: Any) -> int:
    if isinstance(raw, bool):
        raise ValueRefusedError("integer")
    text = str(raw).strip().replace(",", "")
    if not re.fullmatch(r"[-+]?[0-9]{1,18}(\.0+)?", text, re.ASCII):
        raise ValueRefusedError("integer", str(raw)[:40])
    value = int(text.partition(".")[0])
    if abs(value) > MOST_INTEGER:
        raise ValueRefusedError("integer", str(raw)[:40])
    return value


def _decimal(shape: Shape, raw: Any) -> str:
    return format(decimal_parse(raw), "f")


def _date(shape: Shape, raw: Any) -> str:
    return date_parse(raw).isoformat()


def _choice(shape: Shape, raw: Any) -> str:
    text = " ".join(str(raw).split())
    for option in shape.options:
        if option.casefold() == text.casefold():
            return option
    raise ValueRefusedError("choice", text[:60])


def _choices(shape: Shape, raw: Any) -> list[str]:
    parts = raw if isinstance(raw, list) else re.split(r"[;；|、\n]", str(raw))
    wanted = {_choice(shape, part) for part in parts if str(part).strip()}
    if not wanted:
        raise ValueRefusedError("choice")
    return [option for option in shape.options if option in wanted]


def _yes_no(shape: Shape, raw: Any) -> bool:
    return yes_no_parse(raw)


def _url(shape: Shape, raw: Any) -> str:
    text = str(raw)
    if len(text) > MOST_URL or re.search(r"[\s<>\"\x00-\x1f]", text):
        raise ValueRefusedError("url", text[:60])
    # Anything but http(s) would be a script in a link.
    if not re.fullmatch(r"https?://[^/?#@:]+(:[0-9]{1,5})?([/?#].*)?", text, re.IGNORECASE):
        raise ValueRefusedError("url", text[:60])
    return text


_PARSERS = {
    TEXT: _text,
    LONG_TEXT: _text,
    INTEGER: _integer,
    DECIMAL: _decimal,
    DATE: _date,
    CHOICE: _choice,
    CHOICES: _choices,
    YES_NO: _yes_no,
    URL: _url,
}
