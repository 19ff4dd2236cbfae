"""What people write beside an inspection: comments at a moment of the recording."""

from apps.accounts.models import User
from apps.core.errors import ForbiddenError
from apps.core.form_text import form_text
from apps.quality.errors import NeedsReasonError
from apps.quality.models import MAX_TEXT, Comment, Inspection
from apps.quality.selectors import document_of, rights_of

LONGEST_MS = 24 * 3600 * 1000


def comment_add(
    *, inspection: Inspection, user: User, text: str, at_ms: int | None = None, item: str = ""
) -> Comment:
    """Write a comment, at a moment of the recording (ms) or of the whole, of an item or of none.

    For the inspector, and once it is shown for who may decide. The agent says what he has to say
    in his appeal. Raises ForbiddenError, NeedsReasonError.
    """
    is_mine = inspection.inspector_id == user.pk
    is_judge = inspection.is_shown and rights_of(user).may_decide
    if not (is_mine or is_judge) or inspection.agent.user_id == user.pk:
        raise ForbiddenError(user.username)
    kept = form_text(text, MAX_TEXT)
    if not kept:
        raise NeedsReasonError
    items = {one.id for one in document_of(inspection.version).items}
    moment = None if at_ms is None else max(0, min(at_ms, LONGEST_MS))
    made: Comment = Comment.objects.create(
        tenant_id=inspection.tenant_id,
        inspection=inspection,
        by=user,
        at_ms=moment,
        item=item if item in items else "",
        text=kept,
    )
    return made


def comment_remove(*, comment: Comment, user: User) -> None:
    """Remove one's own comment while the inspection is not published."""
    if comment.by_id != user.pk or not comment.inspection.is_waiting:
        raise ForbiddenError(user.username)
    comment.delete()
