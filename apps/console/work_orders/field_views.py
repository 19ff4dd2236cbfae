"""A form's fields as a page shows them: what is there, what can be filled in, what was wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.customers.models import Customer
from apps.customers.selectors import customer_visible_for
from apps.workorders.engine import conditions
from apps.workorders.engine.fields import Field, FieldError
from apps.workorders.engine.form import Form
from apps.workorders.models import Order, OrderAttachment
from apps.workorders.selectors import work_order_people
from apps.workorders.texts import field_error_text
from apps.workorders.values import values_for

PREFIX = "v-"
MOMENT = "%Y-%m-%dT%H:%M"
INPUTS = {"integer": "number", "date": "date", "date_time": "datetime-local", "telephone": "tel"}


@dataclass(frozen=True)
class Choice:
    """One option of a field that is chosen from."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class FieldView:
    """One field on a page. `is_asked`: others are shown or needed depending on it."""

    field: Field
    value: str
    shown: str
    error: str = ""
    choices: tuple[Choice, ...] = ()
    files: tuple[OrderAttachment, ...] = ()
    customer: int | None = None
    is_visible: bool = True
    is_required: bool = False
    is_asked: bool = False
    is_editable: bool = True

    @property
    def name(self) -> str:
        """Return the input's name."""
        return f"{PREFIX}{self.field.key}"

    @property
    def input_type(self) -> str:
        """Return the type of a plain input."""
        return INPUTS.get(self.field.type, "text")

    @property
    def is_conditional(self) -> bool:
        """Say whether it comes and goes."""
        return self.field.visible_if is not None or self.field.required_if is not None


@dataclass(frozen=True)
class Rows:
    """The rows that values name, read once for a page."""

    people: Mapping[int, User]
    customers: Mapping[int, Customer]
    files: Mapping[int, OrderAttachment]


def rows_for(form: Form, values: Mapping[str, Any], *, user: User, order: Order | None) -> Rows:
    """Return the people, customers and files that the form may show. At most 3 queries."""
    kinds = set(form.types.values())
    people: QuerySet[User] | list[User] = []
    if "person" in kinds and user.tenant_id is not None:
        people = work_order_people(user.tenant_id)
    named = {
        values[one.key]
        for one in form.fields
        if one.type == "customer" and isinstance(values.get(one.key), int)
    }
    if "customer" in kinds and order is not None and order.customer_id:
        named.add(order.customer_id)
    customers = customer_visible_for(user=user).filter(pk__in=named) if named else []
    files = order.attachments.all() if "file" in kinds and order is not None and order.pk else []
    return Rows(
        {row.pk: row for row in people},
        {row.pk: row for row in customers},
        {row.pk: row for row in files},
    )


def field_views(
    form: Form,
    values: Mapping[str, Any],
    *,
    user: User,
    order: Order | None,
    editable: Collection[str] | None,
    errors: Mapping[str, FieldError] | None = None,
    raw: Mapping[str, Any] | None = None,
) -> list[FieldView]:
    """Return the fields in the form's order, those not to be seen too (`is_visible`).

    `values` are clean, `raw` what the person has just typed, which is shown instead. Telephone
    numbers are masked for who may not see them. `editable` None: all.
    """
    errors, raw = errors or {}, raw or {}
    shown = values_for(user, form, values)
    rows = rows_for(form, values, user=user, order=order)
    asked = {
        key
        for one in form.fields
        for condition in (one.visible_if, one.required_if)
        for key in conditions.fields_asked(condition)
    }
    types = form.types
    found = []
    for one in form.fields:
        error = errors.get(one.key)
        value = raw.get(one.key, shown.get(one.key))
        found.append(
            FieldView(
                field=one,
                value=_typed(one, value),
                shown=_read(one, shown.get(one.key), rows),
                error=field_error_text(error) if error else "",
                choices=_choices(one, value, rows),
                files=tuple(
                    rows.files[pk]
                    for pk in values.get(one.key) or ()
                    if one.type == "file" and pk in rows.files
                ),
                customer=value if one.type == "customer" and value in rows.customers else None,
                is_visible=one.visible_if is None
                or conditions.holds(one.visible_if, values, types),
                is_required=one.is_required
                or (
                    one.required_if is not None and conditions.holds(one.required_if, values, types)
                ),
                is_asked=one.key in asked,
                is_editable=editable is None or one.key in editable,
            )
        )
    return found


def raw_values(form: Form, post: QueryDict, editable: Collection[str] | None) -> dict[str, Any]:
    """Return what a page sent of the fields that may be filled in, as `form.fill` reads it."""
    found: dict[str, Any] = {}
    for one in form.fields:
        name = f"{PREFIX}{one.key}"
        if name not in post or one.type in ("heading", "file"):
            continue
        if editable is not None and one.key not in editable:
            continue
        many = [value for value in post.getlist(name) if value]
        found[one.key] = many if one.type == "multi_choice" else post.get(name, "")
    return found


def _typed(one: Field, value: Any) -> str:
    """Return what the input holds."""
    if value is None or isinstance(value, list | bool):
        return "" if not isinstance(value, bool) else ("yes" if value else "no")
    if one.type == "date_time" and (at := _moment(value)) is not None:
        return timezone.localtime(at).strftime(MOMENT)
    return str(value)


def _moment(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _read(one: Field, value: Any, rows: Rows) -> str:
    """Return what people read of a clean value; '' for none."""
    if conditions.is_empty(value):
        return ""
    labels = {option.value: option.label for option in one.options}
    if one.type == "choice":
        return labels.get(value, str(value))
    if one.type == "multi_choice":
        return ", ".join(labels.get(item, item) for item in value)
    if one.type == "yes_no":
        return _("Yes") if value else _("No")
    if one.type == "date_time" and (at := _moment(value)) is not None:
        return date_format(timezone.localtime(at), "Y-m-d H:i")
    if one.type == "person":
        return str(rows.people[value].display_name) if value in rows.people else _("No longer here")
    if one.type == "customer":
        return (
            str(rows.customers[value].name) if value in rows.customers else _("Not in your sight")
        )
    return "" if one.type == "file" else str(value)


def _choices(one: Field, value: Any, rows: Rows) -> tuple[Choice, ...]:
    if one.type in ("choice", "multi_choice"):
        chosen = value if isinstance(value, list) else [value]
        return tuple(Choice(item.value, item.label, item.value in chosen) for item in one.options)
    if one.type == "yes_no":
        word = _typed(one, value)
        return (Choice("yes", _("Yes"), word == "yes"), Choice("no", _("No"), word == "no"))
    if one.type == "person":
        return tuple(
            Choice(str(pk), f"{row.display_name} ({row.username})", str(pk) == str(value))
            for pk, row in rows.people.items()
        )
    if one.type == "customer":
        return tuple(
            Choice(str(pk), row.name, str(pk) == str(value)) for pk, row in rows.customers.items()
        )
    return ()
