"""The timeline and the numbers of a customer as a page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.calls.choices import Direction, Outcome
from apps.core.phone_numbers import phone_number
from apps.customers.models import Customer
from apps.customers.timeline import Entry
from apps.recordings.models import RecordingState

PAGES = {
    "call": "console:call",
    "task": "console:task",
    "work_order": "console:work-order",
    "voicemail": "console:voicemail-message",
}


@dataclass(frozen=True)
class Row:
    """One line of the timeline; `number` is already masked for who looks."""

    kind: str
    label: str
    at: datetime
    text: str
    detail: str
    who: str
    number: str
    address: str


def timeline_rows(entries: Sequence[Entry], user: User) -> list[Row]:
    """Return entries with labels, and numbers as the person may see them. No query."""
    labels = {
        "call": _("Call"),
        "recording": _("Recording"),
        "voicemail": _("Voicemail"),
        "note": _("Note"),
        "task": _("Task"),
        "work_order": _("Work order"),
        "survey": _("Survey"),
        "disposition": _("Disposition"),
        "change": _("Change"),
    }
    return [
        Row(
            kind=entry.kind,
            label=labels.get(entry.kind, entry.kind),
            at=entry.at,
            text=_text(entry),
            detail=_detail(entry),
            who=entry.who,
            number=number_for(user, entry.number),
            address=_address(entry),
        )
        for entry in entries
    ]


def _text(entry: Entry) -> str:
    if entry.kind == "call":
        return str(dict(Direction.choices).get(entry.title, entry.title))
    if entry.kind == "recording":
        return str(dict(RecordingState.choices).get(entry.title, entry.title))
    if entry.kind == "change":
        return change_texts().get(entry.title, entry.title)
    return entry.title


def _detail(entry: Entry) -> str:
    if entry.kind == "call":
        return str(dict(Outcome.choices).get(entry.detail, entry.detail))
    if entry.kind == "change":
        names = field_texts()
        return ", ".join(
            names.get(name, name.removeprefix("custom."))
            for name in filter(None, entry.detail.split(", "))
        )
    return entry.detail


def change_texts() -> dict[str, str]:
    """Return what the kinds of changes are called."""
    return {
        "created": _("created"),
        "changed": _("changed"),
        "deleted": _("deleted"),
        "restored": _("brought back"),
        "merged": _("merged with another"),
        "unmerged": _("merge undone"),
    }


def field_texts() -> dict[str, str]:
    """Return what the fields are called in changes and merges."""
    return {
        "name": _("Name"),
        "contact_name": _("Contact person"),
        "numbers": _("Telephone numbers"),
        "emails": _("E-mail addresses"),
        "level": _("Level"),
        "kind": _("Type"),
        "source": _("Source"),
        "owner": _("Owner agent"),
        "tags": _("Tags"),
        "gender": _("Gender"),
        "born_on": _("Birthday"),
        "province": _("Province"),
        "city": _("City"),
        "address": _("Address"),
        "account_number": _("Account number"),
        "balance": _("Balance"),
        "note": _("Note"),
    }


def _address(entry: Entry) -> str:
    if entry.target is None:
        return ""
    kind, pk = entry.target
    return reverse(PAGES[kind], args=[pk]) if kind in PAGES else ""


def number_rows(customer: Customer, user: User) -> list[dict[str, Any]]:
    """Return the numbers, main one first, with region and carrier as far as known. No query."""
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    rows = sorted(customer.numbers.all(), key=lambda row: (not row.is_primary, row.pk))
    found = []
    for row in rows:
        known = phone_number(row.lookup, language)
        found.append(
            {
                "row": row,
                "region": known.region,
                "carrier": known.carrier,
                "is_hidden": number_for(user, row.as_typed) != row.as_typed,
                "data": phonenumbers.__version__,
            }
        )
    return found
