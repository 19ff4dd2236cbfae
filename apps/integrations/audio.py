"""Play recordings and messages by session or token, with ranges; each listening is audited."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.acd.selectors import queue_boxes_for
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.core.ranged_files import ranged_file_response, ranged_response
from apps.integrations.access import signed_in_or_token
from apps.recordings.playing import recording_playable
from apps.recordings.selectors import recording_get_for
from apps.voicemail.files import voicemail_folder
from apps.voicemail.selectors import voicemail_get_for
from apps.voicemail.services import voicemail_heard

WAV = "audio/wav"
LISTENING_S = 60


@require_safe
@signed_in_or_token
def recording_audio(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """Answer the sound of a recording that the person may hear, 404 otherwise.

    The copy that is kept (MP3, say), or with `?original=1` the WAV where there still is one.
    """
    recording = recording_get_for(user=user, pk=pk)
    found = recording_playable(recording, is_original=request.GET.get("original") == "1")
    if found.sealed is not None:
        # A key that is missing is told before the first byte, not in the middle.
        next(found.pieces(0, 1), b"")
    _audit(request, user, recording.tenant_id, "recording", pk)
    return ranged_response(
        request,
        found.pieces,
        size=found.size,
        name=found.name,
        content_type=found.content_type,
        etag=found.etag,
    )


@require_safe
@signed_in_or_token
def voicemail_audio(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """Answer the WAV of a message that the person may hear, 404 otherwise."""
    message = voicemail_get_for(user=user, pk=pk, boxes=queue_boxes_for(user))
    path = voicemail_folder() / message.path
    if not path.is_file():
        raise NotFoundError(f"message {pk} has no file")
    _audit(request, user, message.tenant_id, "voicemail", pk)
    if request.method == "GET":
        voicemail_heard(message=message)
    return ranged_file_response(request, path, content_type=WAV)


def _audit(request: HttpRequest, user: User, tenant_id: int, kind: str, pk: int) -> None:
    # A player asks for many ranges, in any order: one entry a minute for a person and a file.
    if request.method == "GET" and cache.add(f"huawu:listen:{user.pk}:{kind}:{pk}", 1, LISTENING_S):
        audit_record(
            actor=user,
            tenant_id=tenant_id,
            action=f"{kind}.listen",
            object_type=kind,
            object_id=pk,
        )
