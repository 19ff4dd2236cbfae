"""Read customers."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from time import monotonic

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, StrIndex
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts.choices import ViewTier
from apps.accounts.models import User
from apps.accounts.scope import agent_ids, department_ids
from apps.core.errors import NotFoundError
from apps.core.phone_numbers import lookup_key
from apps.core.tenancy import current_tenant_id
from apps.customers.choices import CustomerState
from apps.customers.engine.field_values import value_text
from apps.customers.engine.search_text import is_telling, search_words, telling_part
from apps.customers.field_models import CustomerField
from apps.customers.models import BlacklistEntry, Customer, CustomerNumber

# Written out: building it through the ORM costs more than running it (tests/bench/lookup.py).
_BY_NUMBER = (
    "SELECT c.* FROM customers_customernumber n JOIN customers_customer c ON c.id = n.customer_id "
    "WHERE n.tenant_id = %s AND n.lookup = %s AND c.state = 'active' "
    "ORDER BY n.is_primary DESC, n.id LIMIT 1"
)
# Where who sees numbers masked finds a number, beside the numbers themselves.
WHOLE_FIELDS = ("account_number", "name")
SEARCH_NEWEST, SEARCH_FEW = 20_000, 1_000
NEWEST_KEPT_S = 60
_NEWEST: dict[int | None, tuple[float, datetime | None]] = {}
RESTORE_WITHIN = timedelta(days=30)


def customer_by_number(number: str) -> Customer | None:
    """Return the scoped active customer with this number; a main number wins. 1 query.

    Raises ScopeError without a scope; under `all_tenants` any company's customer.
    """
    key = lookup_key(number)
    tenant_id = current_tenant_id()
    if tenant_id is None:
        row = (
            CustomerNumber.objects.filter(lookup=key, customer__state=CustomerState.ACTIVE)
            .select_related("customer")
            .order_by("-is_primary", "pk")
            .first()
        )
        return row.customer if row else None
    return next(iter(Customer.objects.raw(_BY_NUMBER, [tenant_id, key])), None)


def customers_by_numbers(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the active customers with these (company, `lookup_key`); a main number wins.

    The caller holds `all_tenants`: each number is looked for in the company named with it. 1 query,
    none for numbers without digits.
    """
    wanted = {place for place in asked if place[1]}
    if not wanted:
        return {}
    rows = CustomerNumber.objects.filter(
        tenant__in={tenant_id for tenant_id, _ in wanted},
        lookup__in={key for _, key in wanted},
        customer__state=CustomerState.ACTIVE,
    ).order_by("-is_primary", "pk")
    found: dict[tuple[int, str], int] = {}
    for tenant_id, key, customer_id in rows.values_list("tenant_id", "lookup", "customer_id"):
        if (tenant_id, key) in wanted:
            found.setdefault((tenant_id, key), customer_id)
    return found


def blacklist_entry_for(number: str, *, now: datetime | None = None) -> BlacklistEntry | None:
    """Return the entry in force for a number, None when its calls are welcome. 1 query."""
    now = now or timezone.now()
    found: BlacklistEntry | None = BlacklistEntry.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), lookup=lookup_key(number)
    ).first()
    return found


@dataclass(frozen=True)
class AccountBalance:
    """What account service may speak after the PIN was right."""

    customer_id: int
    balance: Decimal


def account_balance(*, account_number: str, pin: str) -> AccountBalance | None:
    """Return the balance when account and PIN fit, else None; the same time for both faults.

    The PIN is compared with its hash; an unknown account costs a hash too.
    """
    row: Customer | None = Customer.objects.filter(
        account_number=account_number, state=CustomerState.ACTIVE
    ).first()
    encoded = row.pin_hash if row else ""
    fits = check_password(pin, encoded or "!")
    if row is None or not fits or row.balance is None:
        return None
    return AccountBalance(customer_id=row.pk, balance=row.balance)


def customer_flow_values(customer: Customer) -> dict[str, str]:
    """Return the custom fields that flows may branch on, as text. 1 query.

    Amounts with a point, dates as 2026-11-29, yes and no, several choices with commas as tags.
    """
    rows = CustomerField.objects.filter(in_flows=True, is_active=True)
    found = {}
    for key in rows.values_list("key", flat=True):
        value = customer.custom.get(key)
        found[key] = ",".join(value) if isinstance(value, list) else value_text(value)
    return found


