"""The rule editor's form and the document that it edits: one becomes the other, both ways.

Each field's name is a path: `r.<rule>.w` is a rule's condition, `r.<rule>.w.0` its first part,
`r.<rule>.needs.0` the first skill asked for. The document may be unfinished: what is missing stays
missing, and the check says so.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from apps.acd.engine import fact_fields as f
from apps.acd.engine.conditions import MOST_DEEP
from apps.acd.engine.fact_fields import FIELDS, Field
from apps.acd.engine.rule_actions import ACTION_FIELDS, RING_S, WANTED_S
from apps.acd.engine.rules import MOST_RULES

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
SEPARATORS = str.maketrans({"，": ",", "、": ",", "；": ",", ";": ",", "\n": ","})
MOST_PARTS = 50
NEW_LEAF: dict[str, Any] = {"fact": "caller.number", "op": f.BEGINS_WITH, "value": ""}
WHOLE = ("priority", "wanted_s", "ring_s")


def field_split(fact: str) -> tuple[Field, str]:
    """Return the field and the parameter of a fact, also of one without a parameter yet."""
    if fact in BY_NAME:
        return BY_NAME[fact], ""
    for field in FIELDS:
        before, _, after = field.name.partition("{" + field.parameter + "}")
        if field.parameter and fact.startswith(before) and fact.endswith(after):
            return field, fact[len(before) : len(fact) - len(after)]
    return FIELDS[0], ""


def list_input(field: Field, op: str) -> str:
    """Return how a comparison's value is typed: none, two, flag, choice, choices, list, one."""
    if op in f.IF_KNOWN:
        return "none"
    if op == f.BETWEEN:
        return "two"
    if field.kind == f.FLAG:
        return "flag"
    is_list = op in (f.IN, f.NOT_IN, f.HAS, f.HAS_NOT)
    if field.kind == f.CHOICE:
        return "choices" if is_list else "choice"
    return "list" if is_list else "one"


# --- From the form ---


def document_read(data: QueryDict) -> dict[str, Any]:
    """Return the document of a form, however wrong its values are."""
    ids = data.getlist("order")[:MOST_RULES]
    return {"rules": [_rule(data, rule_id[:40]) for rule_id in dict.fromkeys(ids)]}


def _rule(data: QueryDict, rule_id: str) -> dict[str, Any]:
    place = f"r.{rule_id}"
    return {
        "id": rule_id,
        "name": data.get(f"{place}.name", "").strip()[:80],
        "is_on": f"{place}.is_on" in data,
        "when": _condition(data, f"{place}.w", MOST_DEEP) or {"all": []},
        "then": _action(data, place),
    }


def _condition(data: QueryDict, place: str, levels: int) -> dict[str, Any] | None:
    kind = data.get(f"{place}.type")
    if levels == 0 or kind not in ("leaf", "group"):
        return None
    found = _leaf(data, place) if kind == "leaf" else _group(data, place, levels)
    return {"not": found} if f"{place}.not" in data else found


def _group(data: QueryDict, place: str, levels: int) -> dict[str, Any]:
    how = "any" if data.get(f"{place}.how") == "any" else "all"
    count = min(int(_digits(data.get(f"{place}.n", "")) or 0), MOST_PARTS)
    parts = [_condition(data, f"{place}.{n}", levels - 1) for n in range(count)]
    return {how: [part for part in parts if part is not None]}


def _leaf(data: QueryDict, place: str) -> dict[str, Any]:
    field = BY_NAME.get(data.get(f"{place}.field", ""), FIELDS[0])
    op = data.get(f"{place}.op", "")
    if op not in field.ops:
        op = field.ops[0]
    fact = field.with_parameter(data.get(f"{place}.param", "").strip()[:60])
    leaf: dict[str, Any] = {"fact": fact, "op": op}
    how = list_input(field, op)
    if how == "none":
        return leaf
    name = f"{place}.value"
    first, second = data.get(name, "").strip(), data.get(f"{name}2", "").strip()
    is_number = field.kind == f.COUNT or (field.kind == f.VARIABLE and op in f.NUMBERS)
    if how == "two":
        leaf["value"] = [_number(first), _number(second)] if is_number else [first, second]
    elif how == "flag":
        leaf["value"] = first != "no"
    elif how == "choices":
        leaf["value"] = data.getlist(name)
    elif how == "list":
        parts = first.translate(SEPARATORS).split(",")
        leaf["value"] = [part.strip() for part in parts if part.strip()]
    else:
        leaf["value"] = _number(first) if is_number else first
    return leaf


def _number(text: str) -> int | float | str:
    if not f.NUMBER_TEXT.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 6 else ""


