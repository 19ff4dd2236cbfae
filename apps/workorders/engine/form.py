"""A form: a checked document of typed fields, its defaults, and what a person filled in.

Document: `{"version": 1, "fields": [{"key", "type", "label", …}, …]}`; docs/work-orders.md has all.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from apps.workorders.engine import conditions
from apps.workorders.engine.conditions import is_empty
from apps.workorders.engine.fields import (
    Field,
    FieldError,
    Option,
    ValueRefusedError,
    read,
)

VERSION = 1
CUSTOMER_FIELDS = (
    "id",
    "name",
    "contact_name",
    "number",
    "level",
    "kind",
    "account_number",
    "province",
    "city",
    "address",
    "note",
)
CALL_FIELDS = ("caller", "dialled", "queue", "started_at", "region")


@dataclass(frozen=True)
class Form:
    """A checked form. `order` has the keys so that conditions come after what they ask about."""

    fields: tuple[Field, ...]
    order: tuple[str, ...]
    version: int = VERSION

    @property
    def by_key(self) -> dict[str, Field]:
        """Return the fields by key."""
        return {one.key: one for one in self.fields}

    @property
    def types(self) -> dict[str, str]:
        """Return each field's type by key."""
        return {one.key: one.type for one in self.fields}


@dataclass(frozen=True)
class Background:
    """Where defaults come from: clean texts by name (`CUSTOMER_FIELDS`, `CALL_FIELDS`)."""

    now: datetime
    me: int
    zone: tzinfo = UTC
    customer: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filled:
    """A form after reading: clean `values` of visible fields, and `errors` by key."""

    values: dict[str, Any]
    errors: dict[str, FieldError]
    visible: frozenset[str]
    required: frozenset[str]


def build(document: Mapping[str, Any]) -> Form:
    """Return the form of a checked document; `form_check.load` is what others call."""
    fields = tuple(field_of(raw) for raw in document["fields"])
    order, _circle = in_order({one.key: set(_asks(one)) for one in fields})
    return Form(fields, tuple(order))


def field_of(raw: Mapping[str, Any]) -> Field:
    return Field(
        key=raw["key"],
        type=raw["type"],
        label=raw["label"],
        help=raw.get("help", ""),
        is_required=raw.get("required", False),
        least=raw.get("min"),
        most=raw.get("max"),
        pattern=raw.get("pattern", ""),
        pattern_help=raw.get("pattern_help", ""),
        places=raw.get("places", 2),
        options=tuple(Option(one["value"], one["label"]) for one in raw.get("options", ())),
        default=raw.get("default"),
        visible_if=raw.get("visible_if"),
        required_if=raw.get("required_if"),
    )


def _asks(one: Field) -> Iterator[str]:
    yield from conditions.fields_asked(one.visible_if)
    yield from conditions.fields_asked(one.required_if)


def in_order(asks: Mapping[str, set[str]]) -> tuple[list[str], set[str]]:
    """Return the keys with those they ask first, and those that ask in a circle."""
    done: list[str] = []
    rest = dict(asks)
    while rest:
        ready = [key for key, needs in rest.items() if not needs & (rest.keys() - {key})]
        if not ready:
            return done, set(rest)
        done.extend(ready)
        for key in ready:
            del rest[key]
    return done, set()


def defaults(form: Form, background: Background) -> dict[str, Any]:
    """Return the values a new order begins with; what does not fit its field is left out."""
    found: dict[str, Any] = {}
    for one in form.fields:
        raw = _default(one, background)
        try:
            value = read(one, raw, background.zone)
        except ValueRefusedError:
            continue
        if value is not None:
            found[one.key] = value
    return found


def _default(one: Field, background: Background) -> Any:
    default = one.default or {}
    source, name = default.get("from"), default.get("field", "")
    if source == "constant":
        return default.get("value")
    if source == "now":
        local = background.now.astimezone(background.zone)
        return local.date().isoformat() if one.type == "date" else local.isoformat()
    if source == "me":
        return background.me
    if source == "customer":
        return background.customer.get(name)
    if source == "call":
        return background.call.get(name)
    # The customer whom the order is about is the one whom a customer field means.
    return background.customer.get("id") if one.type == "customer" else None


def fill(
    form: Form,
    raw: Mapping[str, Any],
    *,
    zone: tzinfo,
    have: Mapping[str, Any] | None = None,
    editable: Collection[str] | None = None,
    is_draft: bool = False,
) -> Filled:
    """Read what a person filled in, on top of what the order has already.

    `editable` (None: all) are the fields he may change: another in `raw` is an error unless it says
    what is there already, and only those can be missing. A field that is not visible has no value.
    `is_draft` asks for nothing, and still takes no value that a field refuses.
    """
    have = have or {}
    types = form.types
    fields = form.by_key
    values: dict[str, Any] = {}
    errors = {key: FieldError("unknown_field") for key in raw if key not in fields}
    visible: set[str] = set()
    required: set[str] = set()
    for key in form.order:
        one = fields[key]
        if one.visible_if is not None and not conditions.holds(one.visible_if, values, types):
            continue
        visible.add(key)
        if not one.has_value:
            continue
        is_mine = editable is None or key in editable
        value = have.get(key)
        if key in raw:
            try:
                said = read(one, raw[key], zone)
                if is_mine:
                    value = said
                elif said != value:
                    errors[key] = FieldError("not_editable")
            except ValueRefusedError as error:
                errors[key] = error.error if is_mine else FieldError("not_editable")
                value = have.get(key)
        if not is_empty(value):
            values[key] = value
        if one.is_required or (
            one.required_if is not None and conditions.holds(one.required_if, values, types)
        ):
            required.add(key)
            if is_empty(value) and is_mine and not is_draft and key not in errors:
                errors[key] = FieldError("required")
    return Filled(values, errors, frozenset(visible), frozenset(required))
