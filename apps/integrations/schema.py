"""What every operation of the API may answer beside what it is for: errors, in one shape.

An operation names only what is its own (`extend_schema`); the rest is added here, so that no view
can forget it. `tests/integration/integrations/test_schema_conformance.py` compares.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ChoiceField, ModelSerializer

ERROR = "Error"
INVALID = "Invalid"
# Status -> when it comes. 400 has a shape of its own: its keys are the fields.
ANSWERS = {
    400: "What was sent is wrong; by field, or as code and detail.",
    401: "No token, or one that is not known.",
    403: "The token's person may not do this.",
    404: "Not there, or not in the person's sight: both look the same.",
    405: "The address does not know this method.",
    406: "Asked for another format than JSON.",
    409: "It does not fit how things are now; another was quicker.",
    410: "It was there, and was removed because it is old.",
    413: "More than the installation takes.",
    415: "Sent in another format than the operation reads.",
    429: "Too many at once; try again later.",
    503: "Something that is needed for it is away; try again later.",
}
ONLY_WHEN_SENT = (409, 410, 413, 415, 429, 503)
SCHEMAS: dict[str, Any] = {
    ERROR: {
        "type": "object",
        "description": "What went wrong: `code` never changes, `detail` is text for people.",
        "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
        "required": ["code", "detail"],
    },
    INVALID: {
        "description": "Faults by field, each a list of texts; or `code` and `detail`.",
        "oneOf": [
            {"type": "object", "additionalProperties": {}},
            {"type": "array", "items": {}},
        ],
    },
}


class HuawuAutoSchema(AutoSchema):
    """drf-spectacular's reading of a view, with the errors that every view may answer."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its errors."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        answers = operation["responses"]
        for status, when in ANSWERS.items():
            if self.method == "GET" and status in ONLY_WHEN_SENT:
                continue
            shape = f"#/components/schemas/{INVALID if status == 400 else ERROR}"
            answers.setdefault(
                str(status),
                {
                    "description": when,
                    "content": {"application/json": {"schema": {"$ref": shape}}},
                },
            )
        return operation

    def _map_serializer_field(self, field: Any, direction: Any, *args: Any, **kwargs: Any) -> Any:
        """Say of a model's choice that may be empty that it may: DRF forgets it for answers."""
        if isinstance(field, ChoiceField) and isinstance(field.parent, ModelSerializer):
            model: Any = field.parent.Meta.model
            names = {one.name: one for one in model._meta.fields}
            column = names.get(field.source or "")
            field.allow_blank = field.allow_blank or bool(column is not None and column.blank)
        return super()._map_serializer_field(field, direction, *args, **kwargs)


def errors_described(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add the shapes of errors to the document; a post-processing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
    return result
