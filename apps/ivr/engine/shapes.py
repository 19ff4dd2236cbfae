"""Pieces of JSON Schema for the fields of nodes: what `node.Fields` reads, said once in JSON."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from apps.ivr.engine.steps import GIVEN, VALUE_LIMIT, VARIABLE

Shape = dict[str, Any]

KEYS = tuple("0123456789*#")
PROMPT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}", re.ASCII)
QUEUE_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
TARGET: Shape = {"type": "string", "minLength": 1, "description": "the id of a node"}
TARGET_OR_NONE: Shape = {"type": "string", "description": "the id of a node, or empty"}
KEY_OR_NONE: Shape = {"enum": ["", *KEYS]}
KEYS_TO_TARGETS: Shape = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"enum": list(KEYS)},
    "additionalProperties": TARGET,
}
QUEUE: Shape = {
    "type": "string",
    "pattern": f"^{QUEUE_NUMBER.pattern}$",
    "description": "a queue's number",
}
FLOW_NAME_LENGTH = 60
FLOW_NAME: Shape = {
    "type": "string",
    "minLength": 1,
    "maxLength": FLOW_NAME_LENGTH,
    "description": "the name of another flow",
}
# Nothing but digits: what a caller keyed or an admin wrote never becomes part of a dial string.
TO_RING = re.compile(r"[0-9]{3,20}", re.ASCII)
NUMBER_TO_RING: Shape = {"type": "string", "pattern": f"^{TO_RING.pattern}$"}
PROMPTS: Shape = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{PROMPT_NAME.pattern}$"},
}
TEXT: Shape = {"type": "string"}
VALUE: Shape = {"type": "string", "maxLength": VALUE_LIMIT}
IS_SET: Shape = {"type": "boolean"}
VARIABLE_READ: Shape = {"type": "string", "pattern": f"^{VARIABLE.pattern}$"}
VARIABLE_SET: Shape = {**VARIABLE_READ, "not": {"enum": list(GIVEN)}}


def seconds(low: float, high: float) -> Shape:
    """Return the shape of a number of seconds."""
    return {"type": "number", "minimum": low, "maximum": high}


def count(low: int, high: int) -> Shape:
    """Return the shape of a whole number."""
    return {"type": "integer", "minimum": low, "maximum": high}


def choice(options: Sequence[str]) -> Shape:
    """Return the shape of one of some texts."""
    return {"enum": list(options)}


def listed(items: Shape, most: int) -> Shape:
    """Return the shape of a list of 1 to `most`."""
    return {"type": "array", "minItems": 1, "maxItems": most, "items": items}


def record(fields: Mapping[str, Shape], required: Sequence[str], **more: Any) -> Shape:
    """Return the shape of an object that has these fields and no others."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def one_of(*names: str) -> list[Shape]:
    """Return the rule that exactly one of the fields is there, for `oneOf`."""
    return [{"required": [name]} for name in names]
