"""Which customers an agent met in his calls (`HUAWU_CUSTOMERS_AT_WORK`)."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.calls.models import Call

WITHIN = timedelta(days=1)


def customer_ids_of_calls(user: User) -> "QuerySet[Call, int | None]":
    """Return the ids of the customers of the agent's calls of the last day, as a sub-query."""
    return Call.objects.filter(
        agent__user=user, customer__isnull=False, started_at__gt=timezone.now() - WITHIN
    ).values_list("customer_id", flat=True)
