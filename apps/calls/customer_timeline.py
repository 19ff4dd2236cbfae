"""A customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from django.db.models import Q

from apps.calls.cards import other_number
from apps.calls.selectors import call_list_for
from apps.customers.timeline import Ask, Entry


def call_entries(ask: Ask) -> list[Entry]:
    """Return his calls, and those of his numbers from before he was known. 2 queries.

    Each has an index of its own (`customer`; `tenant, caller_lookup, started_at`); one query with
    OR would sort the whole history.
    """
    calls = call_list_for(user=ask.user)
    found = {row.pk: row for row in ask.cut(calls.filter(customer=ask.customer), *KEY)}
    if ask.numbers:
        unknown = calls.filter(customer=None).filter(Q(caller_lookup__in=ask.numbers))
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


KEY = ("call", "started_at")
