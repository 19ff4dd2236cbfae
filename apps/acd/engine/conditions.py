"""Conditions on a call and on the queues, as data: read, looked over, evaluated, explained.

A condition is JSON: `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}`, or one comparison
`{"fact": "queues.7001.waiting", "op": "more", "value": 25}`. Facts are values by name; what is not
there is unknown. **A comparison with unknown is false**, also `not_equals` and `not_in`; only
`unknown` is true of it. `not` turns what is false, so `not` of a comparison with unknown is true:
whoever wants less says `known` too. `{"all": []}` is true, `{"any": []}` is false.

Nothing here knows what follows from a condition: rules, overflow and others do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from apps.acd.engine.fact_fields import (
    AT_LEAST,
    AT_MOST,
    BEGINS_WITH,
    BETWEEN,
    CLOCK,
    CONTAINS,
    COUNT,
    EQUALS,
    HAS,
    IF_KNOWN,
    IN,
    IS,
    KNOWN,
    LESS,
    MORE,
    NOT_EQUALS,
    NOT_IN,
    NUMBER_TEXT,
    NUMBERS,
    PHONE,
    TAGS,
    Field,
    Value,
    field_of,
)

MOST_DEEP = 8
MOST_LEAVES = 200
MOST_LISTED = 200
TEXT_LENGTH = 200
CLOCK_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
# A calendar may be called anything that can be kept: no NUL, no half of a surrogate pair.
UNKEPT = re.compile(r"[\x00\ud800-\udfff]")
PHONE_PART = re.compile(r"\+?[0-9*#]{1,32}", re.ASCII)


class Facts(Protocol):
    """Where a condition looks; a mapping by name is one."""

    def get(self, name: str, /) -> Value | None:
        """Return the fact, None for unknown."""


@dataclass(frozen=True)
class Leaf:
    """One comparison. `value`: a text, a number, yes or no, or a list; None for `known`."""

    fact: str
    op: str
    value: Value | tuple[float, float] | None = None


@dataclass(frozen=True)
class Group:
    """Several conditions of which `all` or `any` must be true."""

    how: str
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    """A condition turned round."""

    part: "Condition"


Condition = Leaf | Group | Not

ALWAYS = Group("all", ())


@dataclass(frozen=True)
class Problem:
    """Why something cannot be read: where (`when.all[1].value`), the kind, and what was there."""

    place: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.detail}".rstrip()


class ConditionError(ValueError):
    """The JSON is no condition; `problems` say where."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


def condition_parse(raw: object, place: str = "when") -> Condition:
    """Return the condition of some JSON. Raises ConditionError with every problem found."""
    reader = _Reader()
    condition = reader.read(raw, place, MOST_DEEP)
    if reader.problems or condition is None:
        raise ConditionError(reader.problems)
    return condition


