"""Reports that are read from the ledger's own rows: a figure is the count of what is behind it.

A kind has one or more faces: rows that belong to a time by one of their columns, each with counts
by a condition and sums. The rows behind a count are the same rows with the same condition, so
there are exactly as many. Who sees which rows is in their query.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Trunc

from apps.accounts.models import User
from apps.reports.engine.periods import HOUR, Bucket
from apps.reports.engine.sums import added

# The key of rows that have none: a call of no queue, a survey about nobody.
NONE = "-"
MILLISECOND = timedelta(milliseconds=1)


def text_key(name: str) -> Coalesce:
    """Return a column as the text that rows are told apart by; `-` where it is empty."""
    text = NullIf(Cast(F(name), TextField()), Value("", TextField()))
    return Coalesce(text, Value(NONE), output_field=CharField())


@dataclass(frozen=True)
class Face:
    """Rows of one time column. `rows`: what the person may see, with their `item_key`.

    `what` says which table shows them; `counts` and `sums` are parts of the kind's sums.
    """

    what: str
    rows: Callable[[User], "QuerySet[Any]"]
    at: str
    counts: Mapping[str, Q]
    sums: Mapping[str, Any] = field(default_factory=dict)

    def within(
        self, user: User, since: datetime, until: datetime, item: str = ""
    ) -> "QuerySet[Any]":
        """Return the rows of [since, until), of one item or all."""
        rows = self.rows(user).filter(**{f"{self.at}__gte": since, f"{self.at}__lt": until})
        return rows.filter(item_key=item) if item else rows

    @property
    def parts(self) -> dict[str, Any]:
        """Return what is added up, by how it is asked for: `all_` and the part's name."""
        counted = {f"all_{name}": Count("pk", filter=one) for name, one in self.counts.items()}
        return {**counted, **{f"all_{name}": one for name, one in self.sums.items()}}


@dataclass(frozen=True)
class LedgerKind:
    """One kind: its sums, its faces, and how its items are called (those it does not know: as
    their key says).
    """

    sums: type[Any]
    faces: tuple[Face, ...]
    names: Callable[[set[str]], Mapping[str, str]]

    def face_of(self, figure: str) -> Face | None:
        """Return where a figure is counted; None for an unknown one."""
        return next((face for face in self.faces if figure in face.counts), None)

    def made(self, found: Mapping[str, Any]) -> Any:
        """Return the sums of what the database answered."""
        known = {one.name for one in fields(self.sums)}
        parts = {name.removeprefix("all_"): value for name, value in found.items()}
        return self.sums(**{name: _whole(one) for name, one in parts.items() if name in known})


def _whole(value: Any) -> int:
    if isinstance(value, timedelta):
        return value // MILLISECOND
    return int(value or 0)


def sums_by_item(
    kind: LedgerKind, user: User, since: datetime, until: datetime, item: str = ""
) -> dict[str, Any]:
    """Return the sums by item. 1 query a face."""
    found: dict[str, Any] = {}
    for face in kind.faces:
        rows = face.within(user, since, until, item).order_by().values("item_key")
        for row in rows.annotate(**face.parts):
            key = row.pop("item_key")
            found[key] = added(found.get(key, kind.sums()), kind.made(row))
    return found


def sums_by_step(
    kind: LedgerKind, user: User, steps: list[Bucket], step: str, zone: ZoneInfo, item: str = ""
) -> list[Any]:
    """Return the sums of each step of a period, in order. 1 query a face."""
    found = [kind.sums() for _step in steps]
    grain = "minute" if step == HOUR else "day"
    for face in kind.faces:
        rows = face.within(user, steps[0].since, steps[-1].until, item)
        # Minutes of UTC: of the hour that a clock shows twice the second would be the first.
        start = Trunc(face.at, grain, tzinfo=UTC if step == HOUR else zone)
        times = rows.annotate(start=start).order_by().values("start").annotate(**face.parts)
        place = 0
        for row in sorted(times, key=lambda one: one["start"]):
            at = row.pop("start")
            # A midnight that is skipped lies before its day.
            at = max(at, steps[0].since)
            while at >= steps[place].until:
                place += 1
            found[place] = added(found[place], kind.made(row))
    return found
