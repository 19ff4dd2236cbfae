"""How many customers by owner, region, month, type, level, source and tag, and their value.

A customer's value is what the company counts it in: the balance, or a custom field of numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.customers.engine.field_values import DECIMAL, INTEGER
from apps.customers.models import Customer
from apps.customers.vocabulary import CUSTOM, Vocabulary

TAG = "tag"
DIMENSIONS = {
    "owner": gettext_lazy("Owner agent"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "month": gettext_lazy("Month of creation"),
    "type": gettext_lazy("Type"),
    "level": gettext_lazy("Level"),
    "source": gettext_lazy("Source"),
    TAG: gettext_lazy("Tag"),
}
NONE = "-"
"""The value of customers who have none, in addresses."""
AND = "\n"
"""Between tags that are asked for together, in addresses: no tag holds it."""
COLUMNS = {"owner": "owner__number", "type": "kind", TAG: "tags"}
BALANCE = "balance"
# As many digits as a sum of the largest values of a million customers has.
AMOUNT: DecimalField[Decimal, Decimal] = DecimalField(max_digits=38, decimal_places=6)


@dataclass(frozen=True)
class Figure:
    """How many customers share a value; `value` is what the list's filter of that name takes.

    `amount` is the sum of what was asked to be summed, 0 without.
    """

    value: str
    text: str
    count: int
    percent: float
    amount: Decimal = Decimal(0)

    @property
    def each(self) -> Decimal:
        """Return the amount by customer, to two places."""
        return (self.amount / self.count).quantize(Decimal("0.01")) if self.count else Decimal(0)


def measures(words: Vocabulary) -> dict[str, str]:
    """Return what can be summed, {name: label}: the balance and fields of numbers. No query."""
    numbers = {
        CUSTOM + key: field.label
        for key, field in words.fields.items()
        if field.kind in (INTEGER, DECIMAL)
    }
    return {BALANCE: _("Balance"), **numbers}


def customer_figures(
    rows: "QuerySet[Customer]", by: str, words: Vocabulary, measure: str = ""
) -> list[Figure]:
    """Count customers by one of `DIMENSIONS` and sum one of `measures`. 1 query, 2 by tag.

    Formula: count of rows of the set with that value, and sum of the measure over those of them
    that have it; shares are of the whole set. Who carries several tags is counted with each, so
    figures by tag may be more than the set. The largest amount or count first, months newest first.
    Months are of the company's time zone.
    """
    counted: Any
    column = COLUMNS.get(by, by)
    if by == "month":
        zone = timezone.get_current_timezone()
        counted = rows.order_by().annotate(month=TruncMonth("created_at", tzinfo=zone))
        counted = counted.values_list("month").order_by("-month")
    else:
        counted = rows.order_by().values_list(column)
    counted = counted.annotate(count=Count("pk"), **_summed(measure))
    if by != "month":
        counted = counted.order_by("-count", column)
    found: dict[str, list[Any]] = {}
    for value, count, *amount in counted:
        for key in _keys(by, value):
            # Who typed `-` as his city says none, too.
            kept = found.setdefault(key, [0, Decimal(0)])
            kept[0] += count
            kept[1] += (amount[0] if amount else None) or 0
    total = figures_total(rows, by, found.values(), measure)[0] or 1
    figures = [
        Figure(key, _text(by, key, words), count, round(100 * count / total, 1), _places(amount))
        for key, (count, amount) in found.items()
    ]
    if by == TAG or (measure and by != "month"):
        figures.sort(key=lambda one: (-one.amount, -one.count, one.value))
    return figures


def figures_total(
    rows: "QuerySet[Customer]", by: str, figures: Iterable[Any], measure: str = ""
) -> tuple[int, Decimal]:
    """Return customers and amount of the whole set, each customer once. By tag 1 query, else none.

    `figures` are (count, amount) of each.
    """
    if by != TAG:
        pairs = list(figures)
        amount = sum((pair[1] for pair in pairs), Decimal(0))
        return sum(pair[0] for pair in pairs), _places(amount)
    whole = rows.order_by().aggregate(count=Count("pk"), **_summed(measure))
    return whole["count"], _places(whole.get("amount") or Decimal(0))


def _places(amount: Decimal) -> Decimal:
    """Return an amount with two places, more only where they say something."""
    two = Decimal(amount).quantize(Decimal("0.01"))
    return two if two == amount else Decimal(amount).normalize()


def _summed(measure: str) -> dict[str, Any]:
    """Return the sum as an annotation, none without a measure."""
    if not measure:
        return {}
    if measure == BALANCE:
        return {"amount": Sum(BALANCE)}
    value = KeyTextTransform(measure.removeprefix(CUSTOM), "custom")
    return {"amount": Sum(Cast(value, AMOUNT), output_field=AMOUNT)}


def figure_query(kept: Mapping[str, str], by: str, value: str) -> dict[str, str]:
    """Return what the list is asked for to show the customers of one figure.

    The rows of all figures of a set, so asked for, are the rows of the set: no more, none twice
    (tests/integration/customers/test_figures.py), but by tag as often as he has tags. A month goes
    beside an asked month: it is of it. A tag is asked for with those that were asked for before.
    """
    asked = kept.get(TAG, "")
    if by == TAG and asked and value not in asked.splitlines():
        value = f"{asked}{AND}{value}"
    elif by == TAG and asked:
        value = asked
    return {**kept, by: value}


def _keys(by: str, value: Any) -> Iterable[str]:
    if by == "month":
        return [f"{value:%Y-%m}"]
    if by == TAG:
        return {str(tag) or NONE for tag in value} or {NONE}
    return [str(value) if value else NONE]


def _text(by: str, key: str, words: Vocabulary) -> str:
    if key == NONE:
        return _("none")
    if by == "owner" and key in words.agents:
        return f"{key} {words.agents[key].user.display_name}"
    known = {"type": words.types, "level": words.levels, "source": words.sources}.get(by, {})
    return known[key].name if key in known else key
