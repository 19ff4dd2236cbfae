"""Rows of customers from parsed values: the part that creating, changing and importing share."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from apps.customers.engine import field_values
from apps.customers.engine.search_text import name_key, search_text
from apps.customers.field_models import CustomerField
from apps.customers.models import Customer, CustomerEmail, CustomerNumber, CustomerTag
from apps.customers.parsing import NumberValue, ParsedCustomer
from apps.customers.pinyin import pinyin_words

NOT_DIGIT = re.compile(r"[^0-9]")


def search_fill(
    customer: Customer,
    *,
    numbers: Iterable[str],
    emails: Iterable[str],
    fields: Iterable[CustomerField],
) -> None:
    """Set `name_key` and `search_text` (not saved). `numbers` as typed, `fields` in use."""
    customer.name_key = name_key(customer.name)
    parts = [customer.name, customer.contact_name]
    parts += pinyin_words(customer.name)
    parts += pinyin_words(customer.contact_name)
    # In one order, whatever the rows' is: the same customer has the same text.
    for number in sorted(numbers):
        parts.append(NOT_DIGIT.sub("", number))
    parts += sorted(emails)
    parts.append(customer.account_number)
    for field in fields:
        if field.is_searchable:
            parts.append(field_values.value_text(customer.custom.get(field.key)))
    customer.search_text = search_text(parts)


def numbers_searched(numbers: Iterable[tuple[str, str]]) -> list[str]:
    """Return what of (as typed, look-up key) pairs the search knows: both ways of writing."""
    found = []
    for as_typed, lookup in numbers:
        typed = NOT_DIGIT.sub("", as_typed)
        found.append(lookup)
        if typed not in lookup:
            found.append(typed)
    return found


def custom_merge(customer: Customer, parsed: ParsedCustomer) -> dict[str, Any]:
    """Return the custom values with what was given; an empty one is taken out."""
    merged = {**customer.custom, **parsed.custom}
    return {key: value for key, value in merged.items() if value is not None}


def number_rows(customer: Customer, numbers: Sequence[NumberValue]) -> list[CustomerNumber]:
    """Return unsaved rows of a customer's numbers."""
    return [
        CustomerNumber(
            tenant_id=customer.tenant_id,
            customer=customer,
            as_typed=number.as_typed,
            lookup=number.lookup,
            label=number.label,
            is_primary=number.is_primary,
        )
        for number in numbers
    ]


def email_rows(customer: Customer, emails: Sequence[str]) -> list[CustomerEmail]:
    """Return unsaved rows of a customer's addresses; the first is the main one."""
    return [
        CustomerEmail(
            tenant_id=customer.tenant_id,
            customer=customer,
            address=address,
            lookup=address.lower(),
            is_primary=position == 0,
        )
        for position, address in enumerate(emails)
    ]


def tags_ensure(tenant_id: int, names: Iterable[str]) -> None:
    """Make rows of tags that the company does not have yet. 0 to 2 queries."""
    wanted = set(names)
    if not wanted:
        return
    known = set(CustomerTag.objects.filter(name__in=wanted).values_list("name", flat=True))
    CustomerTag.objects.bulk_create(
        [CustomerTag(tenant_id=tenant_id, name=name) for name in sorted(wanted - known)],
        ignore_conflicts=True,
    )
