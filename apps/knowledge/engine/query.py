"""Understand what somebody typed: terms, each with what may stand for it.

Every term must be found, but a term of several Chinese characters is found when most of its pairs
are. `strict` reads what was typed and the company's synonyms; `loose`, asked only when that finds
nothing, also takes one wrong letter, characters that sound alike, and one character of two.
"""

import math
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from apps.knowledge.engine.words import is_han, plain_form, run_words, runs, sounds

MAX_QUERY, MAX_TERMS, MAX_ALTERNATIVES, MAX_HAN = 200, 6, 5, 12
MOST = 0.6
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
EDIT_FROM, EDIT_TO = 4, 15
# What people say around the thing that they look for.
FILLERS_HAN = re.compile(
    "怎么办|怎么样|怎么|怎样|如何|请问|什么|为什么|哪里|哪儿|可以|能不能|需要|一下|多少|是否|我要|我想|吗|呢|的|了"
)
FILLERS_LATIN = re.compile(
    "a|an|and|are|can|do|does|for|how|i|in|is|it|my|of|on|or|the|to|we|what|when|where|which|why|"
    "you|your"
)


@dataclass(frozen=True)
class Alternative:
    """Words of which at least `need` must be found."""

    words: tuple[str, ...]
    need: int


@dataclass(frozen=True)
class Term:
    """One thing asked for: one of the alternatives is enough."""

    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Query:
    """All terms; `marks` are the words to show in what is found."""

    terms: tuple[Term, ...]
    marks: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Return every word that any term asks for, each once."""
        every = (word for term in self.terms for one in term.alternatives for word in one.words)
        return tuple(dict.fromkeys(every))

    def known(self, words: Set[str]) -> "Query":
        """Return the query without words that no article has; nothing when it cannot be met."""
        terms = []
        for term in self.terms:
            left = [
                Alternative(tuple(word for word in one.words if word in words), one.need)
                for one in term.alternatives
            ]
            # What is the same, or nobody has enough of, need not be looked for.
            able = tuple(dict.fromkeys(one for one in left if len(one.words) >= one.need))
            if not able:
                return Query((), self.marks)
            terms.append(Term(able))
        return Query(tuple(terms), self.marks)


def query_runs(text: str) -> list[str]:
    """Return what is asked for, without fillers unless there is nothing else."""
    every = runs(text[:MAX_QUERY])
    told: list[str] = []
    for run in every:
        if is_han(run):
            told.extend(part for part in FILLERS_HAN.split(run) if part)
        elif not FILLERS_LATIN.fullmatch(run):
            told.append(run)
    chosen = told or every
    return [run[:MAX_HAN] if is_han(run) else run for run in dict.fromkeys(chosen)][:MAX_TERMS]


def strict(text: str, synonyms: Sequence[Sequence[str]] = ()) -> Query:
    """Return the query as typed, with the company's synonyms."""
    groups = [[plain_form(word) for word in group] for group in synonyms]
    terms, marks = [], []
    for run in query_runs(text):
        forms = [run, *_others(run, groups)][:MAX_ALTERNATIVES]
        alternatives = [_whole(form) for form in forms]
        terms.append(Term(tuple(one for one in alternatives if one.words)))
        marks.extend(forms)
    # Most pairs are enough, so the run itself may stand nowhere: its pairs are marked too.
    pairs = [word for term in terms for one in term.alternatives for word in one.words]
    return Query(tuple(terms), tuple(dict.fromkeys([*marks, *pairs])))


def loose(text: str, synonyms: Sequence[Sequence[str]] = ()) -> Query:
    """Return the query with mistakes allowed."""
    plain = strict(text, synonyms)
    terms = []
    for run, term in zip(query_runs(text), plain.terms, strict=True):
        terms.append(Term((*term.alternatives, *_mistaken(run))))
    return Query(tuple(terms), tuple(dict.fromkeys([*plain.marks, *plain.words])))


def hints(parts: Iterable[str], synonyms: Sequence[Sequence[str]] = ()) -> Query:
    """Return a query of which any word will do: for what is offered unasked."""
    told = " ".join(part[:MAX_QUERY] for part in parts)
    found = [word for run in query_runs(told) for word in run_words(run)]
    groups = [[plain_form(word) for word in group] for group in synonyms]
    more = [
        word
        for run in query_runs(told)
        for form in _others(run, groups)
        for part in runs(form)
        for word in run_words(part)
    ]
    every = tuple(dict.fromkeys([*found, *more]))[:60]
    return Query((Term((Alternative(every, 1),)),) if every else (), every)


def _whole(form: str) -> Alternative:
    every = tuple(dict.fromkeys(word for run in runs(form) for word in run_words(run)))
    need = len(every) if len(every) < 3 else math.ceil(len(every) * MOST)
    return Alternative(every, need)


def _others(run: str, groups: list[list[str]]) -> list[str]:
    """Return the run with a word of a group replaced by the group's other words."""
    found: list[str] = []
    for group in groups:
        for word in sorted(group, key=len, reverse=True):
            is_there = word in run if is_han(word) else word == run
            if word and is_there:
                found.extend(run.replace(word, other) for other in group if other != word)
                break
    return list(dict.fromkeys(found))


def _mistaken(run: str) -> list[Alternative]:
    if not is_han(run):
        if EDIT_FROM <= len(run) <= EDIT_TO and run.isascii() and not run.isdigit():
            return [Alternative(tuple(sorted(edits(run))), 1)]
        return []
    if len(run) == 1:
        return []
    pairs = run_words(run)
    heard = tuple(dict.fromkeys(sounds(run)))
    singles = tuple(dict.fromkeys(run))
    found = [Alternative(tuple(dict.fromkeys(pairs)), math.ceil(len(set(pairs)) / 2))]
    if heard:
        found.append(Alternative(heard, math.ceil(len(heard) * MOST)))
    found.append(Alternative(singles, max(1, len(singles) - 1)))
    return found


def edits(word: str) -> set[str]:
    """Return every word one mistake away: a letter lost, added, wrong, or two exchanged."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    lost = {first + rest[1:] for first, rest in splits if rest}
    exchanged = {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    wrong = {a + letter + b[1:] for a, b in splits if b for letter in LETTERS}
    added = {a + letter + b for a, b in splits for letter in LETTERS}
    return (lost | exchanged | wrong | added) - {word}
