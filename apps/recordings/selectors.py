"""Read recordings by view tier."""

from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.recordings.models import Recording, RecordingRight, RecordingWave


def recording_list_for(*, user: User) -> "QuerySet[Recording]":
    """Return the recordings that the person may hear, newest first.

    Own: of the person's own legs. Department: of its people and of its queues' calls. An agent does
    not hear his own where the company says so (`RecordingRight`). 1 query, and 1 for an agent.
    """
    rows: QuerySet[Recording] = Recording.objects.all()
    if user.role == Role.AGENT and not agents_hear_own():
        rows = rows.exclude(agent__user=user)
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


def agents_hear_own() -> bool:
    """Say whether the company in scope lets agents hear their own recordings. 1 query."""
    right = RecordingRight.objects.values_list("agents_hear_own", flat=True).first()
    return True if right is None else bool(right)


def recording_get_for(*, user: User, pk: int) -> Recording:
    """Return one recording that the person may hear; NotFoundError otherwise. 1 to 2 queries."""
    found: Recording | None = recording_list_for(user=user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(f"recording {pk}")
    return found


def recording_wave(recording: Recording) -> RecordingWave | None:
    """Return the outline of a recording that the person may hear, None without. 1 query."""
    found: RecordingWave | None = RecordingWave.objects.filter(recording=recording).first()
    return found
