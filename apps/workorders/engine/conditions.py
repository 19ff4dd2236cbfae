"""Conditions on a form's values: asked by fields (shown, required) and by flows (branches).

`{"field": key, "is": operator, "value": …}`, `{"all": […]}`, `{"any": […]}`, `{"not": {…}}`.
A field without a value is only `empty`; every comparison with it is false, `not_equals` and
`not_in` are true.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.workorders.engine.problems import Problem, is_text

MOST_DEEP = 5
MOST_PARTS = 50
NUMBERS = ("integer", "decimal")
ORDERED = (*NUMBERS, "date", "date_time")
COMPARISONS = ("greater", "at_least", "less", "at_most")
OPERATORS = ("equals", "not_equals", "in", "not_in", "contains", "empty", "filled", *COMPARISONS)


def fields_asked(condition: Any) -> Iterator[str]:
    """Yield every field that a condition asks about, a broken one's too."""
    if not isinstance(condition, Mapping):
        return
    if isinstance(condition.get("field"), str):
        yield condition["field"]
    for word in ("all", "any"):
        parts = condition.get(word)
        for part in parts if isinstance(parts, list) else ():
            yield from fields_asked(part)
    yield from fields_asked(condition.get("not"))


def check(condition: Any, path: str, types: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with a condition; `types` are the form's fields and their types."""
    count = [0]
    return list(_check(condition, path, types, MOST_DEEP, count))


def _check(
    condition: Any, path: str, types: Mapping[str, str], deep: int, count: list[int]
) -> Iterator[Problem]:
    count[0] += 1
    if deep == 0 or count[0] > MOST_PARTS:
        yield Problem(path, "condition_too_big")
    elif (
        not isinstance(condition, Mapping)
        or len(set(condition) & {"field", "all", "any", "not"}) != 1
    ):
        yield Problem(path, "condition_shape")
    elif "not" in condition:
        yield from _check(condition["not"], f"{path}.not", types, deep - 1, count)
    elif "field" in condition:
        yield from _check_comparison(condition, path, types)
    else:
        word = "all" if "all" in condition else "any"
        parts = condition[word]
        if not isinstance(parts, list) or not parts:
            yield Problem(path, "condition_shape")
            return
        for at, part in enumerate(parts):
            yield from _check(part, f"{path}.{word}.{at}", types, deep - 1, count)


def _check_comparison(
    condition: Mapping[str, Any], path: str, types: Mapping[str, str]
) -> Iterator[Problem]:
    key, operator, value = condition["field"], condition.get("is"), condition.get("value")
    kind = types.get(key) if isinstance(key, str) else None
    if kind is None or kind in ("heading", "file"):
        yield Problem(path, "unknown_field", {"field": str(key)[:60]})
    elif operator not in OPERATORS:
        yield Problem(path, "unknown_operator", {"operator": str(operator)[:60]})
    elif operator in COMPARISONS and (kind not in ORDERED or _ordered(kind, value) is None):
        yield Problem(path, "not_comparable", {"field": key})
    elif operator in ("in", "not_in"):
        if (
            not isinstance(value, list)
            or not value
            or len(value) > 100
            or not all(map(_plain, value))
        ):
            yield Problem(path, "value_missing", {"field": key})
    elif operator == "contains" and kind not in ("multi_choice", "text", "long_text"):
        yield Problem(path, "not_comparable", {"field": key})
    elif operator in ("equals", "not_equals", "contains") and (
        not _plain(value) or (kind in NUMBERS and _number(value) is None)
    ):
        yield Problem(path, "value_missing", {"field": key})


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int) or is_text(value, 200)


def holds(condition: Any, values: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    """Say whether a checked condition is true for clean values. Never raises."""
    if "all" in condition:
        return all(holds(part, values, types) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, values, types) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], values, types)
    key, operator = condition["field"], condition["is"]
    return _compares(values.get(key), operator, condition.get("value"), types.get(key, ""))


def _compares(have: Any, operator: str, want: Any, kind: str) -> bool:
    if operator in ("empty", "filled"):
        return is_empty(have) == (operator == "empty")
    if is_empty(have):
        return operator in ("not_equals", "not_in")
    if operator == "contains":
        return want in have
    if operator in ("in", "not_in"):
        return any(_same(have, one, kind) for one in want) == (operator == "in")
    if operator in ("equals", "not_equals"):
        return _same(have, want, kind) == (operator == "equals")
    left, right = _ordered(kind, have), _ordered(kind, want)
    if left is None or right is None:
        return False
    if operator == "greater":
        return bool(left > right)
    if operator == "at_least":
        return bool(left >= right)
    return bool(left < right) if operator == "less" else bool(left <= right)


def is_empty(value: Any) -> bool:
    """Say whether a field has no value; 0 and no are values."""
    return value is None or value == "" or value == []


def _same(have: Any, want: Any, kind: str) -> bool:
    if kind in NUMBERS:
        return _number(have) == _number(want)
    if isinstance(have, list):
        return want in have
    return type(have) is type(want) and bool(have == want)


def _ordered(kind: str, value: Any) -> Any:
    # ISO dates and UTC times of one shape are ordered as texts are.
    if kind in NUMBERS:
        return _number(value)
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
