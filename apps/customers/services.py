"""Write customers. Field definitions are in `definitions`, merging in `merges`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.core.form_text import form_text
from apps.customers.choices import CustomerState
from apps.customers.engine.field_values import ValueRefusedError, value_text
from apps.customers.errors import CustomerRefusedError
from apps.customers.models import (
    Customer,
    CustomerChange,
    CustomerEmail,
    CustomerNote,
    CustomerNumber,
)
from apps.customers.parsing import (
    MAX_NOTE,
    MAX_ROWS,
    NumberValue,
    ParsedCustomer,
    customer_parse,
    number_parse,
    one_primary,
    refusal_text,
)
from apps.customers.vocabulary import Vocabulary, custom_field_list, vocabulary
from apps.customers.writing import (
    custom_merge,
    email_rows,
    number_rows,
    numbers_searched,
    search_fill,
    tags_ensure,
)

RESTORE_WITHIN = timedelta(days=30)
MAX_NOTE_ROW = 5_000
PLAIN = (
    *("name", "contact_name", "level", "kind", "source", "gender", "born_on", "province"),
    *("city", "address", "note", "account_number", "balance"),
)
"""The row's own columns that people write; owner, tags and custom fields come beside."""
LISTS = ["numbers", "emails"]


def customer_create(
    *,
    tenant_id: int,
    values: Mapping[str, Any],
    actor: User | None = None,
    words: Vocabulary | None = None,
) -> Customer:
    """Make one customer from texts or JSON (`parsing.customer_parse`). About 8 queries.

    Raises CustomerRefusedError with every fault by field; then nothing was written.
    """
    words = words or vocabulary()
    parsed = customer_parse(values, words=words, is_new=True)
    return customers_create(tenant_id=tenant_id, rows=[parsed], actor=actor, words=words)[0]


def customers_create(
    *, tenant_id: int, rows: Sequence[ParsedCustomer], actor: User | None, words: Vocabulary
) -> list[Customer]:
    """Make many customers in one transaction, 6 queries whatever their number.

    Raises CustomerRefusedError (field `account_number`) when an account number is taken; then
    none was made.
    """
    made = []
    for parsed in rows:
        customer = Customer(
            tenant_id=tenant_id,
            created_by=actor,
            tags=list(parsed.tags or ()),
            **parsed.columns,
        )
        customer.custom = custom_merge(customer, parsed)
        _search_fill_parsed(customer, parsed, words)
        made.append(customer)
    try:
        with transaction.atomic():
            tags_ensure(tenant_id, (tag for parsed in rows for tag in parsed.tags or ()))
            Customer.objects.bulk_create(made)
            pairs = list(zip(made, rows, strict=True))
            CustomerNumber.objects.bulk_create(
                [row for one, parsed in pairs for row in number_rows(one, parsed.numbers or ())]
            )
            CustomerEmail.objects.bulk_create(
                [row for one, parsed in pairs for row in email_rows(one, parsed.emails or ())]
            )
            CustomerChange.objects.bulk_create(
                [
                    CustomerChange(tenant_id=tenant_id, customer=one, actor=actor, what="created")
                    for one in made
                ]
            )
    except IntegrityError as error:
        raise _taken(error) from error
    return made


def customer_update(
    *,
    customer: Customer,
    values: Mapping[str, Any],
    actor: User | None = None,
    words: Vocabulary | None = None,
) -> Customer:
    """Change the fields that `values` names, and no others. About 8 queries.

    A list (numbers, emails, tags) replaces the whole list. Locks the row; what changed is kept as
    a `CustomerChange`. Raises CustomerRefusedError by field, NotFoundError for one that is gone.
    """
    words = words or vocabulary()
    parsed = customer_parse(values, words=words, is_new=False)
    return customer_write(customer=customer, parsed=parsed, actor=actor, words=words)


