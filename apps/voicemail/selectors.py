"""Read messages by view tier. `boxes` are the person's own queues' boxes (from `apps.acd`)."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import restrict
from apps.core.errors import NotFoundError
from apps.voicemail.models import MessageState, VoicemailMessage


def voicemail_list_for(*, user: User, boxes: Sequence[str]) -> "QuerySet[VoicemailMessage]":
    """Return the messages that the person may hear, newest first."""
    rows: QuerySet[VoicemailMessage] = VoicemailMessage.objects.all()
    return (
        restrict(
            rows,
            user=user,
            own=Q(box__in=boxes) | Q(claimed_by__user=user),
            department_paths=("department",),
        )
        .select_related("customer", "claimed_by__user", "call")
        .order_by("-left_at", "-pk")
    )


def voicemail_new_count_for(*, user: User, boxes: Sequence[str]) -> int:
    """Return how many messages nobody has taken. 1 to 2 queries."""
    return voicemail_list_for(user=user, boxes=boxes).filter(state=MessageState.NEW).count()


def voicemail_get_for(*, user: User, pk: int, boxes: Sequence[str]) -> VoicemailMessage:
    """Return one message that the person may hear; NotFoundError otherwise."""
    found: VoicemailMessage | None = (
        voicemail_list_for(user=user, boxes=boxes).filter(pk=pk).first()
    )
    if found is None:
        raise NotFoundError(f"message {pk}")
    return found
