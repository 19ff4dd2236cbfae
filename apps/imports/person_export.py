"""Everything about one person as a file, for his request; asked for on his page."""

from pathlib import Path

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.customers.models import Customer
from apps.customers.selectors import customer_get_for
from apps.customers.subject import subject_asked, subject_need, subject_write
from apps.imports.choices import ExportKind
from apps.imports.exports import Tell

KEY = "person"


def person_query(customer: Customer) -> str:
    """Return what an export of this person is asked for with."""
    return f"customer={customer.pk}"


class PersonExport:
    """A ZIP of one customer, by `customer` in the query."""

    key = KEY
    label = _("Everything about one person")

    def asked(self, user: User, query: QueryDict) -> str:
        """Look whether he may, and write down that he asked."""
        found = _customer(user, query)
        subject_asked(customer=found, user=user)
        # As it is looked for when the person is forgotten, whatever was typed.
        return person_query(found)

    def kind(self, query: QueryDict) -> ExportKind:
        """Return that it is a ZIP."""
        return ExportKind.ZIP

    def write(self, user: User, query: QueryDict, path: Path, tell: Tell) -> int:
        """Write the ZIP, with what the person may see now."""
        found = _customer(user, query)
        with path.open("wb") as target:
            return subject_write(customer=found, user=user, target=target, tell=tell)


def _customer(user: User, query: QueryDict) -> Customer:
    subject_need(user=user)
    key = query.get("customer", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise NotFoundError(f"customer {key[:20]!r}")
    return customer_get_for(user=user, pk=int(key))
