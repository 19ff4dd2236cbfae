"""The JSON Schema (draft 2020-12) of flow documents, put together from what each kind declares.

What it refuses `flow_parse` refuses too. It cannot say everything: that targets exist and that a
key does not mean two things only `flow_parse` knows.
"""

from apps.ivr.engine import shapes
from apps.ivr.engine.documents import MAX_NODES
from apps.ivr.engine.node import NODE_ID_LENGTH, Node
from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.scripts import TESTS_SHAPE
from apps.ivr.engine.shapes import Shape
from apps.ivr.engine.steps import LANGUAGES


def flow_schema() -> Shape:
    """Return the schema; a new dict each time."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Huawu IVR flow",
        "type": "object",
        "required": ["start", "nodes"],
        "properties": {
            "name": shapes.TEXT,
            "start": shapes.TARGET,
            "language": shapes.choice(LANGUAGES),
            "layout": {"type": "object", "description": "where the editor draws each node"},
            "tests": TESTS_SHAPE,
            "nodes": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MAX_NODES,
                "propertyNames": {"minLength": 1, "maxLength": NODE_ID_LENGTH},
                "additionalProperties": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"enum": list(NODE_KINDS)}},
                    # Not oneOf: the complaint shall be about this kind's fields.
                    "allOf": [_when(kind) for kind in NODE_KINDS],
                },
            },
        },
        "$defs": {kind: _shape(node) for kind, node in NODE_KINDS.items()},
    }


def _when(kind: str) -> Shape:
    is_kind = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
    return {"if": is_kind, "then": {"$ref": f"#/$defs/{kind}"}}


def _shape(node: type[Node]) -> Shape:
    common = {"kind": {"const": node.kind}, "prompts": shapes.PROMPTS, "note": shapes.TEXT}
    more = dict(node.rules)
    description = (node.__doc__ or "").partition("\n")[0]
    return shapes.record(
        common | dict(node.shape), ["kind", *node.required], description=description, **more
    )
