"""A form's document as a page of inputs, and back: one card a field, `f<position>.` before names.

Whatever is typed becomes a document, faulty or not: drafts are kept, the check says what is wrong.
"""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.console.work_orders.conditions_form import condition_read, condition_view
from apps.console.work_orders.typed import typed_whole
from apps.workorders.engine.fields import CHOICES, TYPES

TYPE_LABELS = {
    "text": _("Text"),
    "long_text": _("Long text"),
    "integer": _("Whole number"),
    "decimal": _("Amount or decimal"),
    "date": _("Date"),
    "date_time": _("Date and time"),
    "choice": _("One choice"),
    "multi_choice": _("Several choices"),
    "yes_no": _("Yes or no"),
    "person": _("Person"),
    "customer": _("Customer"),
    "telephone": _("Telephone"),
    "file": _("Files"),
    "heading": _("Heading"),
}
DEFAULTS = (
    ("", _("Nothing")),
    ("constant", _("This value")),
    ("customer", _("The customer's …")),
    ("call", _("The call's …")),
    ("now", _("Now")),
    ("me", _("Who makes the order")),
)
MOST_FIELDS = 200
TEXTS = ("help", "pattern", "pattern_help")
BOUNDED_BY_COUNT = ("text", "long_text", "telephone", "multi_choice", "file", "integer")


def form_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each field's inputs."""
    fields = document.get("fields")
    rows = []
    for at, raw in enumerate(fields if isinstance(fields, list) else []):
        one = raw if isinstance(raw, dict) else {}
        default, options = one.get("default"), one.get("options")
        default = default if isinstance(default, dict) else {}
        options = options if isinstance(options, list) else []
        rows.append(
            {
                "at": at,
                "prefix": f"f{at}.",
                "raw": one,
                "type_label": TYPE_LABELS.get(str(one.get("type")), one.get("type")),
                "has_options": one.get("type") in CHOICES,
                "options": "\n".join(_option_line(item) for item in options),
                "default_from": default.get("from", ""),
                "default_value": default.get("field") or _plain(default.get("value")),
                "visible_if": condition_view(f"f{at}.vis.", one.get("visible_if")),
                "required_if": condition_view(f"f{at}.req.", one.get("required_if")),
            }
        )
    return rows


def _option_line(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    value, label = str(item.get("value", "")), str(item.get("label", ""))
    return label if value == label else f"{value} = {label}"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def form_document(post: QueryDict) -> dict[str, Any]:
    """Return the document that the page's inputs say."""
    count = typed_whole(post.get("fields", "0")) or 0
    types = {
        post.get(f"f{at}.key", "").strip(): post.get(f"f{at}.type", "")
        for at in range(min(count, MOST_FIELDS))
    }
    return {
        "version": 1,
        "fields": [_field(f"f{at}.", post, types) for at in range(min(count, MOST_FIELDS))],
    }


def _field(prefix: str, post: QueryDict, types: dict[str, str]) -> dict[str, Any]:
    def typed(name: str) -> str:
        return post.get(prefix + name, "").replace("\x00", "").strip()

    kind = typed("type")
    found: dict[str, Any] = {"key": typed("key"), "type": kind, "label": typed("label")}
    found |= {name: text for name in TEXTS if (text := typed(name))}
    if typed("required"):
        found["required"] = True
    for name in ("min", "max"):
        if text := typed(name):
            found[name] = _bound(text, kind)
    if kind == "decimal" and (places := typed_whole(typed("places"))) is not None:
        found["places"] = places
    if kind in CHOICES:
        found["options"] = _options(post.get(prefix + "options", ""))
    if source := typed("default_from"):
        found["default"] = _default(source, typed("default_value"), kind)
    for name, place in (("visible_if", "vis."), ("required_if", "req.")):
        condition = condition_read(prefix + place, post, types)
        if condition is not None:
            found[name] = condition
    return found


def _bound(text: str, kind: str) -> Any:
    whole = typed_whole(text)
    return whole if whole is not None and kind in BOUNDED_BY_COUNT else text


def _options(text: str) -> list[dict[str, str]]:
    """Return one option a line: `value = label`, or a label that is its own value."""
    found = []
    for line in text.replace("\x00", "").splitlines():
        if not line.strip():
            continue
        value, is_split, label = line.partition("=")
        found.append({"value": value.strip(), "label": (label if is_split else value).strip()})
    return found


def _default(source: str, text: str, kind: str) -> dict[str, Any]:
    if source in ("customer", "call"):
        return {"from": source, "field": text}
    if source != "constant":
        return {"from": source}
    if kind == "yes_no":
        return {"from": source, "value": text.lower() in ("yes", "true", "1", "是")}
    if kind == "multi_choice":
        parts = [part.strip() for part in text.replace("，", ",").split(",")]
        return {"from": source, "value": [part for part in parts if part]}
    whole = typed_whole(text)
    return {"from": source, "value": whole if kind == "integer" and whole is not None else text}


def form_changed(document: dict[str, Any], do: str) -> dict[str, Any]:
    """Return the document after one of the page's buttons: `add:type`, `up:3`, `remove:3`, …"""
    fields = list(document["fields"])
    what, _colon, where = do.partition(":")
    if what == "add" and where in TYPES and len(fields) < MOST_FIELDS:
        fields.append(_new_field(where, {str(one.get("key")) for one in fields}))
    at = typed_whole(where)
    if at is not None and 0 <= at < len(fields):
        if what == "remove":
            del fields[at]
        elif what == "copy" and len(fields) < MOST_FIELDS:
            keys = {str(one.get("key")) for one in fields}
            fields.insert(at + 1, {**fields[at], "key": _free_key(keys)})
        elif what in ("up", "down"):
            to = at - 1 if what == "up" else at + 1
            if 0 <= to < len(fields):
                fields[at], fields[to] = fields[to], fields[at]
    return {**document, "fields": fields}


def _new_field(kind: str, keys: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"key": _free_key(keys), "type": kind, "label": ""}
    if kind in CHOICES:
        found["options"] = []
    return found


def _free_key(keys: set[str]) -> str:
    return next(name for at in range(1, MOST_FIELDS * 2) if (name := f"field_{at}") not in keys)
