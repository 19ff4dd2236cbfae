"""Telephone numbers: as dialled and as E.164, with region and carrier.

Source: libphonenumber through `phonenumbers` 9; default region China.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

DEFAULT_REGION = "CN"
MAX_LENGTH = 32
# Mobile and fixed numbers as China writes them: nearly all that come. libphonenumber takes 50 µs
# for each, which an import of 500,000 customers pays twice a row. Not 179: it may begin a carrier's
# code that is to be taken off.
_CHINESE = re.compile(r"(1(?!79)[3-9][0-9]{9})|0((?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7})")


@dataclass(frozen=True)
class PhoneNumber:
    """A number as it came and what is known of it; `e164` is '' for extensions and nonsense."""

    raw: str
    e164: str
    region: str
    carrier: str


def _dialled(raw: str) -> str:
    return re.sub(r"[^0-9+*#]", "", raw)[:MAX_LENGTH]


@lru_cache(maxsize=20_000)
def _parsed(raw: str, default_region: str) -> phonenumbers.PhoneNumber | None:
    text = _dialled(raw)
    if len(text.lstrip("+")) < 7:
        return None
    try:
        parsed = phonenumbers.parse(text, default_region)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None


def _e164(parsed: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=20_000)
def phone_number(
    raw: str, language: str = "zh", default_region: str = DEFAULT_REGION
) -> PhoneNumber:
    """Parse a number as dialled; never raises. Unknown region or carrier is ''."""
    # Imported at the first use: their tables take 110 MB, and callers in menus rarely need them.
    from phonenumbers import carrier, geocoder

    parsed = _parsed(raw, default_region)
    if parsed is None:
        return PhoneNumber(raw, "", "", "")
    return PhoneNumber(
        raw,
        _e164(parsed),
        geocoder.description_for_number(parsed, language),
        carrier.name_for_number(parsed, language),
    )


def e164(raw: str) -> str:
    """Return a number as E.164, '' for extensions and nonsense."""
    plain = _CHINESE.fullmatch(_dialled(raw))
    if plain:
        return f"+86{plain[1] or plain[2]}"
    parsed = _parsed(raw, DEFAULT_REGION)
    return _e164(parsed) if parsed else ""


def lookup_key(raw: str) -> str:
    """Return what numbers are compared by: E.164 where possible, else the digits as dialled."""
    return e164(raw) or _dialled(raw)


def masked(number: str) -> str:
    """Return the number with its middle hidden: 138****8000."""
    if len(number) < 7:
        return number
    return (
        f"{number[:3]}****{number[-4:]}" if len(number) <= 11 else f"{number[:6]}****{number[-4:]}"
    )
