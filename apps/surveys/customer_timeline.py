"""A customer's surveys for his timeline (`HUAWU_CUSTOMER_TIMELINE`)."""

from apps.accounts.choices import ViewTier
from apps.calls.customer_timeline import timeline_call_ids
from apps.customers.timeline import Ask, Entry, agent_columns
from apps.surveys.selectors import survey_result_list_for


def survey_entries(ask: Ask) -> list[Entry]:
    """Return what he answered, as the person may see it, at the call's time. 2 queries."""
    rows = survey_result_list_for(user=ask.user).filter(call__customer=ask.customer)
    if ask.user.tier != ViewTier.DEPARTMENT:
        # A manager sees those of his people in calls that went on to others, which he does not see.
        rows = rows.filter(call__in=timeline_call_ids(ask))
    columns = ("name", "call__started_at", *agent_columns())
    return [
        Entry(
            "survey",
            row.call.started_at,
            row.pk,
            row.name,
            detail=", ".join(
                f"{answer.score}" for answer in row.answers.all() if answer.score is not None
            ),
            who=str(row.agent) if row.agent else "",
            target=("call", row.call_id),
        )
        for row in ask.cut(rows, "survey", "call__started_at", columns)
    ]
