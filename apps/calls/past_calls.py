"""How often a customer or number called before, for the call card."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery

from apps.calls.models import Call

MAX_REMEMBERED = 2_000


class PastCalls(TypedDict):
    """Earlier calls with this number."""

    count: int
    last_agent: str
    last_at: str | None


def iso(at: datetime | None) -> str | None:
    """Return a time for the wire."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


_remembered: "OrderedDict[tuple[int, int | None], PastCalls]" = OrderedDict()


def past_calls_remembered(call: Call) -> PastCalls:
    """Return the earlier calls, asked once in a call: they do not change while it lasts."""
    found = _remembered.get(_key(call))
    if found is None:
        past_calls_load([call])
        found = _remembered[_key(call)]
    return found


def past_calls_load(calls: Iterable[Call]) -> None:
    """Remember the earlier calls of all that are not yet; their rows must be written. 0 to 3
    queries, whatever the number of calls.
    """
    unknown = [call for call in calls if _key(call) not in _remembered]
    if not unknown:
        return
    for call, found in zip(unknown, past_calls(unknown), strict=True):
        _remembered[_key(call)] = found
    while len(_remembered) > max(MAX_REMEMBERED, len(unknown)):
        _remembered.popitem(last=False)


def _key(call: Call) -> tuple[int, int | None]:
    return call.pk, call.customer_id


def past_calls(calls: Iterable[Call]) -> list[PastCalls]:
    """Return how often each call's customer, else its number, called before. Up to 3 queries."""
    calls = list(calls)
    owned = [call for call in calls if call.tenant_id is not None]
    of_customers = [call.pk for call in owned if call.customer_id is not None]
    of_numbers = [
        call.pk for call in owned if call.customer_id is None and call.caller_lookup != ""
    ]
    found = {**_earlier(of_customers, "customer"), **_earlier(of_numbers, "caller_lookup")}
    last_ids = {last for _, last in found.values() if last is not None}
    answered = Call.objects.select_related("agent__user").in_bulk(last_ids) if last_ids else {}
    return [_past(*found.get(call.pk, (0, None)), answered) for call in calls]


def _past(count: int, last_id: int | None, answered: dict[int, Call]) -> PastCalls:
    last = answered.get(last_id) if last_id is not None else None
    return PastCalls(
        count=count,
        last_agent=str(last.agent) if last and last.agent else "",
        last_at=iso(last.started_at) if last else None,
    )


def _earlier(ids: list[int], same: str) -> dict[int, tuple[int, int | None]]:
    """Return how many earlier calls have the same, and the last that an agent answered."""
    if not ids:
        return {}
    earlier: QuerySet[Call] = Call.objects.filter(
        tenant=OuterRef("tenant"), started_at__lt=OuterRef("started_at"), **{same: OuterRef(same)}
    )
    counted = earlier.order_by().values("tenant").annotate(n=Count("pk")).values("n")
    last = earlier.filter(agent__isnull=False).order_by("-started_at", "-pk").values("pk")[:1]
    rows = (
        Call.objects.filter(pk__in=ids)
        .annotate(n=Subquery(counted, output_field=IntegerField()), last=Subquery(last))
        .values_list("pk", "n", "last")
    )
    return {pk: (n or 0, last_id) for pk, n, last_id in rows}
