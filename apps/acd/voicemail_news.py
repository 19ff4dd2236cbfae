"""Tell the people of a box of new, taken and closed messages in it."""

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.selectors import number_for
from apps.acd.selectors import (
    QueueRef,
    queue_agent_user_ids,
    queue_boxes_for,
    queue_by_asterisk_name,
)
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import tenant_scope
from apps.voicemail.models import VoicemailMessage
from apps.voicemail.selectors import box_agent, voicemail_new_count_for


def voicemail_announce(message: VoicemailMessage) -> None:
    """Publish the message as it is now to the box's people, each with his own count.

    Of a queue's box: its agents and leads; of an agent's: himself.
    """
    with tenant_scope(message.tenant_id), transaction.atomic():
        ref, user_ids = _people(message)
        users = User.objects.filter(pk__in=user_ids)
        publish_on_commit(
            StreamEvent(
                stream=user_stream(user.pk),
                kind="voicemail.changed",
                tenant_id=message.tenant_id,
                data={
                    "id": message.pk,
                    "state": message.state,
                    "queue": ref,
                    "caller": number_for(user, message.caller),
                    "at": message.left_at.isoformat(timespec="milliseconds"),
                    "duration_ms": message.duration_ms,
                    "new_count": voicemail_new_count_for(user=user, boxes=queue_boxes_for(user)),
                },
            )
            for user in users
        )


def _people(message: VoicemailMessage) -> tuple[QueueRef, list[int]]:
    """Return the box as pages name it, and the users who are told; nobody for a box gone by now."""
    queue = queue_by_asterisk_name(message.box)
    if queue is not None:
        return QueueRef(number=queue.number, name=queue.name), queue_agent_user_ids(queue)
    number = message.box_number
    agent = box_agent(number)
    if agent is None:
        return QueueRef(number=number, name=number), []
    return QueueRef(number=agent.number, name=agent.user.display_name), [agent.user_id]
