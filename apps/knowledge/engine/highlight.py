"""Show where in a text the words stand that somebody looked for."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from apps.knowledge.engine.words import is_han

BEFORE, LENGTH = 30, 160
STRIDE = 500


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
    start = max(0, _first(flat, marks) - BEFORE)
    part = flat[start : start + LENGTH]
    pieces = marked(part, marks)
    if start > 0:
        pieces.insert(0, Piece("…", False))
    if start + LENGTH < len(flat):
        pieces.append(Piece("…", False))
    return pieces


def _first(text: str, marks: Sequence[str]) -> int:
    """Return where the first mark begins, 0 without one. Reads no further than it has to."""
    overlap = max(map(len, marks), default=0)
    for at in range(0, len(text), STRIDE):
        # The character before tells whether a word begins here.
        before = min(at, 1)
        hits = _hits(text[at - before : at + STRIDE + overlap], marks, before)
        if True in hits:
            return at - before + hits.index(True)
    return 0


@lru_cache(maxsize=8_192)
def _form(letter: str) -> str:
    """Return a character as it is compared; it can be more than one (ﬁ is fi)."""
    return unicodedata.normalize("NFKC", letter).casefold()


def _hits(text: str, marks: Sequence[str], before: int = 0) -> list[bool]:
    """Say of each character whether it belongs to a mark that begins after the first `before`."""
    forms = [_form(letter) for letter in text]
    plain = "".join(forms)
    places: Sequence[int] = range(len(text))
    if len(plain) > len(text):
        places = [place for place, form in enumerate(forms) for _ in form]
    start = sum(map(len, forms[:before]))
    hits = [False] * len(text)
    for mark in marks:
        at = plain.find(mark, start) if mark else -1
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
