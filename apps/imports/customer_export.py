"""Customers as a list that can be exported, with the fields that an import takes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.customers.choices import Gender
from apps.customers.filters import CustomerFilter
from apps.customers.models import Customer
from apps.customers.selectors import customer_list_for
from apps.customers.vocabulary import CUSTOM, Vocabulary, exchange_fields, vocabulary
from apps.imports.exports import ExportColumn

Narrow = Callable[["QuerySet[Customer]", User, QueryDict], "QuerySet[Customer]"]


@dataclass(frozen=True)
class AskedBy:
    """What a filter wants of a request: a worker has only the person."""

    user: User


def by_filter(rows: "QuerySet[Customer]", user: User, query: QueryDict) -> "QuerySet[Customer]":
    """Limit customers as their list does. What the filter refuses leaves nothing out there, too."""
    if not query:
        return rows
    found: QuerySet[Customer] = CustomerFilter(query, queryset=rows, request=AskedBy(user)).qs
    return found


class CustomersExport:
    """The customers whom the person may see, as his list shows them."""

    key = "customers"
    label = _("Customers")

    def __init__(self, narrow: Narrow = by_filter) -> None:
        self._narrow = narrow

    def columns(self) -> list[ExportColumn]:
        """Return the fields of import and export, and when they were made. 5 queries."""
        words = vocabulary()
        columns = [
            ExportColumn(str(spec.label), _reader(spec.name, words), spec.name == "numbers")
            for spec in exchange_fields(words)
        ]
        return [*columns, ExportColumn(str(_("Created at")), lambda row: row.created_at)]

    def rows(self, user: User, query: QueryDict) -> "QuerySet[Customer]":
        """Return the customers in sight."""
        rows = self._narrow(customer_list_for(user=user), user, query)
        return rows.select_related("owner").prefetch_related("numbers", "emails")


def _reader(name: str, words: Vocabulary) -> Callable[[Customer], Any]:
    """Return what reads a field of a customer, in the words that an import understands."""
    genders = {value: str(label) for value, label in Gender.choices}
    coded = {"level": words.levels, "type": words.types, "source": words.sources}
    if name.startswith(CUSTOM):
        return lambda row: row.custom.get(name.removeprefix(CUSTOM))
    if name in coded:
        column = "kind" if name == "type" else name
        return lambda row: _word(coded[name], getattr(row, column))
    readers: dict[str, Callable[[Customer], Any]] = {
        "numbers": lambda row: [
            one.as_typed
            for one in sorted(row.numbers.all(), key=lambda n: (not n.is_primary, n.pk))
        ],
        "emails": lambda row: [one.address for one in row.emails.all()],
        "owner": lambda row: row.owner.number if row.owner else "",
        "gender": lambda row: genders.get(row.gender, row.gender),
    }
    return readers.get(name, lambda row: getattr(row, name))


def _word(words: Any, code: str) -> str:
    return words[code].name if code in words else code
