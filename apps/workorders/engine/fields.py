"""The fields of a form: their types, what each may say, and how a value is read.

Clean values are plain JSON: texts; integer `int`; decimal a text as `"12.50"`; date `"2026-11-29"`;
date_time ISO 8601 in UTC; choice its option's value, multi_choice a list in the options' order;
yes_no `bool`; person and customer a primary key; file a list of attachments' keys.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

TYPES = (
    "text",
    "long_text",
    "integer",
    "decimal",
    "date",
    "date_time",
    "choice",
    "multi_choice",
    "yes_no",
    "person",
    "customer",
    "telephone",
    "file",
    "heading",
)
TEXTS = ("text", "long_text", "telephone")
CHOICES = ("choice", "multi_choice")
MOST_SIGNS = {"text": 200, "long_text": 5000, "telephone": 32}
MOST_FILES = 10
MOST_NUMBER = 10**12
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,30}")
TRUE, FALSE = ("true", "on", "1", "yes"), ("false", "off", "0", "no")

# One sign or class, perhaps with a count. No groups, no alternatives: with a few open counts the
# time to match is bounded, whatever somebody types (an admin's pattern must not stop a worker).
PIECE = re.compile(
    r"(?:\[\^?(?:\\[dwsDWS\]\\^-]|[^\]\\\[\x00])+\]|\\[dwsDWS.\-/+*?()\[\]{}\\|^$]|[^\\\[\](){}|*+?^$\x00])"
    r"(?P<count>\{\d{1,3}\}|\{\d{1,3},\d{0,3}\}|[*+?])?"
)
MOST_OPEN = 3


@dataclass(frozen=True)
class Option:
    """One choice: what is stored and what people read."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field of a checked form.

    `least` and `most` bound the length of texts, the value of numbers and dates, and the count of
    choices and files. `default` is None or `{"from": constant|customer|call|now|me, …}`.
    """

    key: str
    type: str
    label: str
    help: str = ""
    is_required: bool = False
    least: Any = None
    most: Any = None
    pattern: str = ""
    pattern_help: str = ""
    places: int = 2
    options: tuple[Option, ...] = ()
    default: Mapping[str, Any] | None = None
    visible_if: Mapping[str, Any] | None = None
    required_if: Mapping[str, Any] | None = None

    @property
    def has_value(self) -> bool:
        """Say whether it holds anything; a heading does not."""
        return self.type != "heading"


@dataclass(frozen=True)
class FieldError:
    """Why a value is not taken; `code` is stable, `params` fill its text."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class ValueRefusedError(ValueError):
    """A value that a field does not take."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.error = FieldError(code, params)


def pattern_is_sound(pattern: str) -> bool:
    """Say whether a pattern is of the kind whose time to match is bounded."""
    at, is_open = 0, 0
    while at < len(pattern):
        piece = PIECE.match(pattern, at)
        if piece is None:
            return False
        count = piece["count"] or ""
        is_open += bool(count) and not re.fullmatch(r"\{\d+\}", count)
        at = piece.end()
    try:
        re.compile(pattern)
    except re.error:
        return False
    return is_open <= MOST_OPEN


def read(one: Field, raw: Any, zone: tzinfo) -> Any:
    """Return the clean value, None for none. `zone` is that of times without one.

    Raises ValueRefusedError. Takes what a page sends (texts, lists of texts) and clean values.
    """
    if isinstance(raw, str):
        if "\x00" in raw:
            raise ValueRefusedError("not_text")
        raw = raw.strip()
    if raw is None or raw in ("", []):
        return None
    return READERS[one.type](one, raw, zone)


def _text(one: Field, raw: Any, zone: tzinfo) -> str:
    if not isinstance(raw, str):
        raise ValueRefusedError("not_text")
    most = min(one.most or MOST_SIGNS[one.type], MOST_SIGNS[one.type])
    if len(raw) > most:
        raise ValueRefusedError("too_long", most=most)
    if one.least is not None and len(raw) < one.least:
        raise ValueRefusedError("too_short", least=one.least)
    if one.type != "long_text" and not raw.isprintable():
        raise ValueRefusedError("not_text")
    if one.type == "telephone" and not TELEPHONE.fullmatch(raw):
        raise ValueRefusedError("not_telephone")
    if one.pattern and not re.fullmatch(one.pattern, raw, re.ASCII):
        raise ValueRefusedError("pattern", help=one.pattern_help or one.pattern)
    return raw


def _decimal(raw: Any) -> Decimal:
    text = raw.replace(",", "").replace("，", "") if isinstance(raw, str) else raw
    if isinstance(text, bool) or not isinstance(text, str | int | float) or len(str(text)) > 30:
        raise ValueRefusedError("not_number")
    try:
        number = Decimal(str(text))
    except InvalidOperation as error:
        raise ValueRefusedError("not_number") from error
    if not number.is_finite() or abs(number) > MOST_NUMBER:
        raise ValueRefusedError("not_number")
    return number


def _bounded(one: Field, value: Any, *, as_read: Callable[[Any], Any]) -> None:
    if one.least is not None and value < as_read(one.least):
        raise ValueRefusedError("too_small", least=one.least)
    if one.most is not None and value > as_read(one.most):
        raise ValueRefusedError("too_big", most=one.most)


def _integer(one: Field, raw: Any, zone: tzinfo) -> int:
    number = _decimal(raw)
    if number != number.to_integral_value():
        raise ValueRefusedError("not_whole")
    _bounded(one, number, as_read=_decimal)
    return int(number)


def _money(one: Field, raw: Any, zone: tzinfo) -> str:
    number = _decimal(raw)
    if number != round(number, one.places):
        raise ValueRefusedError("too_exact", places=one.places)
    _bounded(one, number, as_read=_decimal)
    return f"{number:.{one.places}f}"


def _date(one: Field, raw: Any, zone: tzinfo) -> str:
    try:
        day = date.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise ValueRefusedError("not_date") from error
    _bounded(one, day, as_read=date.fromisoformat)
    return day.isoformat()


def _date_time(one: Field, raw: Any, zone: tzinfo) -> str:
    try:
        at = datetime.fromisoformat(raw)
        aware = at if at.tzinfo else at.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat(timespec="seconds")
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueRefusedError("not_date") from error


def _choice(one: Field, raw: Any, zone: tzinfo) -> str:
    if not isinstance(raw, str) or raw not in {option.value for option in one.options}:
        raise ValueRefusedError("not_an_option")
    return raw


def _multi_choice(one: Field, raw: Any, zone: tzinfo) -> list[str]:
    chosen = [raw] if isinstance(raw, str) else raw
    if not isinstance(chosen, list) or not all(isinstance(item, str) for item in chosen):
        raise ValueRefusedError("not_an_option")
    found = [option.value for option in one.options if option.value in chosen]
    if set(chosen) - set(found):
        raise ValueRefusedError("not_an_option")
    _counted(one, len(found), len(one.options))
    return found


def _counted(one: Field, count: int, most: int) -> None:
    if one.least is not None and count < one.least:
        raise ValueRefusedError("too_few", least=one.least)
    if count > min(one.most or most, most):
        raise ValueRefusedError("too_many", most=min(one.most or most, most))


def _yes_no(one: Field, raw: Any, zone: tzinfo) -> bool:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word not in TRUE + FALSE:
        raise ValueRefusedError("not_yes_no")
    return word in TRUE


def _key(raw: Any) -> int:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 19:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        raise ValueRefusedError("not_found")
    return raw


def _row(one: Field, raw: Any, zone: tzinfo) -> int:
    return _key(raw)


def _files(one: Field, raw: Any, zone: tzinfo) -> list[int]:
    found = sorted({_key(item) for item in (raw if isinstance(raw, list) else [raw])})
    _counted(one, len(found), MOST_FILES)
    return found


READERS: Mapping[str, Callable[[Field, Any, tzinfo], Any]] = {
    "text": _text,
    "long_text": _text,
    "telephone": _text,
    "integer": _integer,
    "decimal": _money,
    "date": _date,
    "date_time": _date_time,
    "choice": _choice,
    "multi_choice": _multi_choice,
    "yes_no": _yes_no,
    "person": _row,
    "customer": _row,
    "file": _files,
}
