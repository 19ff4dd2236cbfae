"""Look whether a form's document can be used."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from apps.workorders.engine import conditions
from apps.workorders.engine.fields import (
    CHOICES,
    MOST_FILES,
    MOST_SIGNS,
    TEXTS,
    TYPES,
    Field,
    ValueRefusedError,
    pattern_is_sound,
    read,
)
from apps.workorders.engine.form import (
    CALL_FIELDS,
    CUSTOMER_FIELDS,
    VERSION,
    Form,
    build,
    field_of,
    in_order,
)
from apps.workorders.engine.problems import DocumentError, Problem, is_text, is_whole

MOST_FIELDS = 100
MOST_OPTIONS = 200
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
DEFAULTS = ("constant", "customer", "call", "now", "me")
BOUNDED = ("integer", "decimal", "date")
COUNTED = ("multi_choice", "file")
KNOWN = frozenset(
    [
        "key",
        "type",
        "label",
        "help",
        "required",
        "min",
        "max",
        "pattern",
        "pattern_help",
        "places",
        "options",
        "default",
        "visible_if",
        "required_if",
    ]
)


def load(document: Any) -> Form:
    """Return the form of a document. Raises DocumentError with everything that is wrong."""
    problems = check(document)
    if problems:
        raise DocumentError(problems)
    return build(document)


def check(document: Any) -> list[Problem]:
    """Return everything that is wrong with a form's document, [] when it can be used."""
    if not isinstance(document, Mapping) or not isinstance(document.get("fields"), list):
        return [Problem("", "not_a_form")]
    if document.get("version") != VERSION:
        return [Problem("version", "unknown_version")]
    raws = document["fields"]
    if len(raws) > MOST_FIELDS:
        return [Problem("fields", "too_many_fields", {"most": MOST_FIELDS})]
    found: list[Problem] = []
    seen: set[str] = set()
    types: dict[str, str] = {}
    for at, raw in enumerate(raws):
        path = f"fields.{at}"
        if not isinstance(raw, Mapping):
            found.append(Problem(path, "not_a_field"))
            continue
        key = raw.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            found.append(Problem(f"{path}.key", "bad_key"))
        elif key in seen:
            found.append(Problem(f"{path}.key", "key_twice", {"key": key}))
        else:
            seen.add(key)
            if raw.get("type") in TYPES:
                types[key] = raw["type"]
    for at, raw in enumerate(raws):
        if isinstance(raw, Mapping):
            found.extend(_check_field(raw, f"fields.{at}", types))
    return found or _check_cycles(raws)


def _check_field(raw: Mapping[str, Any], path: str, types: Mapping[str, str]) -> Iterator[Problem]:
    kind = raw.get("type")
    for name in sorted(str(name)[:40] for name in set(raw) - KNOWN):
        yield Problem(path, "unknown_property", {"name": name})
    if kind not in TYPES:
        yield Problem(f"{path}.type", "unknown_type", {"type": str(kind)[:40]})
        return
    if not is_text(raw.get("label"), 100) or not str(raw["label"]).strip():
        yield Problem(f"{path}.label", "no_label")
    for name in ("help", "pattern_help"):
        if not is_text(raw.get(name, ""), 500, least=0):
            yield Problem(f"{path}.{name}", "not_text")
    if not isinstance(raw.get("required", False), bool):
        yield Problem(f"{path}.required", "not_yes_no")
    yield from _check_bounds(raw, path, kind)
    yield from _check_pattern(raw, path, kind)
    yield from _check_options(raw, path, kind)
    for name in ("visible_if", "required_if"):
        if raw.get(name) is not None:
            yield from conditions.check(raw[name], f"{path}.{name}", types)
            if name == "visible_if" and raw.get("key") in list(conditions.fields_asked(raw[name])):
                yield Problem(f"{path}.{name}", "condition_cycle", {"fields": raw.get("label")})
    yield from _check_default(raw, path, kind)


def _check_bounds(raw: Mapping[str, Any], path: str, kind: str) -> Iterator[Problem]:
    places = raw.get("places", 2)
    if not is_whole(places, 0, 6):
        yield Problem(f"{path}.places", "bad_places")
        return
    sound = {}
    for name in ("min", "max"):
        if raw.get(name) is None:
            continue
        if _is_bound(raw[name], kind, places):
            sound[name] = raw[name]
        else:
            yield Problem(f"{path}.{name}", "bad_bound")
    if len(sound) == 2 and _rank(sound["min"], kind) > _rank(sound["max"], kind):
        yield Problem(f"{path}.max", "bounds_crossed")


