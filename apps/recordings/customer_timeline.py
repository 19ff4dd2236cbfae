"""A customer's recordings for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry
from apps.recordings.selectors import recording_list_for


def recording_entries(ask: Ask) -> list[Entry]:
    """Return the recordings of his calls that the person may hear. 1 query."""
    rows = recording_list_for(user=ask.user).filter(
        call__customer=ask.customer, started_at__isnull=False
    )
    return [
        Entry(
            "recording",
            row.started_at,
            row.pk,
            row.state,
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "recording", "started_at")
    ]
