"""Tell two texts apart by words, Chinese by characters, a line at a time."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from apps.knowledge.engine.words import HAN

SAME, ADDED, REMOVED = "same", "added", "removed"
WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+|\s+|.", re.DOTALL)
# How often parts of one text may stand in the other: half a second at worst, of all lines together
# two. Prose of 1,500 characters has some 30,000.
MOST_AT_ONCE, MOST_MATCHES = 50_000, 200_000
Step = tuple[str, int, int, int, int]


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


class _Comparison:
    """What comparing may still cost: texts that repeat themselves take the cube of their length."""

    def __init__(self) -> None:
        self._left = MOST_MATCHES

    def steps(self, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, slice, slice]]:
        """Yield (is the same, where in the old one, where in the new one) in order."""
        most = min(len(old), len(new))
        head = next((at for at in range(most) if old[at] != new[at]), most)
        most -= head
        tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
        before, after = old[head : len(old) - tail], new[head : len(new) - tail]
        if head:
            yield True, slice(0, head), slice(0, head)
        for kind, a, b, c, d in self._middle(before, after):
            yield kind == "equal", slice(head + a, head + b), slice(head + c, head + d)
        if tail:
            yield True, slice(len(old) - tail, len(old)), slice(len(new) - tail, len(new))

    def _middle(self, old: Sequence[str], new: Sequence[str]) -> Sequence[Step]:
        if not old and not new:
            return []
        there = Counter(new)
        matches = sum(there[part] for part in old)
        if matches > min(self._left, MOST_AT_ONCE):
            return [("replace", 0, len(old), 0, len(new))]
        self._left -= matches
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def differences(old: str, new: str) -> list[Line]:
    """Return every line of both; without what was added they are the old text, and vice versa.

    Where finding what is the same would take too long, all of the old is removed, the new added.
    """
    before, after = old.split("\n"), new.split("\n")
    found: list[Line] = []
    comparison = _Comparison()
    for is_same, there, here in comparison.steps(before, after):
        if is_same:
            found.extend(Line((Change(SAME, line),)) for line in before[there])
            continue
        olds, news = before[there], after[here]
        pairs = min(len(olds), len(news))
        for one, other in zip(olds[:pairs], news[:pairs], strict=True):
            found.append(Line(tuple(_words(comparison, one, other))))
        found.extend(Line((Change(REMOVED, line),)) for line in olds[pairs:])
        found.extend(Line((Change(ADDED, line),)) for line in news[pairs:])
    return found


def _words(comparison: _Comparison, old: str, new: str) -> Iterator[Change]:
    before, after = WORD.findall(old), WORD.findall(new)
    for is_same, there, here in comparison.steps(before, after):
        if is_same:
            yield Change(SAME, "".join(before[there]))
            continue
        if before[there]:
            yield Change(REMOVED, "".join(before[there]))
        if after[here]:
            yield Change(ADDED, "".join(after[here]))
