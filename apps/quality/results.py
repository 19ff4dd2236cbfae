"""What inspections add up to: by agent, department, inspector, item or time, and what is behind.

One query is the base of every figure and of the rows behind it (`result_list_for`), so that those
rows always sum to the figure. Definitions: docs/quality.md.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDay

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.quality.choices import Outcome
from apps.quality.engine import appeals
from apps.quality.models import Inspection, InspectionAct, ItemScore
from apps.quality.selectors import inspection_list_for

BY_AGENT, BY_DEPARTMENT, BY_INSPECTOR = "agent", "department", "inspector"
BY_ITEM, BY_TIME = "item", "time"
GROUPS = (BY_AGENT, BY_DEPARTMENT, BY_INSPECTOR, BY_ITEM, BY_TIME)
PATHS = {
    BY_AGENT: ("agent", ("agent__number", "agent__user__first_name", "agent__user__username")),
    BY_DEPARTMENT: ("agent__user__department", ("agent__user__department__name",)),
    BY_INSPECTOR: ("inspector", ("inspector__first_name", "inspector__username")),
}
NOBODY = "0"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Asked:
    """What is asked for: published in [since, until), and only of these (None: all)."""

    since: datetime
    until: datetime
    agent: int | None = None
    department: int | None = None
    inspector: int | None = None
    sheet: int | None = None


@dataclass(frozen=True)
class Sums:
    """What is added up. `points` is the sum of the scores of those that have one."""

    inspections: int = 0
    scored: int = 0
    points: Decimal = Decimal(0)
    passed: int = 0
    judged: int = 0
    fatal: int = 0
    appealed: int = 0
    changed: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(a + b for a, b in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> tuple[Any, ...]:
        return (
            self.inspections,
            self.scored,
            self.points,
            self.passed,
            self.judged,
            self.fatal,
            self.appealed,
            self.changed,
        )

    @property
    def mean(self) -> Decimal | None:
        """Return the mean score, 0-100; None when none has a score."""
        return (self.points / self.scored).quantize(CENT) if self.scored else None

    @property
    def pass_share(self) -> float | None:
        """Return passed of those that could be, 0-1; None without any."""
        return self.passed / self.judged if self.judged else None

    @property
    def fatal_share(self) -> float | None:
        """Return those with a fatal failure of all, 0-1; None without any."""
        return self.fatal / self.inspections if self.inspections else None


@dataclass(frozen=True)
class Row:
    """One line of results; `key` names it in an address."""

    key: str
    name: str
    sums: Sums


@dataclass(frozen=True)
class ItemRow:
    """One item over its inspections; `earned` is the sum of its shares, each 0-1."""

    key: str
    sheet: str
    title: str
    asked: int
    applicable: int
    earned: Decimal
    fatal: int

    @property
    def mean(self) -> float | None:
        """Return the mean share, 0-1; None when it was never applicable."""
        return float(self.earned / self.applicable) if self.applicable else None


def result_list_for(*, user: User, asked: Asked) -> "QuerySet[Inspection]":
    """Return the inspections that count: shown to the agent, published in the time, in scope."""
    rows = inspection_list_for(user=user).filter(
        state__in=appeals.SHOWN, published_at__gte=asked.since, published_at__lt=asked.until
    )
    wanted = {
        "agent": asked.agent,
        "agent__user__department": asked.department,
        "inspector": asked.inspector,
        "version__sheet": asked.sheet,
    }
    return rows.filter(**{path: value for path, value in wanted.items() if value is not None})


SUMS: dict[str, Any] = {
    "inspections": Count("pk"),
    "scored": Count("score"),
    "points": Sum("score", default=Decimal(0)),
    "passed": Count("pk", filter=Q(is_passed=True)),
    "judged": Count("pk", filter=Q(is_passed__isnull=False)),
    "fatal": Count("pk", filter=Q(is_fatal=True)),
    "appealed": Count("pk", filter=Q(appeals_made__gt=0)),
}


def _changed(rows: "QuerySet[Inspection]") -> "QuerySet[Inspection]":
    decided = InspectionAct.objects.filter(kind=appeals.DECIDE, outcome=Outcome.CHANGED)
    return rows.filter(pk__in=decided.values("inspection"))


def total(rows: "QuerySet[Inspection]") -> Sums:
    """Add all of them up. 2 queries."""
    plain = rows.order_by()
    return Sums(**plain.aggregate(**SUMS), changed=_changed(plain).count())


def grouped(rows: "QuerySet[Inspection]", by: str) -> list[Row]:
    """Return a line for each agent, department or inspector, by name. 2 queries."""
    path, names = PATHS[by]
    plain = rows.order_by().select_related(None)
    changed = dict(_changed(plain).values_list(path).annotate(n=Count("pk")))
    found = []
    for one in plain.values(path, *names).annotate(**SUMS):
        sums = Sums(**{name: one[name] for name in SUMS}, changed=changed.get(one[path], 0))
        key = NOBODY if one[path] is None else str(one[path])
        found.append(Row(key, _name(by, one, names), sums))
    return sorted(found, key=lambda row: (row.name, row.key))


def _name(by: str, one: Mapping[str, Any], names: Sequence[str]) -> str:
    texts = [one[name] or "" for name in names]
    if by == BY_AGENT:
        return f"{texts[0]} {texts[1] or texts[2]}"
    return next((text for text in texts if text), "—")


def by_time(rows: "QuerySet[Inspection]", starts: Sequence[datetime], zone: ZoneInfo) -> list[Sums]:
    """Return the sums of each step; `starts` are their beginnings, whole days of `zone`, in order.

    2 queries; the database counts days, so that it costs no more for more inspections.
    """
    found = [Sums() for _start in starts]
    plain: QuerySet[Any] = rows.order_by().select_related(None)
    day = TruncDay("published_at", tzinfo=zone)
    changes: Any = _changed(plain).annotate(day=day).values_list("day").annotate(n=Count("pk"))
    changed: dict[datetime, int] = dict(changes)
    days: Any = plain.annotate(day=day).values("day").annotate(**SUMS)
    for one in days:
        sums = Sums(**{name: one[name] for name in SUMS}, changed=changed.get(one["day"], 0))
        found[max(0, bisect_right(starts, one["day"]) - 1)] += sums
    return found


def item_key(sheet: int, item: str) -> str:
    """Return how an address names an item."""
    return f"{sheet}.{item}"


def by_item(rows: "QuerySet[Inspection]") -> list[ItemRow]:
    """Return a line for each item, by sheet, the weakest first. 2 queries.

    Over versions: an item keeps its id when its words change, and has its newest title.
    """
    behind = ItemScore.objects.filter(inspection__in=rows.order_by().values("pk"))
    sums = behind.values("sheet", "sheet__name", "item").annotate(
        asked=Count("pk"),
        applicable=Count("share"),
        earned=Sum("share", default=Decimal(0)),
        failed=Count("pk", filter=Q(is_fatal=True)),
    )
    titles = {
        (sheet, item): title
        for sheet, item, title in behind.order_by("inspection__version__number", "pk")
        .values_list("sheet", "item", "title")
        .distinct()
    }
    found = [
        ItemRow(
            key=item_key(one["sheet"], one["item"]),
            sheet=one["sheet__name"],
            title=titles[one["sheet"], one["item"]],
            asked=one["asked"],
            applicable=one["applicable"],
            earned=one["earned"],
            fatal=one["failed"],
        )
        for one in sums
    ]
    return sorted(found, key=lambda row: (row.sheet, row.mean is None, row.mean or 0, row.key))


def behind_group(rows: "QuerySet[Inspection]", by: str, key: str) -> "QuerySet[Inspection]":
    """Return the inspections behind one line. NotFoundError for a strange key."""
    if by == BY_ITEM:
        sheet, _dot, item = key.partition(".")
        if not sheet.isdecimal() or not item:
            raise NotFoundError(key)
        scores = ItemScore.objects.filter(sheet=int(sheet), item=item)
        return rows.filter(pk__in=scores.values("inspection"))
    if by not in PATHS or not key.isdecimal():
        raise NotFoundError(key)
    path, _names = PATHS[by]
    return rows.filter(**{f"{path}__isnull": True} if key == NOBODY else {path: int(key)})


def summed(sums: Iterable[Sums]) -> Sums:
    """Add lines up; nothing is nothing."""
    whole = Sums()
    for one in sums:
        whole += one
    return whole


def narrowed(asked: Asked, since: datetime, until: datetime) -> Asked:
    """Return the same question for a part of its time."""
    return replace(asked, since=max(asked.since, since), until=min(asked.until, until))
