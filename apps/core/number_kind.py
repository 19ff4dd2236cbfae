"""What kind of number was dialled: what it costs decides who may dial it.

Source: libphonenumber's types through `phonenumbers` 9; China's short numbers (1xxxx, 95xxx, 96xxx)
are services at the local rate, 110, 119, 120 and 122 emergency calls.
"""

import re
from enum import IntEnum

import phonenumbers

DIALLABLE = re.compile(r"\+?[0-9]{3,20}")
EMERGENCY = frozenset({"110", "112", "119", "120", "122"})
SHORT = re.compile(r"[19][0-9]{2,5}")
SUBSCRIBER = re.compile(r"[2-8][0-9]{6,7}")
# Satellite and the networks of no country, and the international premium rate.
COSTLY_CODES = frozenset({870, 878, 881, 882, 883, 979})
COSTLY = frozenset(
    {phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.PERSONAL_NUMBER}
)
FREE = frozenset({phonenumbers.PhoneNumberType.TOLL_FREE, phonenumbers.PhoneNumberType.SHARED_COST})


class NumberKind(IntEnum):
    """The kinds, the costlier the higher: who may dial one may dial those before it."""

    INTERNAL = 0
    LOCAL = 1
    NATIONAL = 2
    INTERNATIONAL = 3
    PREMIUM = 4


def is_emergency(number: str) -> bool:
    """Say whether the number is one that everybody may always dial."""
    return number in EMERGENCY


def number_kind(number: str, *, area_code: str = "", country: str = "CN") -> NumberKind:
    """Return the kind of an outside number (digits, perhaps with `+`).

    `area_code` is the company's, as dialled ("010"); without it nothing but short and free numbers
    is local. Nonsense counts as premium: fail closed.
    """
    if is_emergency(number) or SHORT.fullmatch(number):
        return NumberKind.LOCAL
    if area_code and SUBSCRIBER.fullmatch(number):
        return NumberKind.LOCAL
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return NumberKind.PREMIUM
    if not phonenumbers.is_possible_number(parsed) or parsed.country_code in COSTLY_CODES:
        return NumberKind.PREMIUM
    found = phonenumbers.number_type(parsed)
    # What is no number of the country (+86 008821…) may be one abroad once a carrier has cut it.
    if found in COSTLY or found == phonenumbers.PhoneNumberType.UNKNOWN:
        return NumberKind.PREMIUM
    if parsed.country_code != phonenumbers.country_code_for_region(country):
        return NumberKind.INTERNATIONAL
    if found in FREE:
        return NumberKind.LOCAL
    home = area_code.removeprefix("0")
    if home and found == phonenumbers.PhoneNumberType.FIXED_LINE:
        national = str(parsed.national_number)
        return NumberKind.LOCAL if national.startswith(home) else NumberKind.NATIONAL
    return NumberKind.NATIONAL
