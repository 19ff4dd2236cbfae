"""A sheet's document as a page of inputs, and back. Each button keeps what was typed.

Names: `s<n>_…` of a section, `s<n>i<m>_…` of an item, by their places. Whatever is typed becomes a
document, faulty or not: a draft is kept, and the check says what is wrong.
"""

import secrets
from typing import Any

from django.http import QueryDict

from apps.console.quality.typed import whole
from apps.quality.engine.sheet import (
    FATAL_EFFECTS,
    KINDS,
    MOST_HELP,
    MOST_ITEMS,
    MOST_SECTIONS,
    MOST_TITLE,
    YES_NO,
    ZERO,
)

DEFAULT_STEPS = 5
DEFAULT_WEIGHT = 10


def document_read(posted: QueryDict) -> dict[str, Any]:
    """Return the document that a page of inputs says."""
    sections = []
    for n in range(MOST_SECTIONS):
        if f"s{n}_id" not in posted:
            break
        sections.append(_section_read(posted, n))
    fatal = posted.get("fatal", ZERO)
    return {
        "pass_mark": _number(posted.get("pass_mark", "")),
        "fatal": fatal if fatal in FATAL_EFFECTS else ZERO,
        "sections": sections,
    }


def _section_read(posted: QueryDict, n: int) -> dict[str, Any]:
    items = []
    for m in range(MOST_ITEMS):
        if f"s{n}i{m}_id" not in posted:
            break
        items.append(_item_read(posted, f"s{n}i{m}_"))
    return {
        "id": posted.get(f"s{n}_id", "")[:20],
        "title": _text(posted.get(f"s{n}_title", ""), MOST_TITLE),
        "weight": _number(posted.get(f"s{n}_weight", "")),
        "items": items,
    }


def _item_read(posted: QueryDict, prefix: str) -> dict[str, Any]:
    kind = posted.get(f"{prefix}kind", YES_NO)
    return {
        "id": posted.get(f"{prefix}id", "")[:20],
        "title": _text(posted.get(f"{prefix}title", ""), MOST_TITLE),
        "help": _text(posted.get(f"{prefix}help", ""), MOST_HELP),
        "kind": kind if kind in KINDS else YES_NO,
        "steps": _number(posted.get(f"{prefix}steps", "")),
        "weight": _number(posted.get(f"{prefix}weight", "")),
        "is_fatal": bool(posted.get(f"{prefix}is_fatal")),
        "allows_na": bool(posted.get(f"{prefix}allows_na")),
    }


def _text(typed: str, most: int) -> str:
    return typed.replace("\0", "").strip()[:most]


def _number(typed: str) -> int | None:
    return whole(typed)


def changed(document: dict[str, Any], do: str) -> dict[str, Any]:
    """Return the document after a button: `add`, `add:n`, `up:n.m`, `down:n`, `remove:n.m`.

    Places are counted from 0; one that is not there changes nothing, nor does removing a section
    whose items have titles.
    """
    action, _colon, place = do.partition(":")
    sections = document["sections"]
    if action == "add" and not place:
        if len(sections) < MOST_SECTIONS:
            sections.append(_new_section())
        return document
    first, _dot, second = place.partition(".")
    n, m = whole(first), whole(second)
    if n is None or n >= len(sections):
        return document
    if action == "add":
        if len(sections[n]["items"]) < MOST_ITEMS:
            sections[n]["items"].append(_new_item())
        return document
    rows, at = (sections, n) if m is None else (sections[n]["items"], m)
    if at >= len(rows):
        return document
    # A section goes when nothing in it would be lost with it.
    if action == "remove" and not any(one["title"] for one in rows[at].get("items", [])):
        del rows[at]
    to = at + {"up": -1, "down": 1}.get(action, 0)
    if action in ("up", "down") and 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return document


def _new_section() -> dict[str, Any]:
    return {"id": _id(), "title": "", "weight": DEFAULT_WEIGHT, "items": [_new_item()]}


def _new_item() -> dict[str, Any]:
    return {
        "id": _id(),
        "title": "",
        "help": "",
        "kind": YES_NO,
        "steps": DEFAULT_STEPS,
        "weight": DEFAULT_WEIGHT,
        "is_fatal": False,
        "allows_na": True,
    }


def _id() -> str:
    """An id that no other item of the sheet ever had: results go by it over versions."""
    return f"i{secrets.token_hex(4)}"
