"""Read recordings by view tier."""

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.recordings.models import Recording


def recording_list_for(*, user: User) -> "QuerySet[Recording]":
    """Return the recordings that the person may hear, newest first.

    Own: of the person's own legs. Department: of its people and of its queues' calls.
    """
    rows: QuerySet[Recording] = Recording.objects.all()
    return (
        restrict(
            rows,
            user=user,
            own=Q(agent__user=user),
            department_paths=("agent__user__department", "call__queue_department"),
        )
        .select_related("call", "agent__user")
        .order_by("-started_at", "-pk")
    )


def recording_get_for(*, user: User, pk: int) -> Recording:
    """Return one recording that the person may hear; NotFoundError otherwise. 1 to 2 queries."""
    found: Recording | None = recording_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"recording {pk}")
    return found
