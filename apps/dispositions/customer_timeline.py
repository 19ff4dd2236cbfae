"""The dispositions of a customer's calls for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.calls.selectors import call_list_for
from apps.customers.timeline import Ask, Entry
from apps.dispositions.models import CallDisposition
from apps.dispositions.selectors import OF_CALL


def disposition_entries(ask: Ask) -> list[Entry]:
    """Return how his calls ended, of calls that the person may see. 1 query."""
    calls = call_list_for(user=ask.user).filter(customer=ask.customer).order_by()
    parents = OF_CALL.removeprefix("disposition__")
    rows = CallDisposition.objects.filter(call__in=calls.values("pk")).select_related(
        parents, "agent__user"
    )
    return [
        Entry(
            "disposition",
            row.chosen_at,
            row.pk,
            str(row.disposition),
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "disposition", "chosen_at")
    ]
