"""A score sheet as a document, and the score of a set of answers. Pure.

The document: `{"pass_mark": 80, "fatal": "zero", "sections": [{"id", "title", "weight", "items":
[{"id", "title", "help", "kind": "yes_no" | "scale", "steps", "weight", "is_fatal",
"allows_na"}]}]}`. Answers: `{item id: value}` with 1 or 0 of a yes/no, 1 to `steps` of a scale, or
`"na"`. Ids are unique in the sheet and stay when it is changed, so that results by item go over
versions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

YES_NO, SCALE = "yes_no", "scale"
KINDS = (YES_NO, SCALE)
NA = "na"
YES, NO = 1, 0
# What a failed fatal item does: to the whole, to its section, or nothing but the mark "fatal".
ZERO, SECTION_ZERO, MARK_ONLY = "zero", "section", "mark"
FATAL_EFFECTS = (ZERO, SECTION_ZERO, MARK_ONLY)
FEWEST_STEPS, MOST_STEPS = 2, 9
MOST_SECTIONS, MOST_ITEMS = 20, 60
MOST_WEIGHT = 1000
MOST_TITLE, MOST_HELP = 120, 500
FULL = 100
CENT = Decimal("0.01")
ID = re.compile(r"[a-z0-9_]{1,20}\Z")

Answer = int | str
Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Item:
    """One question; `steps` of a scale are numbered from 1 (worst)."""

    id: str
    title: str
    kind: str
    weight: int
    steps: int = 5
    is_fatal: bool = False
    allows_na: bool = True
    help: str = ""

    @property
    def choices(self) -> tuple[Answer, ...]:
        """Return the answers that it can have, best first."""
        values: tuple[Answer, ...] = (YES, NO)
        if self.kind == SCALE:
            values = tuple(range(self.steps, 0, -1))
        return (*values, NA) if self.allows_na else values

    def share(self, answer: Answer) -> Fraction | None:
        """Return how much of the item's weight an answer earns, 0 to 1; None for "na"."""
        if answer == NA:
            return None
        if self.kind == YES_NO:
            return Fraction(int(answer))
        return Fraction(int(answer) - 1, self.steps - 1)

    def is_failed(self, answer: Answer) -> bool:
        """Say whether nothing at all is earned."""
        return self.share(answer) == 0


@dataclass(frozen=True)
class Section:
    """Items that are weighed together."""

    id: str
    title: str
    weight: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Sheet:
    """A whole sheet; `pass_mark` is 0 to 100."""

    sections: tuple[Section, ...]
    pass_mark: int = 80
    fatal: str = ZERO

    @property
    def items(self) -> tuple[Item, ...]:
        """Return every item in order."""
        return tuple(item for section in self.sections for item in section.items)


@dataclass(frozen=True)
class Problem:
    """Why a document is no sheet: `code`, and where (section or item id, or its place)."""

    code: str
    place: str = ""


@dataclass(frozen=True)
class Score:
    """What answers are worth. `value` is None when nothing was applicable: neither 0 nor 100."""

    value: Decimal | None
    sections: Mapping[str, Decimal | None]
    fatal: tuple[str, ...]
    open: tuple[str, ...]
    is_passed: bool | None

    @property
    def is_complete(self) -> bool:
        """Say whether every item has an answer."""
        return not self.open


def problems(document: object) -> list[Problem]:
    """Return everything that is wrong with a document from outside; nothing: it is a sheet."""
    if not isinstance(document, dict):
        return [Problem("shape")]
    found: list[Problem] = []
    if not _is_whole(document.get("pass_mark"), 0, FULL):
        found.append(Problem("pass_mark"))
    if document.get("fatal") not in FATAL_EFFECTS:
        found.append(Problem("fatal"))
    sections = document.get("sections")
    if not isinstance(sections, list) or not sections:
        return [*found, Problem("no_sections")]
    if len(sections) > MOST_SECTIONS:
        return [*found, Problem("too_many_sections")]
    seen: set[object] = set()
    for place, section in enumerate(sections, start=1):
        found += _section_problems(section, str(place), seen)
    if not found:
        found += _weight_problems(sections)
    return found


def _section_problems(section: object, place: str, seen: set[object]) -> Iterator[Problem]:
    if not isinstance(section, dict):
        yield Problem("shape", place)
        return
    yield from _named(section, place, seen)
    items = section.get("items")
    if not isinstance(items, list) or not items:
        yield Problem("no_items", place)
        return
    if len(items) > MOST_ITEMS:
        yield Problem("too_many_items", place)
        return
    for number, item in enumerate(items, start=1):
        at = f"{place}.{number}"
        if not isinstance(item, dict):
            yield Problem("shape", at)
            continue
        yield from _named(item, at, seen)
        yield from _item_problems(item, at)


