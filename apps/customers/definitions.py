"""Write what a company defines for its customers: custom fields, levels, types, sources, tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.customers.choices import Colour, FieldKind, Level
from apps.customers.engine import field_values
from apps.customers.errors import CustomerRefusedError, WordInUseError, WordTakenError
from apps.customers.field_models import CustomerField, CustomerLevel, CustomerSource, CustomerType
from apps.customers.models import Customer, CustomerTag
from apps.customers.selectors import customer_tagged

MAX_FIELDS = 60
MAX_OPTIONS = 100
MAX_OPTION = 60
CHOOSES = (field_values.CHOICE, field_values.CHOICES)
FLAGS = ("is_required", "in_list", "is_searchable", "in_exchange", "in_flows", "is_active")
Word = CustomerLevel | CustomerType | CustomerSource


def customer_field_save(
    *,
    tenant_id: int,
    actor: User,
    values: Mapping[str, Any],
    field: CustomerField | None = None,
) -> CustomerField:
    """Make or change a custom field; key and kind of an existing one stay. 4 queries.

    Raises CustomerRefusedError by field. An option that is taken away stays in customers who have
    it, until somebody saves them.
    """
    row = field or CustomerField(
        tenant_id=tenant_id,
        key=str(values.get("key", "")).strip(),
        kind=str(values.get("kind", "")),
    )
    faults = {}
    row.label = " ".join(str(values.get("label", row.label)).replace("\0", "").split())
    row.help_text = str(values.get("help_text", row.help_text)).replace("\0", "").strip()
    for flag in FLAGS:
        setattr(row, flag, bool(values.get(flag, getattr(row, flag))))
    row.position = int(values.get("position") or 0)
    row.options = options_clean(values.get("options", row.options))
    if row.kind not in FieldKind.values:
        faults["kind"] = _("Choose one.")
    elif row.kind in CHOOSES and not row.options:
        faults["options"] = _("A choice needs options, one a line.")
    elif row.kind not in CHOOSES:
        row.options = []
    if len(row.options) > MAX_OPTIONS or any(len(one) > MAX_OPTION for one in row.options):
        faults["options"] = _("At most 100 options of 60 characters.")
    if field is None and CustomerField.objects.count() >= MAX_FIELDS:
        faults["key"] = _("There are 60 fields already.")
    try:
        row.full_clean(exclude=["tenant", *faults], validate_constraints=False)
    except ValidationError as error:
        faults |= {name: " ".join(texts) for name, texts in error.message_dict.items()}
    if faults:
        raise CustomerRefusedError(faults)
    try:
        with transaction.atomic():
            row.save()
            _audit(actor, tenant_id, "customer.field", row.pk, {"key": row.key})
    except IntegrityError as error:
        raise CustomerRefusedError({"key": str(WordTakenError.text)}) from error
    return row


def options_clean(raw: Any) -> list[str]:
    """Return options from a list or from lines; blanks and repeats are left out."""
    lines: Sequence[Any] = raw.splitlines() if isinstance(raw, str) else list(raw or [])
    found = (" ".join(str(line).replace("\0", "").split()) for line in lines)
    # A value of several choices is written with `;` between them.
    return list(dict.fromkeys(one.replace(";", ",") for one in found if one))


def customer_field_delete(*, field: CustomerField, actor: User) -> None:
    """Remove a field that no customer has a value of; else WordInUseError: switch it off."""
    if Customer.objects.filter(custom__has_key=field.key).exists():
        raise WordInUseError(field.key)
    with transaction.atomic():
        _audit(actor, field.tenant_id, "customer.field_delete", field.pk, {"key": field.key})
        field.delete()


def word_save(
    *,
    model: type[Word],
    tenant_id: int,
    actor: User,
    name: str,
    code: str = "",
    position: int = 0,
    is_active: bool = True,
    colour: str = "",
    word: Any = None,
) -> Any:
    """Make or change a level, type or source. The code is the name's unless given, and stays.

    Raises CustomerRefusedError without a name, WordTakenError. 2 to 4 queries.
    """
    clean = " ".join(name.replace("\0", "").split())[:60]
    if not clean:
        raise CustomerRefusedError({"name": _("This is needed.")})
    if word is None:
        word = model(tenant_id=tenant_id, code=(" ".join(code.split()) or clean)[:30])
    word.name, word.position, word.is_active = clean, min(max(position, 0), 30_000), is_active
    if isinstance(word, CustomerLevel):
        if colour in Colour.values:
            word.colour = colour
        # Calls without a customer's level would be lost: the two that the product knows stay.
        if word.code in Level.values:
            word.is_active = True
    try:
        with transaction.atomic():
            word.save()
            _audit(actor, tenant_id, "customer.word", word.pk, {"code": word.code})
    except IntegrityError as error:
        raise WordTakenError(word.code) from error
    return word


def tag_save(
    *, tenant_id: int, actor: User, name: str, colour: str, tag: CustomerTag | None = None
) -> CustomerTag:
    """Make, recolour or rename a tag; a new name goes to every customer who carries it.

    Raises CustomerRefusedError without a name, WordTakenError. One transaction.
    """
    clean = " ".join(name.replace("\0", "").split())[:30]
    if not clean or ";" in clean or "," in clean:
        raise CustomerRefusedError({"name": _("A name without commas is needed.")})
    try:
        with transaction.atomic():
            row = tag or CustomerTag(tenant_id=tenant_id)
            old = row.name
            row.name = clean
            row.colour = colour if colour in Colour.values else Colour.SECONDARY
            row.save()
            if tag is not None and old != clean:
                _tag_replace(old, clean)
            _audit(actor, tenant_id, "customer.tag", row.pk, {"name": clean, "was": old})
    except IntegrityError as error:
        raise WordTakenError(clean) from error
    return row


def tag_delete(*, tag: CustomerTag, actor: User) -> None:
    """Remove a tag, from every customer too. One transaction."""
    with transaction.atomic():
        _tag_replace(tag.name, None)
        _audit(actor, tag.tenant_id, "customer.tag_delete", tag.pk, {"name": tag.name})
        tag.delete()


def _tag_replace(old: str, new: str | None) -> None:
    rows = customer_tagged(Customer.objects.all(), old).select_for_update(no_key=True, of=("self",))
    changed = []
    for customer in rows.only("pk", "tags").order_by("pk").iterator(chunk_size=2_000):
        found = [new if tag == old else tag for tag in customer.tags]
        customer.tags = list(dict.fromkeys(tag for tag in found if tag))
        changed.append(customer)
    Customer.objects.bulk_update(changed, ["tags"], batch_size=1_000)


def _audit(
    actor: User, tenant_id: int, action: str, object_id: int, detail: dict[str, Any]
) -> None:
    audit_record(
        actor=actor,
        tenant_id=tenant_id,
        action=action,
        object_type="customer_definition",
        object_id=object_id,
        detail=detail,
    )
