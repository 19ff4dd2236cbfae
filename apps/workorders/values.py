"""Values as a person may see and change them: rows that exist, numbers masked."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.core.phone_numbers import masked
from apps.customers.selectors import customer_visible_for
from apps.workorders.engine.fields import FieldError
from apps.workorders.engine.form import Form
from apps.workorders.models import Order, OrderAttachment


def check_rows(
    form: Form,
    values: Mapping[str, Any],
    order: Order,
    *,
    user: User,
    before: Mapping[str, Any],
) -> dict[str, FieldError]:
    """Return the fields that name a row which is not there or not in sight. 0 to 5 queries.

    What was there before stays, even when the person has left since.
    """
    named: dict[str, dict[str, Any]] = {"person": {}, "customer": {}, "file": {}}
    for one in form.fields:
        if one.type in named and one.key in values and values[one.key] != before.get(one.key):
            named[one.type][one.key] = values[one.key]
    errors: dict[str, FieldError] = {}
    if named["person"]:
        people = User.objects.filter(tenant_id=order.tenant_id, is_active=True)
        there = set(people.filter(pk__in=named["person"].values()).values_list("pk", flat=True))
        errors |= {
            key: FieldError("not_found") for key, pk in named["person"].items() if pk not in there
        }
    if named["customer"]:
        rows = customer_visible_for(user=user)
        there = set(rows.filter(pk__in=named["customer"].values()).values_list("pk", flat=True))
        errors |= {
            key: FieldError("not_found") for key, pk in named["customer"].items() if pk not in there
        }
    if named["file"]:
        mine = OrderAttachment.objects.filter(order_id=order.pk or 0)
        there = set(mine.values_list("pk", flat=True))
        errors |= {
            key: FieldError("not_a_file")
            for key, pks in named["file"].items()
            if not there.issuperset(pks)
        }
    return errors


def values_for(user: User | None, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as the person may see them: telephone numbers masked where he may not."""
    if user is not None and not user.has_numbers_masked:
        return dict(values)
    types = form.types
    return {
        key: masked(value) if types.get(key) == "telephone" else value
        for key, value in values.items()
    }


def unmasked(
    form: Form, raw: Mapping[str, Any], have: Mapping[str, Any], user: User
) -> dict[str, Any]:
    """Return what a person sent, with the numbers that he was shown masked and left alone."""
    if not user.has_numbers_masked:
        return dict(raw)
    shown = values_for(user, form, have)
    types = form.types
    return {
        key: have[key]
        if types.get(key) == "telephone" and key in have and value == shown[key]
        else value
        for key, value in raw.items()
    }
