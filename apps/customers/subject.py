"""Everything that is kept about one person, as a ZIP (PIPL art. 45, GDPR art. 15)."""

import json
import zipfile
from collections.abc import Callable, Iterator
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

PAGE = 500
MAY = (Role.TEAM_LEAD, Role.ADMIN)
Tell = Callable[[int, int], bool]
"""Told (entries written, entries in all) now and then; False says to stop."""


def subject_need(*, user: User) -> None:
    """Raise ForbiddenError for others than team leads and admins."""
    if user.role not in MAY:
        raise ForbiddenError(user.username)


def subject_asked(*, customer: Customer, user: User) -> None:
    """Write down that the person asked for it. 1 query."""
    audit_record(
        actor=user,
        tenant_id=customer.tenant_id,
        action="customer.subject_export",
        object_type="customer",
        object_id=customer.pk,
    )


def subject_write(*, customer: Customer, user: User, target: IO[bytes], tell: Tell) -> int:
    """Write a ZIP of the person's data; return how many entries his history has.

    `customer.json` the fields, `timeline.json` what the person who asks may see of the history,
    `recordings.json` the list of recordings with their addresses. Memory stays flat: the timeline
    is written page by page, and leafed through once before, so that it can be told how far it is.
    Raises ForbiddenError for others than team leads and admins.
    """
    subject_need(user=user)
    recordings: list[dict[str, Any]] = []
    count, in_all = 0, 0
    for page in _pages(customer, user):
        in_all += len(page)
        if not tell(0, in_all):
            return 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customer.json", _json(_fields(customer)))
        with archive.open("timeline.json", "w") as file:
            file.write(b"[")
            for page in _pages(customer, user):
                for entry in page:
                    row = _row(entry)
                    if entry.kind == "recording":
                        recordings.append({**row, "audio": f"/recordings/{entry.pk}/audio"})
                    file.write((b",\n" if count else b"\n") + _json(row).encode())
                    count += 1
                if not tell(count, max(in_all, count)):
                    break
            file.write(b"\n]\n")
        archive.writestr("recordings.json", _json(recordings))
    return count


def _pages(customer: Customer, user: User) -> Iterator[list[Entry]]:
    after = ""
    while True:
        page = customer_timeline(customer=customer, user=user, after=after, most=PAGE)
        yield page.entries
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
