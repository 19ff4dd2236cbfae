"""Messages: left by callers, claimed and closed by agents."""

import logging
import wave
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Agent
from apps.calls.models import Call
from apps.calls.ports import queue_directory
from apps.core.folders import path_inside
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.selectors import customer_by_number
from apps.tenants.models import Tenant
from apps.voicemail.errors import TakenError
from apps.voicemail.models import MessageState, VoicemailMessage

logger = logging.getLogger(__name__)

# As our dialplan counts (huawu-voicemail-left): who hangs up at the beep has left no message.
SHORTEST_MS = 500


def voicemail_folder() -> Path:
    """Return the folder that Asterisk writes messages into."""
    return Path(settings.HUAWU_ASTERISK_DIR) / "voicemail"


def voicemail_left(
    *,
    linkedid: str,
    box: str,
    path: str,
    duration_ms: int,
    at: datetime,
    caller: str,
    call: Call | None,
) -> VoicemailMessage | None:
    """Make the row of a message; None when it is known already or has no place.

    Known by its path, so telling it twice is harmless. The box names the company.
    """
    relative = path_inside(voicemail_folder(), path)
    queue = queue_directory().find(box)
    tenant = Tenant.objects.filter(slug=box.partition("-")[0]).first()
    if relative is None or tenant is None:
        logger.error("message %.200r in box %.40r refused", path, box)
        return None
    with tenant_scope(tenant.pk):
        message, is_new = VoicemailMessage.objects.get_or_create(
            path=str(relative),
            defaults={
                "tenant": tenant,
                "call": call if call and call.tenant_id == tenant.pk else None,
                "linkedid": linkedid,
                "box": box,
                "department_id": queue.department_id if queue else None,
                "customer": customer_by_number(caller),
                "caller": caller[:200],
                "left_at": at,
                "duration_ms": max(0, duration_ms),
            },
        )
    return message if is_new else None


def voicemail_scan() -> list[VoicemailMessage]:
    """Make rows for messages that were left while we were down; return them.

    The file is `<box>/<linkedid>.wav`. Files younger than a few seconds are still being recorded.
    """
    found = []
    folder = voicemail_folder()
    with all_tenants("a node serves every company"):
        for path in sorted(folder.glob("*/*.wav")) if folder.exists() else []:
            known = VoicemailMessage.objects.filter(path=str(path.relative_to(folder))).exists()
            left_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if known or (timezone.now() - left_at).total_seconds() < 10:
                continue
            call = Call.objects.filter(linkedid=path.stem).first()
            duration_ms = _duration_ms(path)
            # A silent caller's file may not grow for long: while he is there it is not at its end.
            if duration_ms < SHORTEST_MS or (call is not None and call.ended_at is None):
                continue
            message = voicemail_left(
                linkedid=path.stem,
                box=path.parent.name,
                path=str(path),
                duration_ms=duration_ms,
                at=left_at,
                caller=call.caller if call else "",
                call=call,
            )
            if message is not None:
                found.append(message)
    return found


def _duration_ms(path: Path) -> int:
    try:
        with wave.open(str(path), "rb") as file:
            return file.getnframes() * 1000 // file.getframerate()
    except (wave.Error, EOFError, OSError):
        logger.warning("message %s cannot be read", path)
        return 0


def voicemail_claim(*, message: VoicemailMessage, agent: Agent) -> None:
    """Take a new message; of two who try, one gets TakenError. Again by the same is harmless."""
    taken = VoicemailMessage.objects.filter(pk=message.pk, state=MessageState.NEW).update(
        state=MessageState.CLAIMED, claimed_by=agent, updated_at=timezone.now()
    )
    message.refresh_from_db()
    if not taken and message.claimed_by_id != agent.pk:
        raise TakenError(str(message.pk))


def voicemail_close(*, message: VoicemailMessage, agent: Agent | None) -> None:
    """Close a message that is new or one's own; TakenError when it is a colleague's."""
    mine = VoicemailMessage.objects.filter(pk=message.pk).exclude(state=MessageState.CLOSED)
    if agent is not None:
        mine = mine.filter(claimed_by__in=[agent.pk]) | mine.filter(claimed_by=None)
    closed = mine.update(
        state=MessageState.CLOSED, closed_at=timezone.now(), updated_at=timezone.now()
    )
    message.refresh_from_db()
    if not closed and message.state != MessageState.CLOSED:
        raise TakenError(str(message.pk))
