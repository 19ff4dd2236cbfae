"""The dispositions of a customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.calls.customer_timeline import timeline_call_ids
from apps.customers.timeline import Ask, Entry, agent_columns
from apps.dispositions.models import CallDisposition
from apps.dispositions.selectors import disposition_paths


def disposition_entries(ask: Ask) -> list[Entry]:
    """Return how his calls ended that the person may see, at the call's time. 2 queries."""
    rows = CallDisposition.objects.filter(call__in=timeline_call_ids(ask))
    columns = ("disposition", "call__started_at", *agent_columns())
    found = ask.cut(rows, "disposition", "call__started_at", columns)
    # The tree beside it: to plan a join for each of its levels takes longer than to read it.
    paths = disposition_paths() if found else {}
    return [
        Entry(
            "disposition",
            row.call.started_at,
            row.pk,
            paths[row.disposition_id],
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in found
    ]
