"""A customer's voicemail for his timeline (`HUAWU_CUSTOMER_TIMELINE`).

Here, because whose box it is depends on the queues that a person serves.
"""

from apps.acd.selectors import queue_boxes_for
from apps.customers.timeline import Ask, Entry, agent_columns, only_with
from apps.voicemail.selectors import voicemail_list_for


@only_with("voicemail.VoicemailMessage")
def voicemail_entries(ask: Ask) -> list[Entry]:
    """Return the messages that he left and the person may hear. 3 queries."""
    boxes = queue_boxes_for(ask.user)
    rows = voicemail_list_for(user=ask.user, boxes=boxes).filter(customer=ask.customer)
    columns = ("left_at", "box", "state", "caller", *agent_columns("claimed_by"))
    return [
        Entry(
            "voicemail",
            row.left_at,
            row.pk,
            row.box_number,
            detail=row.get_state_display(),
            who=str(row.claimed_by) if row.claimed_by else "",
            number=row.caller,
            target=("voicemail", row.pk),
        )
        for row in ask.cut(rows, "voicemail", "left_at", columns)
    ]
