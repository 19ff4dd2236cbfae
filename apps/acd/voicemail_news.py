"""Tell the people of a queue of new, taken and closed messages in its box."""

from django.db import transaction

from apps.accounts.models import User
from apps.acd.selectors import queue_agent_user_ids, queue_boxes_for, queue_by_asterisk_name
from apps.core.events import StreamEvent, publish_on_commit, user_stream
from apps.core.tenancy import tenant_scope
from apps.voicemail.models import VoicemailMessage
from apps.voicemail.selectors import voicemail_new_count_for


def voicemail_announce(message: VoicemailMessage) -> None:
    """Publish the message as it is now to the queue's agents and leads, each with his own count."""
    queue = queue_by_asterisk_name(message.box)
    if queue is None:
        return
    with tenant_scope(message.tenant_id), transaction.atomic():
        users = User.objects.filter(pk__in=queue_agent_user_ids(queue))
        publish_on_commit(
            StreamEvent(
                stream=user_stream(user.pk),
                kind="voicemail.changed",
                tenant_id=message.tenant_id,
                data={
                    "id": message.pk,
                    "state": message.state,
                    "queue": {"number": queue.number, "name": queue.name},
                    "caller": message.caller,
                    "at": message.left_at.isoformat(timespec="milliseconds"),
                    "duration_ms": message.duration_ms,
                    "new_count": voicemail_new_count_for(user=user, boxes=queue_boxes_for(user)),
                },
            )
            for user in users
        )
