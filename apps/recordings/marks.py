"""Words at moments of a recording: a person's own, or shared with all who supervise."""

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.recordings.errors import MarkTextError, TooManyMarksError
from apps.recordings.kept_models import MARK_TEXT, RecordingMark
from apps.recordings.models import Recording

MOST_MARKS = 100
MOST_SHOWN = 500


def mark_list_for(*, user: User, recording: Recording) -> "QuerySet[RecordingMark]":
    """Return the marks that the person sees, in the order of the sound. 1 query.

    Give a recording that he may hear. Agents see their own alone.
    """
    mine = Q(user=user)
    if user.role != Role.AGENT:
        mine |= Q(is_shared=True)
    rows = RecordingMark.objects.filter(mine, recording=recording).select_related("user")
    return rows.order_by("at_ms", "pk")[:MOST_SHOWN]


def mark_add(
    *, user: User, recording: Recording, at_ms: int, text: str, is_shared: bool
) -> RecordingMark:
    """Write a mark. Raises MarkTextError, TooManyMarksError. 3 queries."""
    text = text.strip()
    last = recording.duration_ms or 0
    if not 1 <= len(text) <= MARK_TEXT or not 0 <= at_ms <= last:
        raise MarkTextError(f"{len(text)} characters at {at_ms} of {last} ms")
    with transaction.atomic():
        # Two at once of one person wait for each other here, so the limit holds.
        User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
        if RecordingMark.objects.filter(recording=recording, user=user).count() >= MOST_MARKS:
            raise TooManyMarksError
        found: RecordingMark = RecordingMark.objects.create(
            tenant_id=recording.tenant_id,
            recording=recording,
            user=user,
            at_ms=at_ms,
            text=text,
            is_shared=is_shared,
        )
    return found


def mark_delete(*, user: User, recording: Recording, pk: int) -> None:
    """Remove a mark of one's own. Raises NotFoundError for another's."""
    gone, _ = RecordingMark.objects.filter(pk=pk, recording=recording, user=user).delete()
    if not gone:
        raise NotFoundError(f"mark {pk}")
