"""Who may be the same customer: by number, e-mail, normalised name."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.phone_numbers import lookup_key
from apps.customers.choices import CustomerState
from apps.customers.engine.search_text import name_key
from apps.customers.models import Customer, CustomerEmail, CustomerNumber, DuplicateDismissal
from apps.customers.selectors import customer_list_for

BY_NUMBER, BY_EMAIL, BY_NAME = "number", "email", "name"
WHY_TEXTS = {
    BY_NUMBER: _("the same number"),
    BY_EMAIL: _("the same e-mail address"),
    BY_NAME: _("the same name"),
}
MOST = 20
# A name of one or two signs, or one that hundreds share, says nothing.
SHORTEST_NAME, MOST_OF_A_NAME = 2, 20


@dataclass(frozen=True)
class Duplicate:
    """A customer who may be the same, and why: number, email, name; the surest first."""

    customer_id: int
    why: tuple[str, ...]


def customer_find_duplicates(
    *,
    numbers: Iterable[str] = (),
    emails: Iterable[str] = (),
    name: str = "",
    except_id: int | None = None,
) -> list[Duplicate]:
    """Return active customers with one of the numbers or addresses, or this name. 1 to 3 queries.

    Whoever fits in more ways comes first, then number before e-mail before name; at most 20. A
    name alone is a hint, no proof: an import that merges by name merges strangers.
    """
    found: dict[int, list[str]] = defaultdict(list)
    keys = [lookup_key(number) for number in numbers]
    if keys := [key for key in keys if key]:
        _note(found, BY_NUMBER, CustomerNumber.objects.filter(lookup__in=keys))
    if addresses := [email.strip().lower() for email in emails if email.strip()]:
        _note(found, BY_EMAIL, CustomerEmail.objects.filter(lookup__in=addresses))
    key = name_key(name)
    if len(key) >= SHORTEST_NAME:
        rows = Customer.objects.filter(name_key=key, state=CustomerState.ACTIVE)
        for pk in rows.values_list("pk", flat=True)[: MOST + 1]:
            found[pk].append(BY_NAME)
    order = (BY_NUMBER, BY_EMAIL, BY_NAME)
    ranked = sorted(
        (pk for pk in found if pk != except_id),
        key=lambda pk: (-len(found[pk]), order.index(found[pk][0]), pk),
    )
    return [Duplicate(pk, tuple(found[pk])) for pk in ranked[:MOST]]


def _note(found: dict[int, list[str]], why: str, rows: object) -> None:
    active = rows.filter(customer__state=CustomerState.ACTIVE)  # type: ignore[attr-defined]  # a set
    for pk in active.order_by("customer_id").values_list("customer_id", flat=True).distinct():
        if why not in found[pk]:
            found[pk].append(why)


def customer_ids_by_number(numbers: Iterable[str]) -> dict[str, int]:
    """Return {look-up key: id of the active customer who has it}, the oldest wins. 1 query.

    For imports: many numbers at once.
    """
    keys = {lookup_key(number) for number in numbers} - {""}
    rows = (
        CustomerNumber.objects.filter(lookup__in=keys, customer__state=CustomerState.ACTIVE)
        .order_by("-is_primary", "pk")
        .values_list("lookup", "customer_id")
    )
    found: dict[str, int] = {}
    for key, pk in rows:
        found.setdefault(key, pk)
    return found


@dataclass(frozen=True)
class Proposal:
    """Customers who share a value and may be one; `value` is the number, address or name."""

    why: str
    value: str
    customer_ids: tuple[int, ...]


def duplicate_proposals(*, user: User, why: str, most: int = 50) -> list[Proposal]:
    """Return groups of customers whom the person may see and who share one value. 3 queries.

    `why` is number, email or name. Pairs that somebody said are not the same are left out.
    """
    shared = _names if why == BY_NAME else _values
    rows = shared(customer_list_for(user=user).order_by(), why, most)
    groups: dict[str, set[int]] = defaultdict(set)
    for value, pk in rows:
        groups[value].add(pk)
    told = _dismissed({pk for ids in groups.values() for pk in ids})
    return [
        Proposal(why, value, ids)
        for value, found in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(ids := _left(found, told)) > 1
    ]


def _names(seen: "QuerySet[Customer]", why: str, most: int) -> list[tuple[str, int]]:
    shared = (
        seen.exclude(name_key="")
        .values("name_key")
        .annotate(amount=Count("pk"))
        .filter(amount__gt=1, amount__lte=MOST_OF_A_NAME)
        .order_by("-amount", "name_key")
    )
    keys = [row["name_key"] for row in shared[:most]]
    return list(seen.filter(name_key__in=keys).values_list("name_key", "pk"))


def _values(seen: "QuerySet[Customer]", why: str, most: int) -> list[tuple[str, int]]:
    model: Any = CustomerNumber if why == BY_NUMBER else CustomerEmail
    theirs = model.objects.filter(customer__in=seen).order_by()
    shared = (
        theirs.values("lookup")
        .annotate(amount=Count("customer_id", distinct=True))
        .filter(amount__gt=1)
        .order_by("-amount", "lookup")
    )
    keys = [row["lookup"] for row in shared[:most]]
    return list(theirs.filter(lookup__in=keys).values_list("lookup", "customer_id"))


def _dismissed(ids: set[int]) -> set[tuple[int, int]]:
    rows = DuplicateDismissal.objects.filter(Q(first__in=ids) & Q(second__in=ids))
    return set(rows.values_list("first_id", "second_id"))


def _left(ids: set[int], told: set[tuple[int, int]]) -> tuple[int, ...]:
    """Return the ids that are still a pair with at least one other."""
    return tuple(
        sorted(
            one
            for one in ids
            if any(one != other and (min(one, other), max(one, other)) not in told for other in ids)
        )
    )


def duplicate_dismiss(*, first: Customer, second: Customer, actor: User) -> None:
    """Keep that two customers are not the same; twice is harmless."""
    low, high = sorted((first.pk, second.pk))
    DuplicateDismissal.objects.get_or_create(
        tenant_id=first.tenant_id, first_id=low, second_id=high, defaults={"actor": actor}
    )
