"""A condition as three inputs (field, comparison, value), and as JSON when it has parts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.console.work_orders.typed import typed_whole

OPERATORS = (
    ("equals", _("is")),
    ("not_equals", _("is not")),
    ("in", _("is one of")),
    ("not_in", _("is none of")),
    ("contains", _("contains")),
    ("empty", _("is empty")),
    ("filled", _("is filled in")),
    ("greater", _("is greater than")),
    ("at_least", _("is at least")),
    ("less", _("is less than")),
    ("at_most", _("is at most")),
)
LISTS = ("in", "not_in")
WITHOUT_VALUE = ("empty", "filled")
SEPARATORS = str.maketrans({"，": ",", "、": ",", "；": ",", ";": ",", "\n": ","})
MOST_JSON = 20_000


@dataclass(frozen=True)
class ConditionView:
    """What the inputs hold; `text` is JSON and in use when the condition has parts."""

    prefix: str
    field: str = ""
    operator: str = ""
    value: str = ""
    text: str = ""


def condition_view(prefix: str, condition: Any) -> ConditionView:
    """Return a condition's inputs; those of none are empty."""
    if not condition:
        return ConditionView(prefix)
    if not isinstance(condition, Mapping) or "field" not in condition:
        return ConditionView(prefix, text=json.dumps(condition, ensure_ascii=False))
    value = condition.get("value")
    if isinstance(value, list):
        shown = ", ".join(str(item) for item in value)
    elif isinstance(value, bool):
        shown = "yes" if value else "no"
    else:
        shown = "" if value is None else str(value)
    return ConditionView(prefix, str(condition["field"]), str(condition.get("is", "")), shown)


def condition_read(prefix: str, post: QueryDict, types: Mapping[str, str]) -> Any:
    """Return the condition that was typed, None for none. Broken JSON stays a text: the check
    says that it is none.
    """
    text = post.get(f"{prefix}json", "").strip()[:MOST_JSON]
    if text:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    field = post.get(f"{prefix}field", "").strip()
    if not field:
        return None
    operator = post.get(f"{prefix}is", "")
    found: dict[str, Any] = {"field": field, "is": operator}
    if operator not in WITHOUT_VALUE:
        typed = post.get(f"{prefix}value", "").strip()
        parts = [part.strip() for part in typed.translate(SEPARATORS).split(",")]
        found["value"] = (
            [_typed(part, types.get(field, "")) for part in parts if part]
            if operator in LISTS
            else _typed(typed, types.get(field, ""))
        )
    return found


def _typed(text: str, kind: str) -> Any:
    if kind == "yes_no" and text.lower() in ("yes", "no", "true", "false", "是", "否"):
        return text.lower() in ("yes", "true", "是")
    whole = typed_whole(text) if kind in ("integer", "person", "customer") else None
    if whole is not None:
        return whole
    return text
