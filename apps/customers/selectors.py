"""Read customers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.hashers import check_password
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.core.phone_numbers import lookup_key
from apps.core.tenancy import current_tenant_id
from apps.customers.models import BlacklistEntry, Customer, CustomerNumber

# Written out: building it through the ORM costs more than running it (tests/bench/lookup.py).
_BY_NUMBER = (
    "SELECT c.* FROM customers_customernumber n JOIN customers_customer c ON c.id = n.customer_id "
    "WHERE n.tenant_id = %s AND n.lookup = %s ORDER BY n.is_primary DESC, n.id LIMIT 1"
)


def customer_by_number(number: str) -> Customer | None:
    """Return the scoped customer with this number; a main number wins. 1 query.

    Raises ScopeError without a scope; under `all_tenants` any company's customer.
    """
    key = lookup_key(number)
    tenant_id = current_tenant_id()
    if tenant_id is None:
        row = (
            CustomerNumber.objects.filter(lookup=key)
            .select_related("customer")
            .order_by("-is_primary", "pk")
            .first()
        )
        return row.customer if row else None
    return next(iter(Customer.objects.raw(_BY_NUMBER, [tenant_id, key])), None)


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
    row: Customer | None = Customer.objects.filter(account_number=account_number).first()
    encoded = row.pin_hash if row else ""
    fits = check_password(pin, encoded or "!")
    if row is None or not fits or row.balance is None:
        return None
    return AccountBalance(customer_id=row.pk, balance=row.balance)


def customer_get_for(*, user: User, pk: int) -> Customer:
    """Return one customer of the person's company; NotFoundError otherwise. 2 queries."""
    found = (
        Customer.objects.select_related("owner__user")
        .prefetch_related("numbers")
        .filter(pk=pk, tenant=user.tenant)
        .first()
    )
    if found is None:
        raise NotFoundError(f"customer {pk}")
    return found


def customer_number_get_for(*, user: User, pk: int) -> CustomerNumber:
    """Return one number of a customer of the person's company; NotFoundError otherwise. 1 query."""
    found: CustomerNumber | None = CustomerNumber.objects.filter(pk=pk, tenant=user.tenant).first()
    if found is None:
        raise NotFoundError(f"customer number {pk}")
    return found
