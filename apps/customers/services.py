"""Write customers."""

from django.contrib.auth.hashers import make_password

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.form_text import form_text
from apps.customers.models import Customer

MAX_NOTE = 10_000


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


def customer_pin_set(*, customer: Customer, pin: str) -> None:
    """Set the PIN of account service; only its hash is kept."""
    customer.pin_hash = make_password(pin)
    customer.save(update_fields=["pin_hash", "updated_at"])
