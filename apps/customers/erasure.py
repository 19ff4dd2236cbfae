"""Forget a person: who he was goes, what was counted stays (PIPL art. 47, GDPR art. 17)."""

from collections.abc import Sequence
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.customers.choices import CustomerState, SecondPerson
from apps.customers.erasure_models import ErasurePolicy
from apps.customers.errors import SecondPersonNeededError
from apps.customers.models import Customer, CustomerMerge
from apps.customers.services import customer_lock

EMPTY = (
    *("contact_name", "gender", "province", "city", "address", "note", "account_number"),
    *("pin_hash", "name_key", "search_text"),
)


class Eraser(Protocol):
    """Takes a person out of one app's rows."""

    def __call__(self, customer: Customer, numbers: Sequence[str]) -> int:
        """Hide him; return how many rows were his. Inside the erasure's transaction."""


def may_erase(user: User, tenant_id: int) -> bool:
    """Say whether the person may forget customers of the company: its admins who may sign in."""
    return user.is_active and user.role == Role.ADMIN and user.tenant_id == tenant_id


def second_person_needed(tenant_id: int) -> bool:
    """Say whether the company wants four eyes. 2 queries at most."""
    policy = ErasurePolicy.objects.filter(tenant=tenant_id).first() or ErasurePolicy()
    if policy.second_person != SecondPerson.AUTO:
        return bool(policy.second_person == SecondPerson.ALWAYS)
    admins = User.objects.filter(tenant_id=tenant_id, role=Role.ADMIN, is_active=True).values_list(
        "pk", flat=True
    )[:2]
    return len(admins) == 2


def customer_erase(*, customer: Customer, actor: User) -> dict[str, int]:
    """Make the customer anonymous for good; admins only, alone where the company allows it.

    As `erase`. Raises SecondPersonNeededError, ForbiddenError, NotFoundError.
    """
    if not may_erase(actor, customer.tenant_id):
        raise ForbiddenError(actor.username)
    if second_person_needed(customer.tenant_id):
        raise SecondPersonNeededError(str(customer.pk))
    return erase(customer_id=customer.pk, actor=actor)


def erase(*, customer_id: int, actor: User, proposal_id: int | None = None) -> dict[str, int]:
    """Erase, who may having been looked at. One transaction; no way back.

    Owner, level, type, source and the day of creation stay: they are counted and name nobody.
    Customers who were merged into him are emptied too. Returns {app: rows}. Raises NotFoundError.
    """
    with transaction.atomic():
        locked = customer_lock(customer_id)
        done: dict[str, int] = {}
        for row in (locked, *_merged_into(locked)):
            for path in settings.HUAWU_CUSTOMER_ERASERS:
                eraser: Eraser = import_string(path)
                name = path.split(".")[1]
                done[name] = done.get(name, 0) + eraser(row, _numbers(row))
            _row_erase(row)
        audit_record(
            actor=actor,
            tenant_id=locked.tenant_id,
            action="customer.erase",
            object_type="customer",
            object_id=locked.pk,
            detail={"rows": done} | ({"proposal": proposal_id} if proposal_id else {}),
        )
    return done


def _merged_into(customer: Customer) -> list[Customer]:
    found: list[Customer] = []
    ids = [customer.pk]
    while ids:
        rows = list(
            Customer.objects.select_for_update(no_key=True, of=("self",)).filter(
                merged_into__in=ids
            )
        )
        found.extend(rows)
        ids = [row.pk for row in rows]
    return found


def _numbers(customer: Customer) -> list[str]:
    pairs = customer.numbers.values_list("lookup", "as_typed")
    return sorted({text for pair in pairs for text in pair})


def _row_erase(customer: Customer) -> None:
    for name in EMPTY:
        setattr(customer, name, "")
    customer.name = f"#{customer.pk}"
    customer.born_on, customer.balance = None, None
    customer.tags, customer.custom = [], {}
    customer.state = CustomerState.ERASED
    customer.save()
    customer.numbers.all().delete()
    customer.emails.all().delete()
    customer.notes.all().delete()
    customer.changes.update(fields={})
    # What an undo would need holds all of him.
    CustomerMerge.objects.filter(Q(kept=customer) | Q(absorbed=customer)).delete()
