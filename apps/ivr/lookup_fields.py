"""What may stand in an HTTP look-up's fields: address, headers, answers."""

import re

import jsonpath
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from jsonpath.exceptions import JSONPathError

from apps.ivr.engine.steps import GIVEN, VARIABLE
from apps.ivr.lookup_template import TemplateError, address_check

MOST_RESULTS = 20
MOST_HEADERS = 20
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}", re.ASCII)
HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,2000}", re.ASCII)
# What says how the request itself is read.
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding"})


def address_validate(address: str) -> None:
    """Refuse an address that means nothing, or whose host a caller could choose."""
    try:
        address_check(address)
    except TemplateError as error:
        text = _("Write https://host/path; {caller} and other variables only after the host.")
        raise ValidationError(text, code="address") from error


def results_validate(results: object) -> None:
    """Refuse what is not {variable: JSON path}."""
    if not isinstance(results, dict) or not 0 < len(results) <= MOST_RESULTS:
        raise ValidationError(_('Write {"variable": "$.json.path"}, 1 to 20 of them.'), code="form")
    for name, path in results.items():
        if not VARIABLE.fullmatch(name) or name in GIVEN:
            text = _("%(name)s cannot be set: use a-z, 0-9 and _, and no variable of the call.")
            raise ValidationError(text, code="variable", params={"name": name})
        try:
            jsonpath.compile(path)
        except (JSONPathError, TypeError, AttributeError) as error:
            text = _("%(path)s is no JSON path; an example: $.order.state")
            raise ValidationError(text, code="path", params={"path": path}) from error


def headers_read(text: str) -> dict[str, str]:
    """Return `Name: value` lines as a mapping. Raises ValidationError."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        is_well = colon and HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)
        if not is_well or name.lower() in OURS or len(found) == MOST_HEADERS:
            # Without the line itself: it may hold half a secret.
            raise ValidationError(_("Write one header a line: Name: value."), code="headers")
        found[name] = value
    return found