# --- What a person may see ---


def sees_all_customers(user: User) -> bool:
    """Say whether the person sees every customer of his company."""
    return user.tenant is None or user.tenant.agents_see_all_customers or user.tier == ViewTier.ALL


def customer_visible_for(*, user: User) -> "QuerySet[Customer]":
    """Return the customers of every state that the person may see: the scope, in the query.

    With the company's setting that agents see all customers (as it begins) everybody sees all.
    Without it the view tier counts: an agent sees his own (owner or maker) and those of his calls
    of the last day, a manager his department's, others all. 3 to 5 queries for who is limited.
    """
    rows: QuerySet[Customer] = Customer.objects.filter(tenant=user.tenant)
    if sees_all_customers(user):
        return rows
    # Told as numbers, not as sub-queries: an OR with a sub-query has PostgreSQL believe that half
    # of all customers are his, and read them all.
    met = {pk for path in settings.HUAWU_CUSTOMERS_AT_WORK for pk in import_string(path)(user)}
    makers = {user.pk}
    if user.tier == ViewTier.DEPARTMENT:
        people = User.objects.filter(tenant=user.tenant, department__in=department_ids(user))
        makers |= set(people.values_list("pk", flat=True))
    return rows.filter(Q(owner__in=agent_ids(user)) | Q(created_by__in=makers) | Q(pk__in=met))


def customer_list_for(*, user: User) -> "QuerySet[Customer]":
    """Return the active customers that the person may see, newest first."""
    return (
        customer_visible_for(user=user)
        .filter(state=CustomerState.ACTIVE)
        .order_by("-created_at", "-pk")
    )


def customer_deleted_list_for(*, user: User) -> "QuerySet[Customer]":
    """Return the deleted customers that can still be brought back, newest deletion first."""
    return (
        customer_visible_for(user=user)
        .filter(state=CustomerState.DELETED, deleted_at__gt=timezone.now() - RESTORE_WITHIN)
        .order_by("-deleted_at", "-pk")
    )


def customer_search(rows: "QuerySet[Customer]", wanted: str, *, user: User) -> "QuerySet[Customer]":
    """Limit customers to those with every word in name, sound, number, e-mail or custom field.

    Who sees numbers masked finds a number only by typing it whole: by parts he could try out what
    is hidden.
    """
    for word in search_words(wanted):
        if word.isdigit() and user.sees_numbers_masked:
            numbers = CustomerNumber.objects.filter(lookup=lookup_key(word)).values("customer")
            ids = [Customer.objects.filter(**{at: word}).values("pk") for at in WHOLE_FIELDS]
            rows = rows.filter(pk__in=numbers.union(*ids, all=True))
            continue
        rows = rows.filter(search_text__contains=telling_part(word))
        if telling_part(word) != word:
            rows = rows.alias(**{f"at_{word}": StrIndex("search_text", Value(word))})
            rows = rows.filter(**{f"at_{word}__gt": 0})
    return rows


def customer_search_few(rows: "QuerySet[Customer]", wanted: str) -> list[int] | None:
    """Return the keys of all that a search found, newest first; None when it may find many.

    PostgreSQL does not know how many rows a part of a word finds. So what a telling word finds is
    read in no order, no more than `SEARCH_FEW`: mostly that is all there is, and the index of the
    text, which is most of the cost of a search, is read once. 0 or 1 query. Give rows that are
    searched and sorted newest first.
    """
    is_known = any(is_telling(word) for word in search_words(wanted))
    if not is_known or connection.vendor != "postgresql":
        return None
    found = list(rows.order_by().values_list("created_at", "pk")[: SEARCH_FEW + 1])
    return None if len(found) > SEARCH_FEW else [pk for _at, pk in sorted(found, reverse=True)]


