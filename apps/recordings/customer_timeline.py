"""A customer's recordings for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.accounts.choices import ViewTier
from apps.calls.customer_timeline import timeline_call_ids
from apps.customers.timeline import Ask, Entry, agent_columns
from apps.recordings.selectors import recording_list_for


def recording_entries(ask: Ask) -> list[Entry]:
    """Return the recordings of his calls that the person may hear, at the call's time. 1 query."""
    rows = recording_list_for(user=ask.user).filter(call__customer=ask.customer)
    # A manager sees those of his people in calls that went on to others, which he does not see.
    if ask.user.tier != ViewTier.DEPARTMENT:
        rows = rows.filter(call__in=timeline_call_ids(ask))
    columns = ("state", "call__started_at", *agent_columns())
    return [
        Entry(
            "recording",
            row.call.started_at,
            row.pk,
            row.state,
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "recording", "call__started_at", columns)
    ]
