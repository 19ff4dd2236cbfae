"""One customer's values, from text or JSON to what is kept; every fault by field."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Agent
from apps.core.phone_numbers import lookup_key
from apps.customers.choices import Gender, Level, NumberLabel
from apps.customers.engine import field_values
from apps.customers.engine.field_values import ValueRefusedError
from apps.customers.errors import CustomerRefusedError
from apps.customers.vocabulary import CUSTOM, Vocabulary, Word, field_shape

MOST = {
    "name": 100,
    "contact_name": 100,
    "province": 40,
    "city": 40,
    "address": 300,
    "account_number": 20,
}
MAX_NOTE = 10_000
MAX_ROWS = 20
"""Numbers, addresses and tags of one customer, each."""
MAX_TAG = 30
SPLIT = re.compile(r"[;；,，、|\n]")
NUMBER = re.compile(r"\+?[0-9(][0-9 ()./-]{1,30}")
BLANK: tuple[Any, ...] = (None, "", [], {})
REFUSALS = {
    "integer": gettext_lazy("Not a whole number."),
    "decimal": gettext_lazy("Not a number: at most 18 digits, 6 of them after the point."),
    "date": gettext_lazy("Not a date. Write it as 2026-11-29."),
    "choice": gettext_lazy("Not one of the choices: %(value)s"),
    "yes_no": gettext_lazy("Write yes or no."),
    "url": gettext_lazy("Not a web address. It begins with https:// or http://."),
    "long": gettext_lazy("Too long."),
    "text": gettext_lazy("Not a text."),
    "number": gettext_lazy("Not a telephone number: %(value)s"),
    "email": gettext_lazy("Not an e-mail address: %(value)s"),
    "many": gettext_lazy("At most %(most)s."),
    "agent": gettext_lazy("There is no such agent: %(value)s"),
    "future": gettext_lazy("This day is still to come."),
    "unknown": gettext_lazy("There is no such field."),
}


@dataclass(frozen=True)
class NumberValue:
    """One telephone number to be kept."""

    as_typed: str
    lookup: str
    label: str = ""
    is_primary: bool = False


@dataclass(frozen=True)
class ParsedCustomer:
    """Values that fit; what is None (or not in `columns`, `custom`) was not given.

    `columns` are fields of the row itself. In `custom` a value of None empties the field.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    numbers: tuple[NumberValue, ...] | None = None
    emails: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


def customer_parse(values: Mapping[str, Any], *, words: Vocabulary, is_new: bool) -> ParsedCustomer:
    """Return one customer's values as they are kept; only what `values` names.

    Names are those of `vocabulary.customer_fields`, custom fields as `custom.<key>`; values are
    texts (of a form or a file) or JSON. A list may be a text split at `;`, `,` or lines. Of a new
    customer the name and every required field must be there. Raises CustomerRefusedError with
    every fault, not only the first. No query.
    """
    faults: dict[str, str] = {}
    parsed: dict[str, Any] = {}
    for name, raw in values.items():
        try:
            parsed[name] = _one(name, raw, words)
        except ValueRefusedError as error:
            faults[name] = refusal_text(error)
    for name in _required(words, parsed, is_new):
        if name not in faults and parsed.get(name) in BLANK:
            faults[name] = _("This is needed.")
    if faults:
        raise CustomerRefusedError(faults)
    return ParsedCustomer(
        columns={
            ("kind" if name == "type" else name): value
            for name, value in parsed.items()
            if name not in ("numbers", "emails", "tags") and not name.startswith(CUSTOM)
        },
        custom={
            name.removeprefix(CUSTOM): value
            for name, value in parsed.items()
            if name.startswith(CUSTOM)
        },
        numbers=parsed.get("numbers"),
        emails=parsed.get("emails"),
        tags=parsed.get("tags"),
    )


def refusal_text(error: ValueRefusedError) -> str:
    """Return why a value does not fit, for people."""
    return str(REFUSALS[error.code]) % {"value": error.detail, "most": MAX_ROWS}


def _required(words: Vocabulary, given: Mapping[str, Any], is_new: bool) -> list[str]:
    names = ["name", *(CUSTOM + key for key, row in words.fields.items() if row.is_required)]
    return names if is_new else [name for name in names if name in given]


def _one(name: str, raw: Any, words: Vocabulary) -> Any:
    if name.startswith(CUSTOM):
        found = words.fields.get(name.removeprefix(CUSTOM))
        if found is None:
            raise ValueRefusedError("unknown")
        return field_values.value_parse(field_shape(found), raw)
    parser = _PARSERS.get(name)
    if parser is None:
        raise ValueRefusedError("unknown")
    return parser(name, raw, words)


def _plain(name: str, raw: Any, words: Vocabulary) -> str:
    if raw is None:
        return ""
    if isinstance(raw, list | dict | bool):
        raise ValueRefusedError("text")
    text = " ".join(str(raw).replace("\0", "").split())
    if len(text) > MOST[name]:
        raise ValueRefusedError("long")
    return text


def _note(name: str, raw: Any, words: Vocabulary) -> str:
    if raw is not None and not isinstance(raw, str | int | float):
        raise ValueRefusedError("text")
    text = str(raw if raw is not None else "").replace("\0", "").strip()
    if len(text) > MAX_NOTE:
        raise ValueRefusedError("long")
    return text


