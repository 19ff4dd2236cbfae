"""Everything that is kept about one person, as a ZIP (PIPL art. 45, GDPR art. 15)."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.services import audit_record
from apps.core.errors import ForbiddenError
from apps.customers.merges import row_of
from apps.customers.models import Customer
from apps.customers.timeline import Entry, customer_timeline

IN_MEMORY = 2 * 1024 * 1024
PAGE = 500
MAY = (Role.TEAM_LEAD, Role.ADMIN)


def subject_export(*, customer: Customer, user: User) -> IO[bytes]:
    """Return a ZIP of the person's data, open at its beginning; audited.

    `customer.json` the fields, `timeline.json` what the person who asks may see of the history,
    `recordings.json` the list of recordings with their addresses. Memory stays flat: the timeline
    is written page by page. Raises ForbiddenError for others than team leads and admins.
    """
    if user.role not in MAY:
        raise ForbiddenError(user.username)
    audit_record(
        actor=user,
        tenant_id=customer.tenant_id,
        action="customer.subject_export",
        object_type="customer",
        object_id=customer.pk,
    )
    made = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    recordings: list[dict[str, Any]] = []
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customer.json", _json(_fields(customer)))
        with archive.open("timeline.json", "w") as file:
            file.write(b"[")
            for position, entry in enumerate(_history(customer, user)):
                row = _row(entry)
                if entry.kind == "recording":
                    recordings.append({**row, "audio": f"/recordings/{entry.pk}/audio"})
                file.write((b",\n" if position else b"\n") + _json(row).encode())
            file.write(b"\n]\n")
        archive.writestr("recordings.json", _json(recordings))
    made.seek(0)
    return made


def _history(customer: Customer, user: User) -> Iterator[Entry]:
    after = ""
    while True:
        page = customer_timeline(customer=customer, user=user, after=after, most=PAGE)
        yield from page.entries
        if not page.after:
            return
        after = page.after


def _fields(customer: Customer) -> dict[str, Any]:
    row = row_of(customer)
    row.pop("pin_hash")
    return {
        **row,
        "id": customer.pk,
        "created_at": customer.created_at,
        "exported_at": timezone.now(),
        "numbers": list(customer.numbers.values("as_typed", "lookup", "label", "is_primary")),
        "emails": list(customer.emails.values("address", "is_primary")),
    }


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "id": entry.pk,
        "at": entry.at,
        "title": entry.title,
        "detail": entry.detail,
        "who": entry.who,
        "number": entry.number,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder, indent=1)