class _Reader:
    """One reading; goes on after a problem, so that an editor can show all of them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._leaves = 0

    def read(self, raw: object, place: str, levels: int) -> Condition | None:
        if not isinstance(raw, dict):
            return self._wrong(place, "not_a_condition", raw)
        if levels == 0:
            return self._wrong(place, "too_deep")
        if "fact" in raw:
            return self._leaf(raw, place)
        if set(raw) == {"not"}:
            part = self.read(raw["not"], f"{place}.not", levels - 1)
            return Not(part) if part is not None else None
        for how in ("all", "any"):
            if set(raw) == {how}:
                return self._group(raw[how], how, f"{place}.{how}", levels)
        return self._wrong(place, "not_a_condition", sorted(map(str, raw)))

    def _group(self, raw: object, how: str, place: str, levels: int) -> Condition | None:
        if not isinstance(raw, list):
            return self._wrong(place, "not_a_list", raw)
        parts = [self.read(one, f"{place}[{n}]", levels - 1) for n, one in enumerate(raw)]
        found = tuple(part for part in parts if part is not None)
        return Group(how, found) if len(found) == len(parts) else None

    def _leaf(self, raw: Mapping[str, object], place: str) -> Condition | None:
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            return self._wrong(place, "too_many")
        if unknown := set(raw) - {"fact", "op", "value"}:
            return self._wrong(place, "unknown_field", sorted(map(str, unknown)))
        fact, op = raw["fact"], raw.get("op")
        found = field_of(fact) if isinstance(fact, str) and not UNKEPT.search(fact) else None
        if not isinstance(fact, str) or found is None:
            return self._wrong(f"{place}.fact", "unknown_fact", fact)
        field, _ = found
        if not isinstance(op, str) or op not in field.ops:
            return self._wrong(f"{place}.op", "unknown_op", op)
        if op in IF_KNOWN:
            # Nobody reads its value, so that anything could be in it.
            if raw.get("value") is not None:
                return self._wrong(place, "unknown_field", ["value"])
            return Leaf(fact, op)
        try:
            return Leaf(fact, op, _value(field, op, raw.get("value")))
        except ValueError as error:
            return self._wrong(f"{place}.value", str(error), raw.get("value"))

    def _wrong(self, place: str, code: str, detail: object = "") -> Condition | None:
        # Half a surrogate pair ("\\ud800") could not even be shown.
        told = str(detail)[:TEXT_LENGTH].encode("utf-8", "replace").decode()
        self.problems.append(Problem(place, code, told))
        return None


def _value(field: Field, op: str, raw: object) -> Value | tuple[float, float]:
    """Return what the comparison compares with. Raises ValueError with the problem's code."""
    if field.kind == CLOCK:
        return _clock(op, raw)
    if op == IS:
        if not isinstance(raw, bool):
            raise ValueError("not_yes_or_no")
        return raw
    if op == BETWEEN:
        low, high = _pair(raw)
        if _number(low) > _number(high):
            raise ValueError("wrong_order")
        return _number(low), _number(high)
    if op in NUMBERS or field.kind == COUNT:
        return _number(raw)
    if op in (IN, NOT_IN) or field.kind == TAGS:
        listed = raw if isinstance(raw, list) else [raw]
        if not 0 < len(listed) <= MOST_LISTED:
            raise ValueError("empty_list")
        return tuple(_text(field, one) for one in listed)
    return _text(field, raw)


def _clock(op: str, raw: object) -> Value:
    times = _pair(raw) if op == BETWEEN else (raw,)
    if not all(isinstance(one, str) and CLOCK_TIME.fullmatch(one) for one in times):
        raise ValueError("not_a_clock_time")
    return tuple(map(str, times)) if op == BETWEEN else str(raw)


def _pair(raw: object) -> tuple[object, object]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise ValueError("not_two_values")
    return raw[0], raw[1]


def _number(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) < 1e9:
        raise ValueError("not_a_number")
    return raw


def _text(field: Field, raw: object) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= TEXT_LENGTH or not raw.isprintable():
        raise ValueError("not_a_text")
    if field.kind == PHONE and not PHONE_PART.fullmatch(raw):
        raise ValueError("not_a_phone_number")
    if field.options and raw not in field.options:
        raise ValueError("not_an_option")
    return raw


# --- Back to JSON, and looking at a condition ---