def customer_write(
    *, customer: Customer, parsed: ParsedCustomer, actor: User | None, words: Vocabulary
) -> Customer:
    """Write parsed values into one customer; as `customer_update`."""
    try:
        with transaction.atomic():
            locked = customer_lock(customer.pk)
            prefetch_related_objects([locked], *LISTS)
            before = customer_texts(locked)
            for name, value in parsed.columns.items():
                setattr(locked, name, value)
            if parsed.tags is not None:
                locked.tags = list(parsed.tags)
                tags_ensure(locked.tenant_id, parsed.tags)
            locked.custom = custom_merge(locked, parsed)
            if parsed.numbers is not None:
                _numbers_replace(locked, parsed.numbers)
            if parsed.emails is not None:
                _emails_replace(locked, parsed.emails)
            locked.refresh_from_db(fields=LISTS)  # forgets what was prefetched, asks nothing
            prefetch_related_objects([locked], *LISTS)
            customer_save(locked, words.fields.values())
            change_record(locked, "changed", actor, before)
    except IntegrityError as error:
        raise _taken(error) from error
    return locked


def customer_lock(pk: int) -> Customer:
    """Return the active customer, locked; inside a transaction. Raises NotFoundError. 1 query."""
    found: Customer | None = (
        Customer.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk=pk, state=CustomerState.ACTIVE)
        .first()
    )
    if found is None:
        raise NotFoundError(f"customer {pk}")
    return found


def customer_save(customer: Customer, fields: Iterable[Any] | None = None) -> None:
    """Save the row with its search text renewed from its numbers and addresses. 1 to 4 queries."""
    numbers = numbers_searched((row.as_typed, row.lookup) for row in customer.numbers.all())
    emails = [row.address for row in customer.emails.all()]
    used = custom_field_list() if fields is None else fields
    search_fill(customer, numbers=numbers, emails=emails, fields=used)
    customer.save()


def customer_texts(customer: Customer) -> dict[str, str]:
    """Return every field as text, for what changed. 2 to 4 queries, none of prefetched rows."""
    found = {name: value_text(getattr(customer, name)) for name in PLAIN}
    found["owner"] = customer.owner.number if customer.owner else ""
    found["tags"] = "; ".join(customer.tags)
    numbers = sorted(customer.numbers.all(), key=lambda row: (not row.is_primary, row.pk))
    found["numbers"] = "; ".join(row.as_typed for row in numbers)
    emails = sorted(customer.emails.all(), key=lambda row: (not row.is_primary, row.pk))
    found["emails"] = "; ".join(row.address for row in emails)
    for key, value in customer.custom.items():
        found[f"custom.{key}"] = value_text(value)
    return found


def change_record(
    customer: Customer, what: str, actor: User | None, before: Mapping[str, str] | None = None
) -> None:
    """Keep what changed since `before`; nothing when nothing did and that is all there is."""
    fields: dict[str, list[str]] = {}
    if before is not None:
        after = customer_texts(customer)
        fields = {
            name: [before.get(name, ""), after.get(name, "")]
            for name in sorted(before.keys() | after.keys())
            if before.get(name, "") != after.get(name, "")
        }
        if not fields and what == "changed":
            return
    CustomerChange.objects.create(
        tenant_id=customer.tenant_id, customer=customer, actor=actor, what=what, fields=fields
    )


def customer_number_add(
    *, customer: Customer, number: str, label: str = "", actor: User | None = None
) -> Customer:
    """Give the customer one number more; one that he has already changes nothing.

    Raises CustomerRefusedError (field `numbers`) for what is no number, and beyond 20.
    """
    try:
        value = number_parse({"number": number, "label": label})
    except ValueRefusedError as error:
        raise CustomerRefusedError({"numbers": refusal_text(error)}) from error
    with transaction.atomic():
        locked = customer_lock(customer.pk)
        before = customer_texts(locked)
        keys = set(locked.numbers.values_list("lookup", flat=True))
        if value.lookup in keys:
            return locked
        if len(keys) >= MAX_ROWS:
            raise CustomerRefusedError({"numbers": refusal_text(ValueRefusedError("many"))})
        main = not keys
        row = NumberValue(value.as_typed, value.lookup, value.label, is_primary=main)
        CustomerNumber.objects.bulk_create(number_rows(locked, [row]))
        customer_save(locked)
        change_record(locked, "changed", actor, before)
    return locked


