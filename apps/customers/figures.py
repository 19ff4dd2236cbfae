"""How many customers there are by owner, region, month of creation, type, level and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.customers.models import Customer
from apps.customers.vocabulary import Vocabulary

DIMENSIONS = {
    "owner": gettext_lazy("Owner agent"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "month": gettext_lazy("Month of creation"),
    "type": gettext_lazy("Type"),
    "level": gettext_lazy("Level"),
    "source": gettext_lazy("Source"),
}
NONE = "-"
"""The value of customers who have none, in addresses."""
COLUMNS = {"owner": "owner__number", "type": "kind"}


@dataclass(frozen=True)
class Figure:
    """How many customers share a value; `value` is what the list's filter of that name takes."""

    value: str
    text: str
    count: int
    percent: float


def customer_figures(rows: "QuerySet[Customer]", by: str, words: Vocabulary) -> list[Figure]:
    """Count customers by one of `DIMENSIONS`, most first, months newest first. 1 query.

    Formula: count of rows of the set with that value; shares are of the whole set. Months are of
    the company's time zone.
    """
    counted: Any
    if by == "month":
        zone = timezone.get_current_timezone()
        counted = rows.order_by().annotate(month=TruncMonth("created_at", tzinfo=zone))
        counted = counted.values_list("month").annotate(count=Count("pk")).order_by("-month")
    else:
        column = COLUMNS.get(by, by)
        counted = rows.order_by().values_list(column).annotate(count=Count("pk"))
        counted = counted.order_by("-count", column)
    found: dict[str, int] = {}
    for value, count in counted:
        # Who typed `-` as his city says none, too.
        key = _key(by, value)
        found[key] = found.get(key, 0) + count
    total = sum(found.values()) or 1
    return [
        Figure(key, _text(by, key, words), count, round(100 * count / total, 1))
        for key, count in found.items()
    ]


def figure_query(kept: Mapping[str, str], by: str, value: str) -> dict[str, str]:
    """Return what the list is asked for to show the customers of one figure.

    The rows of all figures of a set, so asked for, are the rows of the set: no more, none twice
    (tests/integration/customers/test_figures.py). A month goes beside an asked month: it is of it.
    """
    return {**kept, by: value}


def _key(by: str, value: Any) -> str:
    if by == "month":
        return f"{value:%Y-%m}"
    return str(value) if value else NONE


def _text(by: str, key: str, words: Vocabulary) -> str:
    if key == NONE:
        return _("none")
    if by == "owner" and key in words.agents:
        return f"{key} {words.agents[key].user.display_name}"
    known = {"type": words.types, "level": words.levels, "source": words.sources}.get(by, {})
    return known[key].name if key in known else key
