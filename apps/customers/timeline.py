"""Everything that happened with a customer, newest first, from every app that knows something.

Each app gives a source (`HUAWU_CUSTOMER_TIMELINE`). All sources are cut at the same keyset
(time, kind, id), so a page costs the same however long the history is.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from apps.accounts.models import User
from apps.accounts.scope import scope_read_once
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

    What is older than `reach` comes on later pages: the sources asked before have enough that is
    newer. `found` is for what one source reads and another needs too.
    """

    user: User
    customer: Customer
    numbers: Sequence[str]
    before: tuple[datetime, str, int] | None
    most: int
    reach: datetime | None = None
    found: dict[str, Any] = field(default_factory=dict, compare=False)

    def cut(self, rows: "QuerySet[Any]", kind: str, at: str, columns: Sequence[str]) -> list[Any]:
        """Return the rows after the place asked for, newest first. 1 query on an index of `at`.

        What belongs to a call stands at the call's time (`call__started_at`): there is an index of
        a customer's calls by time, and none of what hangs on them.
        """
        return list(read_only(self.bounded(rows, kind, at), columns))

    def bounded(self, rows: "QuerySet[Any]", kind: str, at: str) -> "QuerySet[Any]":
        """Return the query for the rows after the place asked for, newest first."""
        if self.before is not None:
            moment, its_kind, pk = self.before
            # A bound of its own, by which the index begins at the place: an OR it would only filter
            # by, having read all that is newer.
            rows = rows.filter(**{f"{at}__lte" if kind <= its_kind else f"{at}__lt": moment})
            if kind == its_kind:
                rows = rows.filter(Q(**{f"{at}__lt": moment}) | Q(pk__lt=pk))
        if self.reach is not None:
            rows = rows.filter(**{f"{at}__gte": self.reach})
        return rows.order_by(f"-{at}", "-pk")[: self.most]


def read_only(rows: "QuerySet[Any]", columns: Sequence[str]) -> "QuerySet[Any]":
    """Have only these columns read, also of what the row points at (`agent__number`).

    A call with its agent has a hundred, and to write them all into a query takes longer than to
    run it.
    """
    joined = {path for path, _, _ in (name.rpartition("__") for name in columns) if path}
    rows = rows.select_related(None).only(*columns)
    return rows.select_related(*joined) if joined else rows


class Source(Protocol):
    """One app's part of the timeline, at most `ask.most` entries, newest first."""

    def __call__(self, ask: Ask) -> list[Entry]:
        """Return the entries that the person may see."""


_NEEDED: dict[Source, str] = {}


def only_with(label: str) -> Callable[[Source], Source]:
    """Have a source asked only when this model (`tasks.Task`) has rows of the customer.

    They are told by its columns `tenant_id` and `customer_id`, which has an index. Of most
    customers nothing but calls is known, and to learn that from all sources takes 8 queries.
    """

    def noted(source: Source) -> Source:
        _NEEDED[source] = label
        return source

    return noted


@dataclass(frozen=True)
class Page:
    """Entries, newest first, and where the next page begins; '' after the last."""

    entries: list[Entry]
    after: str


def customer_timeline(*, customer: Customer, user: User, after: str = "", most: int = PAGE) -> Page:
    """Return one page of the timeline. 1 query, and 1 to 3 for each source that has something.

    `after` is an earlier page's; nonsense begins anew.
    """
    numbers = [row.lookup for row in customer.numbers.all()]
    ask = Ask(user, customer, numbers, cursor_read(after), most + 1)
    sources: list[Source] = [import_string(path) for path in settings.HUAWU_CUSTOMER_TIMELINE]
    there = _models_with(customer, {_NEEDED[one] for one in sources if one in _NEEDED})
    found: list[Entry] = []
    with scope_read_once():
        for source in sources:
            if source in _NEEDED and _NEEDED[source] not in there:
                continue
            found.extend(source(ask))
            found.sort(key=lambda entry: entry.key, reverse=True)
            if len(found) > most:
                ask = replace(ask, reach=found[most].at)
    page = found[:most]
    return Page(page, cursor_write(page[-1]) if len(found) > most else "")


def _models_with(customer: Customer, labels: Collection[str]) -> set[str]:
    """Return which of the models have rows of the customer, whoever may see them. 1 query.

    Written out: through the ORM it costs as much as two of the queries that it saves.
    """
    names = sorted(labels)
    if not names:
        return set()
    tables = [connection.ops.quote_name(apps.get_model(name)._meta.db_table) for name in names]
    asked = ", ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE tenant_id = %s AND customer_id = %s)"  # noqa: S608 - our tables
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", [customer.tenant_id, customer.pk] * len(tables))
        row = cursor.fetchone()
    return {name for name, is_there in zip(names, row, strict=True) if is_there}


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


@only_with("customers.CustomerNote")
def note_entries(ask: Ask) -> list[Entry]:
    """Return what people wrote about the customer. 1 query."""
    rows = CustomerNote.objects.filter(customer=ask.customer)
    columns = ("created_at", "text", *person_columns("author"))
    return [
        Entry("note", row.created_at, row.pk, row.text, who=_name(row.author))
        for row in ask.cut(rows, "note", "created_at", columns)
    ]


@only_with("customers.CustomerChange")
def change_entries(ask: Ask) -> list[Entry]:
    """Return how the customer's fields changed; `detail` names the fields. 1 query."""
    rows = CustomerChange.objects.filter(customer=ask.customer)
    columns = ("created_at", "what", "fields", *person_columns("actor"))
    return [
        Entry(
            "change",
            row.created_at,
            row.pk,
            row.what,
            detail=", ".join(row.fields),
            who=_name(row.actor),
        )
        for row in ask.cut(rows, "change", "created_at", columns)
    ]


def person_columns(path: str) -> tuple[str, ...]:
    """Return what `User.display_name` reads of the person at this path."""
    return (f"{path}__first_name", f"{path}__username")


def agent_columns(path: str = "agent") -> tuple[str, ...]:
    """Return what an agent's name (`1001 Chen`) reads of the agent at this path."""
    return (f"{path}__number", *person_columns(f"{path}__user"))


def _name(user: User | None) -> str:
    return user.display_name if user else ""