def customer_note_update(*, customer: Customer, note: str, actor: User) -> None:
    """Save the note that the next call shows; at most `MAX_NOTE` characters."""
    customer.note = form_text(note, MAX_NOTE)
    customer.save(update_fields=["note", "updated_at"])
    audit_record(
        actor=actor,
        tenant_id=customer.tenant_id,
        action="customer.note",
        object_type="customer",
        object_id=customer.pk,
    )


def customer_note_add(*, customer: Customer, text: str, actor: User) -> CustomerNote:
    """Keep what somebody wrote about the customer. Raises CustomerRefusedError (field `text`)."""
    clean = text.replace("\0", "").strip()
    if not clean:
        raise CustomerRefusedError({"text": _("This is needed.")})
    if len(clean) > MAX_NOTE_ROW:
        raise CustomerRefusedError({"text": _("Too long.")})
    made: CustomerNote = CustomerNote.objects.create(
        tenant_id=customer.tenant_id, customer=customer, author=actor, text=clean
    )
    return made


def customer_pin_set(*, customer: Customer, pin: str) -> None:
    """Set the PIN of account service; only its hash is kept."""
    customer.pin_hash = make_password(pin)
    customer.save(update_fields=["pin_hash", "updated_at"])


def customer_delete(*, customer: Customer, actor: User) -> None:
    """Take the customer out of lists and calls; for 30 days he can be brought back."""
    with transaction.atomic():
        locked = customer_lock(customer.pk)
        locked.state = CustomerState.DELETED
        locked.deleted_at = timezone.now()
        locked.save(update_fields=["state", "deleted_at", "updated_at"])
        change_record(locked, "deleted", actor)
        _audit(locked, "customer.delete", actor)


def customer_restore(*, customer: Customer, actor: User) -> None:
    """Bring a deleted customer back. Raises NotFoundError when it is not deleted, or too long."""
    with transaction.atomic():
        count = Customer.objects.filter(
            pk=customer.pk,
            state=CustomerState.DELETED,
            deleted_at__gt=timezone.now() - RESTORE_WITHIN,
        ).update(state=CustomerState.ACTIVE, deleted_at=None, updated_at=timezone.now())
        if not count:
            raise NotFoundError(f"customer {customer.pk}")
        change_record(customer, "restored", actor)
        _audit(customer, "customer.restore", actor)


def _audit(customer: Customer, action: str, actor: User | None) -> None:
    audit_record(
        actor=actor,
        tenant_id=customer.tenant_id,
        action=action,
        object_type="customer",
        object_id=customer.pk,
    )


def _search_fill_parsed(customer: Customer, parsed: ParsedCustomer, words: Vocabulary) -> None:
    numbers = numbers_searched((row.as_typed, row.lookup) for row in parsed.numbers or ())
    search_fill(customer, numbers=numbers, emails=parsed.emails or (), fields=words.fields.values())


def _numbers_replace(customer: Customer, wanted: Sequence[NumberValue]) -> None:
    """Bring the rows in line; a number that stays keeps its row and, unless told, its label."""
    rows = {row.lookup: row for row in customer.numbers.all()}
    keys = {value.lookup for value in wanted}
    if rows.keys() - keys:
        customer.numbers.exclude(lookup__in=keys).delete()
    new = []
    for value in one_primary(wanted):
        row = rows.get(value.lookup)
        if row is None:
            new.append(value)
            continue
        told = (value.as_typed, value.is_primary, value.label or row.label)
        if told != (row.as_typed, row.is_primary, row.label):
            row.as_typed, row.is_primary, row.label = told
            row.save()
    CustomerNumber.objects.bulk_create(number_rows(customer, new))


def _emails_replace(customer: Customer, wanted: Sequence[str]) -> None:
    """Write the addresses anew, the first as the main one, unless they are there like that."""
    rows = sorted(customer.emails.all(), key=lambda row: (not row.is_primary, row.pk))
    if [row.address for row in rows] != list(wanted) or not all(row.is_primary for row in rows[:1]):
        customer.emails.all().delete()
        CustomerEmail.objects.bulk_create(email_rows(customer, wanted))


def _taken(error: IntegrityError) -> Exception:
    if "customer_account_unique" in str(error) or "account_number" in str(error):
        return CustomerRefusedError(
            {"account_number": _("Another customer has this account number.")}
        )
    return error
