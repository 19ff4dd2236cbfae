"""Tell two texts apart by words, Chinese by characters, a line at a time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from apps.knowledge.engine.words import HAN

SAME, ADDED, REMOVED = "same", "added", "removed"
WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+|\s+|.", re.DOTALL)
MOST_WORDS = 3_000


@dataclass(frozen=True)
class Change:
    """A part of a line: the same in both, only in the new one, or only in the old one."""

    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """One line of the comparison."""

    parts: tuple[Change, ...]

    @property
    def is_changed(self) -> bool:
        """Say whether anything of it differs."""
        return any(part.kind != SAME for part in self.parts)


def differences(old: str, new: str) -> list[Line]:
    """Return every line of both; without what was added they are the old text, and vice versa."""
    before, after = old.split("\n"), new.split("\n")
    found: list[Line] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            found.extend(Line((Change(SAME, line),)) for line in before[a:b])
            continue
        olds, news = before[a:b], after[c:d]
        pairs = min(len(olds), len(news))
        for one, other in zip(olds[:pairs], news[:pairs], strict=True):
            found.append(Line(tuple(_words(one, other))))
        found.extend(Line((Change(REMOVED, line),)) for line in olds[pairs:])
        found.extend(Line((Change(ADDED, line),)) for line in news[pairs:])
    return found


def _words(old: str, new: str) -> Iterator[Change]:
    before, after = WORD.findall(old), WORD.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        yield Change(REMOVED, old)
        yield Change(ADDED, new)
        return
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Change(SAME, "".join(before[a:b]))
            continue
        if a < b:
            yield Change(REMOVED, "".join(before[a:b]))
        if c < d:
            yield Change(ADDED, "".join(after[c:d]))
