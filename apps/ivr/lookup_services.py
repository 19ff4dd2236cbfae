"""Write PINs and HTTP look-ups: what is secret goes in and never comes out."""

import json
from collections.abc import Mapping

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.sealing import seal
from apps.ivr.models import HttpLookup, Pin, PinTries


def pin_set(*, pin: Pin, digits: str, actor: User | None = None) -> None:
    """Keep the hash of a new PIN and forget all wrong tries. Writes the audit trail."""
    with transaction.atomic():
        pin.pin_hash = make_password(digits)
        pin.save(update_fields=["pin_hash", "updated_at"])
        PinTries.objects.filter(pin=pin).delete()
        audit_record(
            actor=actor,
            tenant_id=pin.tenant_id,
            action="pin.set",
            object_type="pin",
            object_id=pin.pk,
        )


def http_lookup_changed(
    *, lookup: HttpLookup, headers: Mapping[str, str] | None, actor: User | None = None
) -> None:
    """Note a change of a saved look-up; `headers` None leaves those that it has.

    They are sealed before they are kept; the audit trail holds their names only.
    """
    with transaction.atomic():
        if headers is not None:
            lookup.headers_sealed = seal(json.dumps(dict(headers))) if headers else ""
            lookup.save(update_fields=["headers_sealed", "updated_at"])
        audit_record(
            actor=actor,
            tenant_id=lookup.tenant_id,
            action="http_lookup.change",
            object_type="http_lookup",
            object_id=lookup.pk,
            detail={"headers": sorted(headers) if headers is not None else None},
        )
