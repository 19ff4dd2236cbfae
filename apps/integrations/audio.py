"""Play recordings and messages by session or token, with ranges; each listening is audited."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.acd.selectors import queue_boxes_for
from apps.audit.services import audit_record
from apps.core.errors import NotFoundError
from apps.core.ranged_files import ranged_file_response
from apps.integrations.access import signed_in_or_token
from apps.recordings.models import RecordingState
from apps.recordings.selectors import recording_get_for
from apps.recordings.services import recordings_folder
from apps.voicemail.files import voicemail_folder
from apps.voicemail.selectors import voicemail_get_for
from apps.voicemail.services import voicemail_heard

WAV = "audio/wav"
LISTENING_S = 60


@require_safe
@signed_in_or_token
def recording_audio(request: HttpRequest, pk: int, *, user: User) -> HttpResponseBase:
    """Answer the WAV of a recording that the person may hear, 404 otherwise."""
    recording = recording_get_for(user=user, pk=pk)
    path = recordings_folder() / recording.path
    if recording.state != RecordingState.READY or not path.is_file():
        raise NotFoundError(f"recording {pk} has no file")
    _audit(request, user, recording.tenant_id, "recording", pk)
    return ranged_file_response(request, path, content_type=WAV, etag=recording.sha256)


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