def _named(part: dict[Any, Any], place: str, seen: set[object]) -> Iterator[Problem]:
    key, title = part.get("id"), part.get("title")
    if not isinstance(key, str) or ID.match(key) is None or key in seen:
        yield Problem("id", place)
    else:
        seen.add(key)
    if not isinstance(title, str) or not title.strip() or len(title) > MOST_TITLE:
        yield Problem("title", place)
    if not _is_whole(part.get("weight"), 0, MOST_WEIGHT):
        yield Problem("weight", place)


def _item_problems(item: dict[Any, Any], place: str) -> Iterator[Problem]:
    if item.get("kind") not in KINDS:
        yield Problem("kind", place)
    elif item["kind"] == SCALE and not _is_whole(item.get("steps"), FEWEST_STEPS, MOST_STEPS):
        yield Problem("steps", place)
    for name in ("is_fatal", "allows_na"):
        if not isinstance(item.get(name, False), bool):
            yield Problem(name, place)
    text = item.get("help", "")
    if not isinstance(text, str) or len(text) > MOST_HELP:
        yield Problem("help", place)


def _weight_problems(sections: list[dict[str, Any]]) -> Iterator[Problem]:
    """A section that counts needs an item that counts; one of only fatal items weighs nothing."""
    for place, section in enumerate(sections, start=1):
        if section["weight"] and not any(item["weight"] for item in section["items"]):
            yield Problem("no_weight", str(place))
    if not any(section["weight"] for section in sections):
        yield Problem("no_weight")


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def sheet_of(document: Mapping[str, Any]) -> Sheet:
    """Return a document without `problems` as a sheet."""
    return Sheet(
        sections=tuple(
            Section(
                id=section["id"],
                title=section["title"],
                weight=section["weight"],
                items=tuple(_item(item) for item in section["items"]),
            )
            for section in document["sections"]
        ),
        pass_mark=document["pass_mark"],
        fatal=document["fatal"],
    )


def _item(item: Mapping[str, Any]) -> Item:
    return Item(
        id=item["id"],
        title=item["title"],
        kind=item["kind"],
        weight=item["weight"],
        steps=item.get("steps") or FEWEST_STEPS,
        is_fatal=item.get("is_fatal", False),
        allows_na=item.get("allows_na", False),
        help=item.get("help", ""),
    )


def known_answers(sheet: Sheet, answers: object) -> dict[str, Answer]:
    """Return those of the answers from outside that the sheet's items can have."""
    if not isinstance(answers, Mapping):
        return {}
    found: dict[str, Answer] = {}
    for item in sheet.items:
        value = answers.get(item.id)
        # A bool equals 1, and is none of the answers.
        if isinstance(value, int | str) and not isinstance(value, bool) and value in item.choices:
            found[item.id] = value
    return found


def score(sheet: Sheet, answers: Answers) -> Score:
    """Return the score of known answers (`known_answers`).

    A section's: sum of weight x share / sum of weight, over its applicable items; the whole: the
    same of its sections, over those that have an applicable item of weight. 0 to 100, half up to
    two digits, from exact fractions. A fatal item failed makes of the whole or of its section 0
    (`Sheet.fatal`); a sheet of which nothing is applicable has no score.
    """
    parts: dict[str, Fraction | None] = {}
    fatal: list[str] = []
    for section in sheet.sections:
        failed = [
            item.id
            for item in section.items
            if item.is_fatal and item.id in answers and item.is_failed(answers[item.id])
        ]
        part = _weighted(
            (item.weight, item.share(answers[item.id]))
            for item in section.items
            if item.id in answers
        )
        parts[section.id] = Fraction(0) if failed and sheet.fatal != MARK_ONLY else part
        fatal += failed
    whole = _weighted((section.weight, parts[section.id]) for section in sheet.sections)
    if fatal and sheet.fatal == ZERO:
        whole = Fraction(0)
    value = _points(whole)
    is_passed = None if value is None else value >= sheet.pass_mark
    return Score(
        value=value,
        sections={key: _points(part) for key, part in parts.items()},
        fatal=tuple(fatal),
        open=tuple(item.id for item in sheet.items if item.id not in answers),
        # A fatal failure is never passed, whatever else the sheet makes of it.
        is_passed=False if fatal else is_passed,
    )


def _weighted(parts: Iterator[tuple[int, Fraction | None]]) -> Fraction | None:
    counted = [(weight, share) for weight, share in parts if share is not None and weight]
    whole = sum(weight for weight, _share in counted)
    if not whole:
        return None
    return sum((weight * share for weight, share in counted), Fraction(0)) / whole


def _points(share: Fraction | None) -> Decimal | None:
    if share is None:
        return None
    points = Decimal(share.numerator * FULL) / Decimal(share.denominator)
    return points.quantize(CENT, ROUND_HALF_UP)