def _is_bound(value: Any, kind: str, places: int) -> bool:
    if kind in TEXTS or kind in COUNTED:
        most = MOST_SIGNS.get(kind, MOST_OPTIONS if kind == "multi_choice" else MOST_FILES)
        return is_whole(value, 0, most)
    if kind not in BOUNDED or isinstance(value, float):
        return False
    try:
        read(Field("x", kind, "x", places=places), value, UTC)
    except ValueRefusedError:
        return False
    return bool(value != "")


def _rank(bound: Any, kind: str) -> Any:
    return bound if kind == "date" else Decimal(str(bound).replace(",", ""))


def _check_pattern(raw: Mapping[str, Any], path: str, kind: str) -> Iterator[Problem]:
    pattern = raw.get("pattern", "")
    if pattern == "":
        return
    if kind not in ("text", "telephone"):
        yield Problem(f"{path}.pattern", "no_pattern_here")
    elif not is_text(pattern, 200) or not pattern_is_sound(pattern):
        yield Problem(f"{path}.pattern", "bad_pattern")


def _check_options(raw: Mapping[str, Any], path: str, kind: str) -> Iterator[Problem]:
    options = raw.get("options", [])
    if kind not in CHOICES:
        if options != []:
            yield Problem(f"{path}.options", "no_options_here")
        return
    if not isinstance(options, list) or not options:
        yield Problem(f"{path}.options", "options_missing")
        return
    if len(options) > MOST_OPTIONS:
        yield Problem(f"{path}.options", "too_many_options", {"most": MOST_OPTIONS})
        return
    seen: set[str] = set()
    for at, one in enumerate(options):
        inner = f"{path}.options.{at}"
        if not _is_option(one):
            yield Problem(inner, "bad_option")
        elif one["value"] in seen:
            yield Problem(inner, "option_twice", {"value": one["value"]})
        else:
            seen.add(one["value"])


def _is_option(one: Any) -> bool:
    if not isinstance(one, Mapping) or set(one) != {"value", "label"}:
        return False
    value, label = one["value"], one["label"]
    if not is_text(value, 100) or not is_text(label, 100):
        return False
    return bool(value == value.strip() and value.isprintable())


def _check_default(raw: Mapping[str, Any], path: str, kind: str) -> Iterator[Problem]:
    default = raw.get("default")
    if default is None:
        return
    path = f"{path}.default"
    source = default.get("from") if isinstance(default, Mapping) else None
    if source not in DEFAULTS or kind in ("heading", "file"):
        yield Problem(path, "bad_default")
    elif source == "constant":
        try:
            read(_bare(raw, kind), default.get("value"), UTC)
        except ValueRefusedError as error:
            yield Problem(path, "default_refused", {"code": error.error.code})
        except (KeyError, TypeError, ValueError, AttributeError):
            yield Problem(path, "bad_default")  # what else is wrong with the field is told already
    elif source == "customer":
        name = default.get("field")
        is_own = isinstance(name, str) and re.fullmatch(r"custom\.[a-z0-9_]{1,60}", name)
        if name not in CUSTOMER_FIELDS and not is_own:
            yield Problem(path, "bad_default")
    elif source == "call":
        if default.get("field") not in CALL_FIELDS:
            yield Problem(path, "bad_default")
    elif (source == "now") != (kind in ("date", "date_time")) or (
        source == "me" and kind != "person"
    ):
        yield Problem(path, "bad_default")


def _bare(raw: Mapping[str, Any], kind: str) -> Field:
    pattern = raw.get("pattern", "")
    sound = isinstance(pattern, str) and pattern_is_sound(pattern)
    return field_of(
        {**raw, "key": "x", "type": kind, "label": "x", "pattern": pattern if sound else ""}
    )


def _check_cycles(raws: list[Any]) -> list[Problem]:
    asks = {
        raw["key"]: set(conditions.fields_asked(raw.get("visible_if")))
        | set(conditions.fields_asked(raw.get("required_if")))
        for raw in raws
    }
    _done, circle = in_order(asks)
    if not circle:
        return []
    labels = ", ".join(raw["label"] for raw in raws if raw["key"] in circle)
    return [Problem("fields", "condition_cycle", {"fields": labels})]
