"""Make two customers one, and two again: one transaction each, nothing lost."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.customers.choices import CustomerState
from apps.customers.errors import MergeRefusedError, UndoRefusedError
from apps.customers.models import (
    Customer,
    CustomerEmail,
    CustomerMerge,
    CustomerNumber,
    DuplicateDismissal,
    ErasureProposal,
)
from apps.customers.services import change_record, customer_save, customer_texts

UNDO_WITHIN = timedelta(days=30)
CHOSEN = (
    *("name", "contact_name", "level", "kind", "source", "owner", "gender", "born_on"),
    *("province", "city", "address", "account_number"),
)
"""What is taken from one of the two. The account brings its PIN and balance; numbers, addresses and
tags are united, notes joined, custom fields chosen one by one as `custom.<key>`."""
KEPT, ABSORBED = "kept", "absorbed"
NOT_KEPT = frozenset({"id", "tenant", "created_at", "updated_at", "search_text"})
NOT_HISTORY: tuple[type[models.Model], ...] = (
    Customer,
    CustomerNumber,
    CustomerEmail,
    CustomerMerge,
    DuplicateDismissal,
    # Who is proposed to be forgotten is not whom he became one with.
    ErasureProposal,
)


def history_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Return every model and field that points at a customer: what a merge moves.

    The registry is Django's own: an app that comes later joins in by its ForeignKey.
    """
    for relation in Customer._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            model = relation.related_model
            assert isinstance(model, type)  # noqa: S101 - resolved once the apps are loaded
            if model not in NOT_HISTORY:
                yield model, relation.field.name


def merge_defaults(kept: Customer, absorbed: Customer) -> dict[str, str]:
    """Return what the preview proposes: the kept one's value unless it is empty. No query."""
    names = [*CHOSEN, *(f"custom.{key}" for key in sorted({*kept.custom, *absorbed.custom}))]
    return {
        name: ABSORBED if not _value(kept, name) and _value(absorbed, name) else KEPT
        for name in names
    }


def customer_merge(
    *, kept: Customer, absorbed: Customer, choice: Mapping[str, str], actor: User
) -> CustomerMerge:
    """Merge the second into the first; `choice` is {field: kept or absorbed}, rest by default.

    Moves numbers, addresses, notes, changes, and the history of every app. One transaction; about
    20 queries whatever the number of calls. Raises MergeRefusedError.
    """
    with transaction.atomic():
        kept, absorbed = _both_locked(kept.pk, absorbed.pk)
        before = {KEPT: row_of(kept), ABSORBED: row_of(absorbed)}
        texts = customer_texts(kept)
        taken = {**merge_defaults(kept, absorbed), **choice}
        moved = _lists_move(kept, absorbed)
        moved |= _history_move(kept, absorbed)
        _fields_take(kept, absorbed, taken)
        absorbed.account_number = ""
        absorbed.state = CustomerState.MERGED
        absorbed.merged_into = kept
        absorbed.save()
        customer_save(kept)
        kept.refresh_from_db()
        change_record(kept, "merged", actor, texts)
        made: CustomerMerge = CustomerMerge.objects.create(
            tenant_id=kept.tenant_id,
            kept=kept,
            absorbed=absorbed,
            actor=actor,
            before=before,
            after=row_of(kept),
            moved=moved,
        )
        _audit(actor, made, "customer.merge")
    return made


def merge_undo(*, merge: CustomerMerge, actor: User, now: datetime | None = None) -> None:
    """Make the two again what they were. What was changed in the kept one since stays.

    Calls since the merge stay with the kept one. Raises UndoRefusedError: undone already, over 30
    days old, or the kept one is itself gone. One transaction.
    """
    now = now or timezone.now()
    with transaction.atomic():
        found = CustomerMerge.objects.select_for_update(no_key=True, of=("self",)).get(pk=merge.pk)
        if found.undone_at is not None or found.created_at <= now - UNDO_WITHIN:
            raise UndoRefusedError(f"merge {found.pk}")
        rows = {
            row.pk: row
            for row in Customer.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in=(found.kept_id, found.absorbed_id))
            .order_by("pk")
        }
        kept, absorbed = rows[found.kept_id], rows[found.absorbed_id]
        if kept.state != CustomerState.ACTIVE or absorbed.state != CustomerState.MERGED:
            raise UndoRefusedError(f"merge {found.pk}")
        _moved_back(found, kept, absorbed)
        _fields_back(kept, found)
        customer_save(kept)
        for name, value in found.before[ABSORBED].items():
            _set(absorbed, name, value)
        customer_save(absorbed)
        change_record(kept, "unmerged", actor)
        found.undone_at, found.undone_by = now, actor
        found.save(update_fields=["undone_at", "undone_by", "updated_at"])
        _audit(actor, found, "customer.merge_undo")


def merges_undoable(customer: Customer, now: datetime | None = None) -> list[CustomerMerge]:
    """Return the merges into this customer that can still be undone, newest first. 1 query."""
    now = now or timezone.now()
    return list(
        CustomerMerge.objects.filter(
            kept=customer, undone_at=None, created_at__gt=now - UNDO_WITHIN
        )
        .select_related("absorbed")
        .only("created_at", "absorbed__name")
        .order_by("-pk")
    )


