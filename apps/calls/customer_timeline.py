"""A customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.calls.selectors import call_list_for
from apps.customers.timeline import Ask, Entry, agent_columns


def call_entries(ask: Ask) -> list[Entry]:
    """Return his calls, and those of his numbers before he was known. 2 queries and the tier's.

    Each has an index of its own (`customer`; `tenant, caller_lookup, started_at`); one query with
    OR would sort the whole history.
    """
    found = {row.pk: row for row in _calls(ask)}
    if ask.numbers:
        unknown = _seen(ask).filter(customer=None).filter(Q(caller_lookup__in=ask.numbers))
        found |= {row.pk: row for row in ask.cut(unknown, *KEY)}
    return [
        Entry(
            "call",
            row.started_at,
            row.pk,
            row.direction,
            detail=row.outcome,
            who=str(row.agent) if row.agent else row.queue_number,
            number=other_number(row),
            target=("call", row.pk),
        )
        for row in found.values()
    ]


def timeline_call_ids(ask: Ask) -> list[int]:
    """Return which of his calls this part of the timeline can reach, as the person sees them.

    What hangs on a call stands at the call's time, so that of older calls comes on later pages.
    At most 1 query for all who ask.
    """
    return [row.pk for row in _calls(ask)]


def timeline_reach(ask: Ask) -> datetime | None:
    """Return the time of the oldest of his calls on this part of the timeline, None for his first.

    What stands at an older call's time comes on later pages, whoever may see that call. No query
    beyond that of `timeline_call_ids`.
    """
    calls = _calls(ask)
    return calls[-1].started_at if len(calls) == ask.most else None


def _seen(ask: Ask) -> "QuerySet[Call]":
    """Return the calls that the person may see, without what lists show of them.

    Who is limited has his limits read once for all who ask.
    """
    if "seen" not in ask.found:
        ask.found["seen"] = call_list_for(user=ask.user).prefetch_related(None)
    rows: QuerySet[Call] = ask.found["seen"]
    return rows


def _calls(ask: Ask) -> list[Call]:
    if "calls" not in ask.found:
        ask.found["calls"] = ask.cut(_seen(ask).filter(customer=ask.customer), *KEY)
    rows_found: list[Call] = ask.found["calls"]
    return rows_found


# What a call is here, what it stands at, and all that is read of it.
KEY = (
    "call",
    "started_at",
    ("started_at", "direction", "outcome", "caller", "dialled", "queue_number", *agent_columns()),
)