def _action(data: QueryDict, place: str) -> dict[str, Any]:
    kind = data.get(f"{place}.kind", "continue")
    action: dict[str, Any] = {"kind": kind}
    for name in ACTION_FIELDS.get(kind, ()):
        value = data.get(f"{place}.{name}", "").strip()[:60]
        if name == "needs":
            if needs := _needs(data, place):
                action["needs"] = needs
        elif name == "wanted":
            if value:
                action["wanted"] = value
        elif name == "wanted_s" and not action.get("wanted"):
            continue
        elif name in WHOLE:
            default = {"wanted_s": WANTED_S, "ring_s": RING_S}.get(name, 0)
            action[name] = int(value) if _digits(value) else (value or default)
        else:
            action[name] = value
    return action


def _needs(data: QueryDict, place: str) -> list[dict[str, Any]]:
    """Return the skills: rows of skill, seconds and level, those of one skill together."""
    count = min(int(_digits(data.get(f"{place}.needs.n", "")) or 0), MOST_PARTS)
    steps: dict[str, list[dict[str, Any]]] = {}
    for n in range(count):
        skill = data.get(f"{place}.needs.{n}.skill", "").strip()[:40]
        row = {
            name: int(text) if _digits(text) else text
            for name in ("after_s", "level")
            for text in [data.get(f"{place}.needs.{n}.{name}", "").strip()]
        }
        steps.setdefault(skill, []).append(row)
    return [{"skill": skill, "steps": found} for skill, found in steps.items()]


# --- What buttons do to a document ---


def document_change(document: dict[str, Any], wish: str) -> dict[str, Any]:
    """Return the document after a button: `add-rule`, `remove-rule ID`, `up ID`, `down ID`,
    `add-leaf PATH`, `add-group PATH`, `remove PATH`, `add-need ID`, `remove-need ID N`.

    Anything else changes nothing.
    """
    what, _, rest = wish.partition(" ")
    rules = document["rules"]
    if what == "add-rule" and len(rules) < MOST_RULES:
        rules.append(
            {
                "id": uuid4().hex[:8],
                "name": "",
                "is_on": True,
                "when": {"all": [dict(NEW_LEAF)]},
                "then": {"kind": "queue", "queue": "", "priority": 0},
            }
        )
    elif what in ("remove-rule", "up", "down"):
        _move(rules, what, rest)
    elif what in ("add-leaf", "add-group", "remove"):
        _part_change(rules, what, rest)
    elif what in ("add-need", "remove-need"):
        _need_change(rules, what, rest)
    return document


def _move(rules: list[dict[str, Any]], what: str, rule_id: str) -> None:
    place = next((n for n, rule in enumerate(rules) if rule["id"] == rule_id), None)
    if place is None:
        return
    rule = rules.pop(place)
    if what != "remove-rule":
        rules.insert(max(0, place - 1) if what == "up" else place + 1, rule)


def _part_change(rules: list[dict[str, Any]], what: str, path: str) -> None:
    # r.<rule>.w.0.1: below the rule's condition the numbers of parts.
    _, _, inside = path.partition("r.")
    rule_id, _, numbers = inside.partition(".w")
    rule = next((one for one in rules if one["id"] == rule_id), None)
    steps = [int(one) for one in numbers.split(".") if _digits(one)]
    if rule is None:
        return
    if what == "remove":
        group = _parts(rule["when"], steps[:-1])
        if group is not None and steps and steps[-1] < len(group):
            del group[steps[-1]]
        return
    group = _parts(rule["when"], steps)
    if group is not None and len(group) < MOST_PARTS:
        group.append(dict(NEW_LEAF) if what == "add-leaf" else {"any": [dict(NEW_LEAF)]})


def _parts(condition: Any, steps: list[int]) -> list[Any] | None:
    """Return the list of parts of the group at a path, None when there is no group."""
    while isinstance(condition, dict) and "not" in condition:
        condition = condition["not"]
    if not isinstance(condition, dict):
        return None
    parts = condition.get("all", condition.get("any"))
    if not isinstance(parts, list):
        return None
    if not steps:
        return parts
    return _parts(parts[steps[0]], steps[1:]) if steps[0] < len(parts) else None


def _need_change(rules: list[dict[str, Any]], what: str, rest: str) -> None:
    rule_id, _, number = rest.partition(" ")
    rule = next((one for one in rules if one["id"] == rule_id), None)
    if rule is None:
        return
    needs = rule["then"].setdefault("needs", [])
    rows = [(need["skill"], step) for need in needs for step in need["steps"]]
    if what == "add-need":
        rows.append(("", {"after_s": 0, "level": 50}))
    elif _digits(number) and int(number) < len(rows):
        del rows[int(number)]
    steps: dict[str, list[Any]] = {}
    for skill, step in rows:
        steps.setdefault(skill, []).append(step)
    rule["then"]["needs"] = [{"skill": skill, "steps": found} for skill, found in steps.items()]
