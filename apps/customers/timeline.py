"""Everything that happened with a customer, newest first, from every app that knows something.

Each app gives a source (`HUAWU_CUSTOMER_TIMELINE`). All sources are cut at the same keyset
(time, kind, id), so a page costs the same however long the history is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from apps.accounts.models import User
from apps.customers.models import Customer, CustomerChange, CustomerNote

PAGE = 25


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `kind` says what, and with `pk` names the row.

    `title` and `detail` are for people; `number` is masked by who shows it; `target` is the page of
    which row it opens (kind, pk), None for what has none.
    """

    kind: str
    at: datetime
    pk: int
    title: str
    detail: str = ""
    who: str = ""
    number: str = ""
    target: tuple[str, int] | None = None

    @property
    def key(self) -> tuple[datetime, str, int]:
        """Return the place in the timeline; unique."""
        return (self.at, self.kind, self.pk)


@dataclass(frozen=True)
class Ask:
    """What a source is asked: whose history, for whom, older than what, how many at most.

    `found` is for what one source reads and another needs too.
    """

    user: User
    customer: Customer
    numbers: Sequence[str]
    before: tuple[datetime, str, int] | None
    most: int
    found: dict[str, Any] = field(default_factory=dict, compare=False)

    def cut(self, rows: "QuerySet[Any]", kind: str, at: str) -> list[Any]:
        """Return the rows after the place asked for, newest first. 1 query on an index of `at`.

        What belongs to a call stands at the call's time (`call__started_at`): there is an index of
        a customer's calls by time, and none of what hangs on them.
        """
        if self.before is not None:
            moment, its_kind, pk = self.before
            older = Q(**{f"{at}__lt": moment})
            if kind < its_kind:
                older = Q(**{f"{at}__lte": moment})
            elif kind == its_kind:
                older |= Q(**{at: moment, "pk__lt": pk})
            rows = rows.filter(older)
        return list(rows.order_by(f"-{at}", "-pk")[: self.most])


class Source(Protocol):
    """One app's part of the timeline, at most `ask.most` entries, newest first."""

    def __call__(self, ask: Ask) -> list[Entry]:
        """Return the entries that the person may see."""


@dataclass(frozen=True)
class Page:
    """Entries, newest first, and where the next page begins; '' after the last."""

    entries: list[Entry]
    after: str


def customer_timeline(*, customer: Customer, user: User, after: str = "", most: int = PAGE) -> Page:
    """Return one page of the timeline. 1 to 2 queries a source.

    `after` is an earlier page's; nonsense begins anew.
    """
    numbers = list(customer.numbers.values_list("lookup", flat=True))
    ask = Ask(user, customer, numbers, cursor_read(after), most + 1)
    found: list[Entry] = []
    for path in settings.HUAWU_CUSTOMER_TIMELINE:
        source: Source = import_string(path)
        found.extend(source(ask))
    found.sort(key=lambda entry: entry.key, reverse=True)
    page = found[:most]
    return Page(page, cursor_write(page[-1]) if len(found) > most else "")


def cursor_write(entry: Entry) -> str:
    """Return the place after this entry as text for an address."""
    return f"{entry.at.isoformat()}~{entry.kind}~{entry.pk}"


def cursor_read(text: str) -> tuple[datetime, str, int] | None:
    """Return the place that a text names, None for nonsense."""
    at, _, rest = text[:100].partition("~")
    kind, _, pk = rest.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        found = (moment, kind, int(pk)) if pk.isascii() and pk.isdigit() else None
    except ValueError:
        return None
    # A time without a zone cannot be compared; the database has no NUL and no id beyond 2**63.
    is_sound = found is not None and moment.tzinfo is not None and kind.isalpha()
    return found if is_sound and len(pk) < 19 else None


def note_entries(ask: Ask) -> list[Entry]:
    """Return what people wrote about the customer."""
    rows = CustomerNote.objects.filter(customer=ask.customer).select_related("author")
    return [
        Entry("note", row.created_at, row.pk, row.text, who=_name(row.author))
        for row in ask.cut(rows, "note", "created_at")
    ]


def change_entries(ask: Ask) -> list[Entry]:
    """Return how the customer's fields changed; `detail` names the fields."""
    rows = CustomerChange.objects.filter(customer=ask.customer).select_related("actor")
    return [
        Entry(
            "change",
            row.created_at,
            row.pk,
            row.what,
            detail=", ".join(row.fields),
            who=_name(row.actor),
        )
        for row in ask.cut(rows, "change", "created_at")
    ]


def _name(user: User | None) -> str:
    return user.display_name if user else ""