def _word(raw: Any, known: Mapping[str, Word]) -> str:
    text = " ".join(str(raw if raw is not None else "").replace("\0", "").split())
    if not text or text in known:
        return text
    for word in known.values():
        if text.casefold() in (word.code.casefold(), word.name.casefold()):
            return word.code
    raise ValueRefusedError("choice", text[:60])


def _level(name: str, raw: Any, words: Vocabulary) -> str:
    return _word(raw, words.levels) or Level.NORMAL.value


def _kind(name: str, raw: Any, words: Vocabulary) -> str:
    return _word(raw, words.types)


def _source(name: str, raw: Any, words: Vocabulary) -> str:
    return _word(raw, words.sources)


def _gender(name: str, raw: Any, words: Vocabulary) -> str:
    known = {value: Word(value, str(text)) for value, text in Gender.choices}
    more = {"男": "male", "女": "female", "m": "male", "f": "female"}
    return more.get(str(raw).strip().casefold()) or _word(raw, known)


def _owner(name: str, raw: Any, words: Vocabulary) -> Agent | None:
    text = str(raw if raw is not None else "").strip()
    if not text:
        return None
    # `1001`, and `1001 王芳` as lists show it.
    found = words.agents.get(text) or words.agents.get(text.split()[0])
    if found is None:
        raise ValueRefusedError("agent", text[:40])
    return found


def _born_on(name: str, raw: Any, words: Vocabulary) -> date | None:
    if raw in BLANK or not str(raw).strip():
        return None
    found = field_values.date_parse(raw)
    if found > date.today():  # noqa: DTZ011 - a birthday has no time zone
        raise ValueRefusedError("future")
    return found


def _balance(name: str, raw: Any, words: Vocabulary) -> Decimal | None:
    if raw in BLANK or not str(raw).strip():
        return None
    found = field_values.decimal_parse(raw)
    exponent = found.as_tuple().exponent
    if abs(found) >= Decimal(10) ** 12 or (isinstance(exponent, int) and exponent < -2):
        raise ValueRefusedError("decimal", str(raw)[:40])
    return found


def _parts(raw: Any) -> list[Any]:
    if raw in BLANK:
        return []
    parts = SPLIT.split(raw) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        parts = [parts]
    found = [part.strip() if isinstance(part, str) else part for part in parts]
    found = [part for part in found if part not in BLANK]
    if len(found) > MAX_ROWS:
        raise ValueRefusedError("many")
    return found


def _numbers(name: str, raw: Any, words: Vocabulary) -> tuple[NumberValue, ...]:
    found: dict[str, NumberValue] = {}
    for part in _parts(raw):
        one = number_parse(part)
        found.setdefault(one.lookup, one)
    return one_primary(found.values())


def one_primary(numbers: Iterable[NumberValue]) -> tuple[NumberValue, ...]:
    """Return the numbers with exactly one main one: the first that says so, else the first."""
    rows = list(numbers)
    main = next((row for row in rows if row.is_primary), rows[0] if rows else None)
    return tuple(
        NumberValue(row.as_typed, row.lookup, row.label, is_primary=row is main) for row in rows
    )


def number_parse(part: Any) -> NumberValue:
    """Return one number from its text or {number, label, is_primary}. Raises ValueRefusedError.

    A masked number (138****8000) is refused: it would replace the true one.
    """
    row = part if isinstance(part, Mapping) else {"number": part}
    raw = row.get("number")
    text = " ".join(str(raw if raw is not None else "").replace("\0", "").split())
    if isinstance(raw, float) and raw.is_integer():
        text = str(int(raw))
    lookup = lookup_key(text)
    if not NUMBER.fullmatch(text) or not 3 <= len(lookup.lstrip("+")) <= 20:
        raise ValueRefusedError("number", text[:40])
    label = str(row.get("label") or "")
    if label and label not in NumberLabel.values:
        raise ValueRefusedError("choice", label[:40])
    return NumberValue(text, lookup, label, bool(row.get("is_primary")))


def _emails(name: str, raw: Any, words: Vocabulary) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for part in _parts(raw):
        text = str(part)
        try:
            validate_email(text)
        except ValidationError:
            raise ValueRefusedError("email", text[:60]) from None
        if len(text) > 200:
            raise ValueRefusedError("long")
        found.setdefault(text.lower(), text)
    return tuple(found.values())


def _tags(name: str, raw: Any, words: Vocabulary) -> tuple[str, ...]:
    found = [" ".join(str(part).replace("\0", "").split()) for part in _parts(raw)]
    if any(len(tag) > MAX_TAG for tag in found):
        raise ValueRefusedError("long")
    return tuple(dict.fromkeys(filter(None, found)))


_PARSERS = {
    **dict.fromkeys(MOST, _plain),
    "note": _note,
    "level": _level,
    "type": _kind,
    "source": _source,
    "gender": _gender,
    "owner": _owner,
    "born_on": _born_on,
    "balance": _balance,
    "numbers": _numbers,
    "emails": _emails,
    "tags": _tags,
}