def condition_raw(condition: Condition) -> dict[str, Any]:
    """Return the JSON of a condition; `condition_parse` of it gives the same condition."""
    if isinstance(condition, Not):
        return {"not": condition_raw(condition.part)}
    if isinstance(condition, Group):
        return {condition.how: [condition_raw(part) for part in condition.parts]}
    if condition.value is None:
        return {"fact": condition.fact, "op": condition.op}
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    return {"fact": condition.fact, "op": condition.op, "value": value}


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons from left to right."""
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        for part in condition.parts:
            yield from leaves(part)


def facts_asked(condition: Condition) -> frozenset[str]:
    """Return the names of the facts that the condition looks at: nothing else need be read."""
    return frozenset(leaf.fact for leaf in leaves(condition))


def queues_asked(condition: Condition) -> frozenset[str]:
    """Return the numbers of the queues whose live counts the condition looks at."""
    return queues_named(facts_asked(condition))


def queues_named(facts: Iterable[str]) -> frozenset[str]:
    """Return the numbers of the queues in the names of these facts."""
    found = map(field_of, facts)
    return frozenset(name for field, name in filter(None, found) if field.parameter == "queue")


# --- Evaluation ---


@dataclass(frozen=True)
class Told:
    """What became of a part, with its own parts; `was` is the fact of a comparison, None unknown.

    Every comparison is evaluated, also where the answer is known already: people want to see all.
    """

    is_true: bool
    condition: Condition
    was: Value | None = None
    parts: "tuple[Told, ...]" = ()

    def leaves(self) -> "Iterator[Told]":
        """Yield the comparisons from left to right."""
        if isinstance(self.condition, Leaf):
            yield self
        for part in self.parts:
            yield from part.leaves()


def evaluate(condition: Condition, facts: Facts) -> Told:
    """Say whether the condition is true of these facts, and of each comparison what was there."""
    if isinstance(condition, Leaf):
        was = facts.get(condition.fact)
        return Told(leaf_is_true(condition, was), condition, was)
    if isinstance(condition, Not):
        part = evaluate(condition.part, facts)
        return Told(not part.is_true, condition, parts=(part,))
    parts = tuple(evaluate(part, facts) for part in condition.parts)
    is_true = (all if condition.how == "all" else any)(part.is_true for part in parts)
    return Told(is_true, condition, parts=parts)


def leaf_is_true(leaf: Leaf, was: Value | None) -> bool:
    """Say whether one comparison is true; of an unknown fact, or one of another kind, it is not."""
    if leaf.op in IF_KNOWN:
        return (was is not None) == (leaf.op == KNOWN)
    if was is None:
        return False
    if isinstance(was, tuple):
        listed = set(leaf.value) if isinstance(leaf.value, tuple) else {leaf.value}
        return bool(listed & set(was)) == (leaf.op == HAS)
    if isinstance(was, bool) or isinstance(leaf.value, bool):
        return leaf.op == IS and was is leaf.value
    if _is_clock(leaf):
        return _clock_is_true(leaf, str(was))
    if leaf.op in NUMBERS or isinstance(leaf.value, int | float):
        number = _as_number(was)
        return number is not None and _number_is_true(leaf, number)
    return _text_is_true(leaf, str(was))


def _is_clock(leaf: Leaf) -> bool:
    found = field_of(leaf.fact)
    return found is not None and found[0].kind == CLOCK


def _clock_is_true(leaf: Leaf, was: str) -> bool:
    """Compare times of the day; a span past midnight (22:00 to 06:00) is two pieces."""
    if not CLOCK_TIME.fullmatch(was):
        return False
    if isinstance(leaf.value, tuple):
        since, until = map(str, leaf.value)
        if since <= until:
            return since <= was < until
        return was >= since or was < until
    return was < str(leaf.value) if leaf.op == LESS else was >= str(leaf.value)


def _as_number(was: Value) -> float | None:
    if isinstance(was, str):
        return float(was) if NUMBER_TEXT.fullmatch(was.strip()) else None
    return float(was) if isinstance(was, int | float) else None


def _number_is_true(leaf: Leaf, was: float) -> bool:
    if isinstance(leaf.value, tuple):
        low, high = (float(one) for one in leaf.value)
        return low <= was <= high
    asked = float(str(leaf.value))
    return {
        LESS: was < asked,
        AT_MOST: was <= asked,
        MORE: was > asked,
        AT_LEAST: was >= asked,
        EQUALS: was == asked,
        NOT_EQUALS: was != asked,
    }[leaf.op]


def _text_is_true(leaf: Leaf, was: str) -> bool:
    if isinstance(leaf.value, tuple):
        return (was in leaf.value) == (leaf.op == IN)
    asked = str(leaf.value)
    if leaf.op == BEGINS_WITH:
        return was.startswith(asked)
    if leaf.op == CONTAINS:
        return asked in was
    return (was == asked) == (leaf.op == EQUALS)
