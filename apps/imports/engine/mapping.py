"""Guess which column of a file is which field, from its header."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from apps.imports.engine.fields import Field

NEAR = 0.82
# Columns that our own file of errors adds.
OURS = "#"
_NOISE = re.compile(r"[\s_\-./:：*()（）\[\]【】#\"'+、]+")
_NUMBER = re.compile(r"^\+?[0-9][0-9 \-]{6,18}$")


def header_key(text: str) -> str:
    """Return a header without case, width, spaces, marks and a number at its end."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
    return plain.rstrip("0123456789") or plain


def likeness(header: str, field: Field) -> float:
    """Return how much a header looks like a field's name: 1 the same, 0 nothing alike."""
    key = header_key(header)
    if not key or header.lstrip().startswith(OURS):
        return 0.0
    best = 0.0
    for name in field.known_as:
        wanted = header_key(name)
        if key == wanted:
            return 1.0
        # 客户姓名 holds 姓名; "phone number (home)" holds "phone number".
        if len(wanted) >= 2 and wanted in key:
            shortest = 2 if not wanted.isascii() else 5
            if len(wanted) >= shortest:
                best = max(best, 0.85 + 0.1 * len(wanted) / len(key))
        elif min(len(key), len(wanted)) >= 4:
            best = max(best, SequenceMatcher(None, key, wanted).ratio())
    return best


def mapping_guess(header: Sequence[str], fields: Sequence[Field]) -> dict[int, str]:
    """Return column -> field key for the columns whose header is near a field's name.

    The best fit first; a field that takes one value gets one column.
    """
    scored = sorted(
        (
            (-score, column, field.key, field.is_many)
            for column, text in enumerate(header)
            for field in fields
            if (score := likeness(text, field)) >= NEAR
        ),
    )
    found: dict[int, str] = {}
    taken: set[str] = set()
    for _score, column, key, is_many in scored:
        if column in found or (key in taken and not is_many):
            continue
        found[column] = key
        taken.add(key)
    return dict(sorted(found.items()))


def header_is_there(first: Sequence[str], fields: Sequence[Field]) -> bool:
    """Say whether the first row looks like names of columns and not like data already."""
    if mapping_guess(first, fields):
        return True
    return not any(_NUMBER.match(cell) for cell in first)


def template_mapping(
    names: dict[str, str], header: Sequence[str], fields: Sequence[Field]
) -> dict[int, str]:
    """Return a saved mapping (header name -> field key) for a file with perhaps other columns."""
    known = {field.key for field in fields}
    by_key = {header_key(name): key for name, key in names.items()}
    found: dict[int, str] = {}
    for column, text in enumerate(header):
        key = names.get(text) or by_key.get(header_key(text), "")
        if key in known:
            found[column] = key
    return found


def mapping_problems(mapping: dict[int, str], fields: Sequence[Field]) -> list[tuple[str, str]]:
    """Return (code, field key) of what is wrong with a mapping made by hand: empty when nothing."""
    by_key = {field.key: field for field in fields}
    problems = []
    used: set[str] = set()
    for key in mapping.values():
        if key not in by_key:
            problems.append(("unknown_field", key))
        elif key in used and not by_key[key].is_many:
            problems.append(("field_twice", key))
        used.add(key)
    problems += [
        ("field_missing", field.key)
        for field in fields
        if field.is_required and field.key not in used
    ]
    return list(dict.fromkeys(problems))
