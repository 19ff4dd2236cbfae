"""The dispositions of a customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.calls.customer_timeline import timeline_call_ids
from apps.customers.timeline import Ask, Entry
from apps.dispositions.models import CallDisposition
from apps.dispositions.selectors import OF_CALL


def disposition_entries(ask: Ask) -> list[Entry]:
    """Return how his calls ended that the person may see, at the call's time. 1 query."""
    parents = OF_CALL.removeprefix("disposition__")
    rows = CallDisposition.objects.filter(call__in=timeline_call_ids(ask))
    rows = rows.select_related(parents, "agent__user", "call")
    return [
        Entry(
            "disposition",
            row.call.started_at,
            row.pk,
            str(row.disposition),
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "disposition", "call__started_at")
    ]
