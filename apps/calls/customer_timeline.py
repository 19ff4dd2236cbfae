"""A customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from django.db.models import Q

from apps.accounts.choices import ViewTier
from apps.calls.cards import other_number
from apps.calls.models import Call
from apps.calls.selectors import call_few_for
from apps.customers.timeline import Ask, Entry, agent_columns, read_only


def call_entries(ask: Ask) -> list[Entry]:
    """Return his calls, and those of his numbers before he was known. 2 or 3 queries, the tier's.

    Each has an index of its own (`customer`; `tenant, caller_lookup, started_at`); one query with
    OR would sort the whole history.
    """
    found = {row.pk: row for row in _calls(ask)}
    if ask.numbers:
        unknown = Q(customer=None, caller_lookup__in=ask.numbers)
        # Few have any. To ask first whether there are is cheaper than to ask who sees them.
        if ask.user.tier == ViewTier.ALL or Call.objects.filter(unknown).exists():
            found |= {row.pk: row for row in _seen(ask, unknown)}
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


def _seen(ask: Ask, among: Q) -> list[Call]:
    """Return those of these calls that the person may see, of this part of the timeline.

    For who is limited their keys first, which an index holds with whose they are: so the calls that
    he does not see are not read.
    """
    rows = call_few_for(user=ask.user, among=among)
    if ask.user.tier == ViewTier.ALL:
        return ask.cut(rows, "call", "started_at", COLUMNS)
    keys = ask.bounded(rows, "call", "started_at").values("pk")
    newest = Call.objects.filter(pk__in=keys).order_by("-started_at", "-pk")
    return list(read_only(newest, COLUMNS))


def _calls(ask: Ask) -> list[Call]:
    if "calls" not in ask.found:
        ask.found["calls"] = _seen(ask, Q(customer=ask.customer))
    rows_found: list[Call] = ask.found["calls"]
    return rows_found


# All that is read of a call here.
COLUMNS = (
    "started_at",
    "direction",
    "outcome",
    "caller",
    "dialled",
    "queue_number",
    *agent_columns(),
)