def row_of(customer: Customer) -> dict[str, Any]:
    """Return the row's columns as plain JSON, without those that every write changes."""
    found = {}
    for column in Customer._meta.concrete_fields:
        if column.name in NOT_KEPT:
            continue
        value = getattr(customer, column.attname)
        if not isinstance(value, str | int | list | dict | None):
            value = column.value_to_string(customer)
        found[column.attname] = value
    return found


def _both_locked(kept_id: int, absorbed_id: int) -> tuple[Customer, Customer]:
    rows = {
        row.pk: row
        for row in Customer.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=(kept_id, absorbed_id), state=CustomerState.ACTIVE)
        .order_by("pk")
    }
    if len(rows) != 2:
        raise MergeRefusedError(f"{kept_id}, {absorbed_id}")
    return rows[kept_id], rows[absorbed_id]


def _value(customer: Customer, name: str) -> Any:
    if name.startswith("custom."):
        return customer.custom.get(name.removeprefix("custom."))
    return getattr(customer, f"{name}_id" if name == "owner" else name)


def _fields_take(kept: Customer, absorbed: Customer, taken: Mapping[str, str]) -> None:
    custom = dict(kept.custom)
    for name, side in taken.items():
        if side != ABSORBED:
            continue
        key = name.removeprefix("custom.")
        if name in CHOSEN:
            setattr(kept, name, getattr(absorbed, name))
        elif name.startswith("custom."):
            custom.pop(key, None)
            if key in absorbed.custom:
                custom[key] = absorbed.custom[key]
    if taken.get("account_number") == ABSORBED:
        kept.pin_hash, kept.balance = absorbed.pin_hash, absorbed.balance
    kept.custom = custom
    kept.tags = list(dict.fromkeys([*kept.tags, *absorbed.tags]))
    kept.note = "\n".join(dict.fromkeys(filter(None, (kept.note, absorbed.note))))


def _lists_move(kept: Customer, absorbed: Customer) -> dict[str, list[int]]:
    """Move numbers and addresses that the kept one lacks; the rest stays where it was."""
    moved: dict[str, list[int]] = {}
    for model in (CustomerNumber, CustomerEmail):
        rows: Any = model.objects
        known = rows.filter(customer=kept).values_list("lookup", flat=True)
        theirs = list(rows.filter(customer=absorbed).exclude(lookup__in=list(known)))
        label = model._meta.label_lower
        moved[label] = [row.pk for row in theirs]
        main = [row.pk for row in theirs if row.is_primary]
        changes: dict[str, Any] = {"customer": kept}
        if rows.filter(customer=kept, is_primary=True).exists():
            changes["is_primary"] = False
            moved[f"{label}:main"] = main
        rows.filter(pk__in=moved[label]).update(**changes)
    return moved


def _history_move(kept: Customer, absorbed: Customer) -> dict[str, list[int]]:
    moved = {}
    for model, field in history_fields():
        rows = model._default_manager.filter(**{field: absorbed})
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if ids:
            moved[f"{model._meta.label_lower}.{field}"] = ids
            rows.update(**{field: kept})
    return moved


def _moved_back(merge: CustomerMerge, kept: Customer, absorbed: Customer) -> None:
    for model in (CustomerNumber, CustomerEmail):
        label = model._meta.label_lower
        rows: Any = model.objects
        rows.filter(pk__in=merge.moved.get(label, []), customer=kept).update(customer=absorbed)
        main = merge.moved.get(f"{label}:main", [])
        rows.filter(pk__in=main, customer=absorbed).update(is_primary=True)
    for other, field in history_fields():
        ids = merge.moved.get(f"{other._meta.label_lower}.{field}", [])
        if ids:
            rows = other._default_manager.filter(pk__in=ids, **{field: kept})
            rows.update(**{field: absorbed})


def _fields_back(kept: Customer, merge: CustomerMerge) -> None:
    now = row_of(kept)
    for name, old in merge.before[KEPT].items():
        if name == "custom":
            kept.custom = _custom_back(now[name], old, merge.after.get(name, {}))
        elif now[name] == merge.after.get(name):
            _set(kept, name, old)


def _custom_back(
    now: Mapping[str, Any], old: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    found = {}
    for key in {**now, **old}:
        value = old.get(key) if now.get(key) == after.get(key) else now.get(key)
        if value is not None:
            found[key] = value
    return found


def _set(customer: Customer, name: str, value: Any) -> None:
    column = Customer._meta.get_field(name.removesuffix("_id") if name != "id" else name)
    assert isinstance(column, models.Field)  # noqa: S101 - concrete by `row_of`
    is_plain = value is None or isinstance(value, list | dict)
    setattr(customer, name, value if is_plain else column.to_python(value))


def _audit(actor: User, merge: CustomerMerge, action: str) -> None:
    audit_record(
        actor=actor,
        tenant_id=merge.tenant_id,
        action=action,
        object_type="customer",
        object_id=merge.kept_id,
        detail={"absorbed": merge.absorbed_id, "merge": merge.pk},
    )
