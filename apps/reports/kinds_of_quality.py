"""What reports of quality inspections are read from: the inspections of the results page.

The same rows by the same rules (`apps.quality.results`): shown to the agent, by when they were
first published, in the person's scope.
"""

from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Sum, Value
from django.db.models.fields import BigIntegerField
from django.db.models.functions import Cast, Concat, Round
from django.db.models.query import QuerySet

from apps.accounts.models import User
from apps.quality.choices import Outcome
from apps.quality.engine import appeals
from apps.quality.models import InspectionAct, ItemScore
from apps.quality.selectors import inspection_list_for
from apps.reports.engine.ledger_columns import HUNDREDTHS, MILLIONTHS
from apps.reports.engine.ledger_sums import InspectionSums, ItemSums
from apps.reports.faces import Face, LedgerKind, text_key

# Which table shows the rows behind a figure.
INSPECTIONS, ITEM_SCORES = "inspections", "item_scores"


def _shown(user: User) -> "QuerySet[Any]":
    rows: QuerySet[Any] = inspection_list_for(user=user)
    return rows.filter(state__in=appeals.SHOWN)


def _summed(name: str, parts: int) -> Sum:
    """Add a decimal up in whole parts of 1: nothing is lost, also where decimals are floats."""
    return Sum(Cast(Round(F(name) * parts), BigIntegerField()))


def inspections(key: str, names: Any) -> LedgerKind:
    """Return the kind of inspections that are told apart by this column."""

    def rows(user: User) -> "QuerySet[Any]":
        decided = InspectionAct.objects.filter(
            inspection=OuterRef("pk"), kind=appeals.DECIDE, outcome=Outcome.CHANGED
        )
        found: QuerySet[Any] = _shown(user).annotate(
            item_key=text_key(key), is_changed=Exists(decided)
        )
        return found

    counts = {
        "inspections": Q(),
        "passed": Q(is_passed=True),
        "fatal": Q(is_fatal=True),
        "appealed": Q(appeals_made__gt=0),
        "changed": Q(is_changed=True),
    }
    sums = {
        "scored": Count("score"),
        "judged": Count("pk", filter=Q(is_passed__isnull=False)),
        "points": _summed("score", HUNDREDTHS),
    }
    return LedgerKind(
        InspectionSums, (Face(INSPECTIONS, rows, "published_at", counts, sums),), names
    )


def items_of_sheets(names: Any) -> LedgerKind:
    """Return the kind of what items of inspections earned: one row an item of an inspection."""

    def rows(user: User) -> "QuerySet[Any]":
        scores: QuerySet[Any] = ItemScore.objects.filter(
            inspection__in=_shown(user).order_by().values("pk")
        )
        found: QuerySet[Any] = (
            scores.annotate(
                item_key=Concat(
                    Cast(F("sheet_id"), CharField()),
                    Value("."),
                    F("item"),
                    output_field=CharField(),
                )
            )
            .select_related("inspection__agent__user", "inspection__call", "sheet")
            .order_by("-inspection__published_at", "-pk")
        )
        return found

    counts = {
        "asked": Q(),
        "applicable": Q(share__isnull=False),
        "fatal": Q(is_fatal=True),
    }
    sums = {"earned": _summed("share", MILLIONTHS)}
    return LedgerKind(
        ItemSums, (Face(ITEM_SCORES, rows, "inspection__published_at", counts, sums),), names
    )
