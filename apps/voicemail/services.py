"""Messages: left by callers, claimed and closed by agents."""

import logging
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.audit.services import audit_record
from apps.calls.models import Call
from apps.calls.ports import queue_directory
from apps.core.errors import ForbiddenError
from apps.core.folders import path_inside
from apps.core.tenancy import tenant_scope
from apps.customers.selectors import customer_by_number
from apps.tenants.models import Tenant
from apps.voicemail.errors import TakenError
from apps.voicemail.files import voicemail_folder
from apps.voicemail.models import MessageState, VoicemailMessage
from apps.voicemail.notices import notices_make
from apps.voicemail.selectors import box_agent

logger = logging.getLogger(__name__)

# As our dialplan counts (huawu-voicemail-left): who hangs up at the beep has left no message.
SHORTEST_MS = 500
NOTE_MOST = 2000
MAY_DELETE = frozenset({Role.TEAM_LEAD, Role.ADMIN, Role.HOST_OPERATOR})


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
    """Make the row of a message and its notices; None when it is known already or has no place.

    Known by its path, so telling it twice is harmless. The box names the company. The notices are
    sent by the worker, never here.
    """
    relative = path_inside(voicemail_folder(), path)
    tenant = Tenant.objects.filter(slug=box.partition("-")[0]).first()
    if relative is None or tenant is None:
        logger.error("message %.200r in box %.40r refused", path, box)
        return None
    with tenant_scope(tenant.pk), transaction.atomic():
        message, is_new = VoicemailMessage.objects.get_or_create(
            path=str(relative),
            defaults={
                "tenant": tenant,
                "call": call if call and call.tenant_id == tenant.pk else None,
                "linkedid": linkedid,
                "box": box,
                "department_id": _department_id(box),
                "customer": customer_by_number(caller),
                "caller": caller[:200],
                "left_at": at,
                "duration_ms": max(0, duration_ms),
            },
        )
        if is_new and notices_make(message):
            # When the broker is away too, the minute's look finds the rows.
            transaction.on_commit(_notices_nudge, robust=True)
    return message if is_new else None


def _department_id(box: str) -> int | None:
    queue = queue_directory().find(box)
    if queue is not None:
        return queue.department_id
    agent = box_agent(box.partition("-")[2])
    return agent.user.department_id if agent else None


def _notices_nudge() -> None:
    current_app.send_task("voicemail.notices_send", retry=False)


def voicemail_claim(*, message: VoicemailMessage, agent: Agent) -> None:
    """Take a new message; of two who try, one gets TakenError. Again by the same is harmless."""
    taken = VoicemailMessage.objects.filter(pk=message.pk, state=MessageState.NEW).update(
        state=MessageState.CLAIMED, claimed_by=agent, updated_at=timezone.now()
    )
    message.refresh_from_db()
    if not taken and message.claimed_by_id != agent.pk:
        raise TakenError(str(message.pk))


def voicemail_close(*, message: VoicemailMessage, agent: Agent | None, note: str = "") -> None:
    """Close a message that is new or one's own; TakenError when it is a colleague's.

    `agent` None: a person who takes no calls (an admin) may close anybody's. A note replaces the
    earlier one unless empty.
    """
    mine = VoicemailMessage.objects.filter(pk=message.pk).exclude(state=MessageState.CLOSED)
    if agent is not None:
        mine = mine.filter(claimed_by__in=[agent.pk]) | mine.filter(claimed_by=None)
    now = timezone.now()
    values = {"state": MessageState.CLOSED, "closed_at": now, "updated_at": now}
    if note.strip():
        values["note"] = note.strip()[:NOTE_MOST]
    closed = mine.update(**values)
    message.refresh_from_db()
    if not closed and message.state != MessageState.CLOSED:
        raise TakenError(str(message.pk))


def voicemail_reopen(*, message: VoicemailMessage, actor: User) -> None:
    """Make a closed message new again, for anybody to take. Again is harmless."""
    with transaction.atomic():
        opened = VoicemailMessage.objects.filter(
            pk=message.pk, state=MessageState.CLOSED, deleted_at=None
        ).update(state=MessageState.NEW, claimed_by=None, closed_at=None, updated_at=timezone.now())
        if opened:
            _audit(message, actor, "reopen")
    message.refresh_from_db()


def voicemail_note(*, message: VoicemailMessage, note: str) -> None:
    """Save what colleagues should know of a message."""
    message.note = note.strip()[:NOTE_MOST]
    message.save(update_fields=["note", "updated_at"])


def voicemail_heard(*, message: VoicemailMessage) -> bool:
    """Note that somebody has listened; return whether he was the first."""
    first = VoicemailMessage.objects.filter(pk=message.pk, heard_at=None).update(
        heard_at=timezone.now()
    )
    return bool(first)


def voicemail_delete(*, message: VoicemailMessage, actor: User) -> None:
    """Delete a message's sound for good and hide its row. Again is harmless.

    Raises ForbiddenError for who is neither team lead nor admin.
    """
    if actor.role not in MAY_DELETE:
        raise ForbiddenError(actor.username)
    with transaction.atomic():
        gone = VoicemailMessage.objects.filter(pk=message.pk, deleted_at=None).update(
            deleted_at=timezone.now(), state=MessageState.CLOSED, updated_at=timezone.now()
        )
        if gone:
            _audit(message, actor, "delete")
            file = voicemail_folder() / message.path
            transaction.on_commit(lambda: file.unlink(missing_ok=True), robust=True)
    message.refresh_from_db()


def _audit(message: VoicemailMessage, actor: User, action: str) -> None:
    audit_record(
        actor=actor,
        tenant_id=message.tenant_id,
        action=f"voicemail.{action}",
        object_type="voicemail",
        object_id=message.pk,
    )