def customer_search_steps(rows: "QuerySet[Customer]") -> "list[QuerySet[Customer]]":
    """Return a search that who sees all made, as one who leafs through it wants it. 0 or 1 query.

    Sorted, PostgreSQL walks from the newest customer on until the page is full, past a million of
    them for four digits. So the newest `SEARCH_NEWEST` are looked at alone, which is enough for a
    family name; what is rarer is found by the index of the text, and sorted then. Give rows that
    are searched and sorted newest first.
    """
    if connection.vendor != "postgresql":
        return [rows]
    since = _newest_since()
    if since is None:
        return [rows]
    # A sum is sorted by no index, so that the index of the text is what is left.
    at = ExpressionWrapper(F("created_at") + Value(timedelta()), output_field=DateTimeField())
    return [rows.filter(created_at__gt=since), rows.order_by(at.desc(), "-pk")]


def _newest_since() -> datetime | None:
    """Return when the `SEARCH_NEWEST`th newest customer in scope was made, None for fewer.

    Any time gives the beginning of the same list, so it is kept for a minute, for each company:
    to pass 20,000 entries of the index takes longer than many a search. 1 query, mostly none.
    """
    tenant_id = current_tenant_id()
    until, since = _NEWEST.get(tenant_id, (0.0, None))
    if since is None or until < monotonic():
        newest = Customer.objects.filter(state=CustomerState.ACTIVE).order_by("-created_at", "-pk")
        times = newest.values_list("created_at", flat=True)[SEARCH_NEWEST : SEARCH_NEWEST + 1]
        since = next(iter(times), None)
        _NEWEST[tenant_id] = (monotonic() + NEWEST_KEPT_S, since)
    return since


def customer_tagged(rows: "QuerySet[Customer]", tag: str) -> "QuerySet[Customer]":
    """Limit customers to those who carry the tag; an index on PostgreSQL, a scan on SQLite."""
    if connection.vendor == "postgresql":
        return rows.filter(tags__contains=[tag])
    return rows.alias(tags_text=Cast("tags", TextField())).filter(
        tags_text__contains=json.dumps(tag)
    )


def customer_untagged(rows: "QuerySet[Customer]") -> "QuerySet[Customer]":
    """Limit customers to those without a tag, and to whose tag is the sign for none (`-`)."""
    if connection.vendor == "postgresql":
        return rows.filter(Q(tags=[]) | Q(tags__contains=["-"]))
    rows = rows.alias(tags_text=Cast("tags", TextField()))
    return rows.filter(Q(tags=[]) | Q(tags_text__contains=json.dumps("-")))


def customer_with_custom(
    rows: "QuerySet[Customer]", key: str, value: object
) -> "QuerySet[Customer]":
    """Limit customers to one value of a custom field; of several choices, one among them."""
    if connection.vendor == "postgresql":
        return rows.filter(custom__contains={key: value})
    if isinstance(value, list):
        text = f"custom_{key}"
        rows = rows.alias(**{text: Cast(f"custom__{key}", TextField())})
        for one in value:
            rows = rows.filter(**{f"{text}__contains": json.dumps(one)})
        return rows
    return rows.filter(**{f"custom__{key}": value})


def customer_get_for(*, user: User, pk: int) -> Customer:
    """Return one customer whom the person may see; NotFoundError otherwise. 2 to 3 queries.

    Of a merged customer the one that was kept, so that old links lead to him.
    """
    rows = customer_visible_for(user=user).select_related("owner__user", "created_by")
    rows = rows.prefetch_related("numbers", "emails")
    found = rows.filter(pk=pk).first()
    for _step in range(5):
        if found is None or found.merged_into_id is None:
            break
        found = rows.filter(pk=found.merged_into_id).first()
    if found is None or found.state != CustomerState.ACTIVE:
        raise NotFoundError(f"customer {pk}")
    return found


def customer_deleted_get_for(*, user: User, pk: int) -> Customer:
    """Return one deleted customer whom the person may see; NotFoundError otherwise. 1 query."""
    found = customer_deleted_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"customer {pk}")
    return found


def customer_number_get_for(*, user: User, pk: int) -> CustomerNumber:
    """Return one number of a customer whom the person may see; NotFoundError otherwise. 1 query."""
    found: CustomerNumber | None = CustomerNumber.objects.filter(
        pk=pk,
        tenant=user.tenant,
        customer__in=customer_visible_for(user=user).filter(state=CustomerState.ACTIVE),
    ).first()
    if found is None:
        raise NotFoundError(f"customer number {pk}")
    return found
