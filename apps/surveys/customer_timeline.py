"""A customer's surveys for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.customers.timeline import Ask, Entry
from apps.surveys.selectors import survey_result_list_for


def survey_entries(ask: Ask) -> list[Entry]:
    """Return what he answered, as the person may see it. 2 queries."""
    rows = survey_result_list_for(user=ask.user).filter(call__customer=ask.customer)
    return [
        Entry(
            "survey",
            row.started_at,
            row.pk,
            row.name,
            detail=", ".join(
                f"{answer.score}" for answer in row.answers.all() if answer.score is not None
            ),
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "survey", "started_at")
    ]
