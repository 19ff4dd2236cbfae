"""Show where in a text the words stand that somebody looked for."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from apps.knowledge.engine.words import is_han

BEFORE, LENGTH = 30, 160


@dataclass(frozen=True)
class Piece:
    """A part of a text; `is_hit` is shown marked."""

    text: str
    is_hit: bool


def marked(text: str, marks: Sequence[str]) -> list[Piece]:
    """Cut the whole text at what is to be marked; together the pieces are the text."""
    hits = _hits(text, marks)
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and hits[end] == hits[at]:
            end += 1
        pieces.append(Piece(text[at:end], hits[at]))
        at = end
    return pieces


def excerpt(text: str, marks: Sequence[str]) -> list[Piece]:
    """Return a short part of the text around what is to be marked first, or its beginning."""
    flat = " ".join(text.split())
    hits = _hits(flat, marks)
    first = hits.index(True) if True in hits else 0
    start = max(0, first - BEFORE)
    part = flat[start : start + LENGTH]
    pieces = marked(part, marks)
    if start > 0:
        pieces.insert(0, Piece("…", False))
    if start + LENGTH < len(flat):
        pieces.append(Piece("…", False))
    return pieces


def _hits(text: str, marks: Sequence[str]) -> list[bool]:
    """Say of each character whether it belongs to a mark."""
    # What is compared can be longer than what is shown (ﬁ is fi): each form remembers its place.
    forms: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        form = unicodedata.normalize("NFKC", letter).casefold()
        forms.append(form)
        places.extend([place] * len(form))
    plain = "".join(forms)
    hits = [False] * len(text)
    for mark in marks:
        at = plain.find(mark) if mark else -1
        while at >= 0:
            end = at + len(mark)
            if is_han(mark) or _is_alone(plain, at, end):
                for place in places[at:end]:
                    hits[place] = True
            at = plain.find(mark, at + 1)
    return hits


def _is_alone(text: str, start: int, end: int) -> bool:
    """Say whether a word begins here: `fund` is not marked in `refund`, `re` is in `refund`."""
    before = text[start - 1] if start else " "
    return not before.isalnum() or is_han(before)
