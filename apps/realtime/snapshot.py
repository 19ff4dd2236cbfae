"""What a desk shows when it opens: everything that later events change."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.selectors import agent_of
from apps.acd.selectors import agent_state, queue_boxes_for
from apps.calls.selectors import call_live_for_agent, call_missed_count
from apps.core.events import stream_seq, user_stream
from apps.core.node_status import node_status_last
from apps.core.tenancy import tenant_scope
from apps.missed.selectors import missed_open_count
from apps.quality.selectors import inspection_todo_count_for
from apps.tasks.selectors import task_todo_count_for
from apps.voicemail.selectors import voicemail_new_count_for
from apps.workorders.selectors import work_order_todo_count_for


def desk_snapshot(user: User) -> tuple[int, dict[str, Any]]:
    """Return (seq, data) for the person's desk. The number is read first: what is newer than it
    comes as an event too, and absolute values are harmless twice. About 10 queries. `missed` counts
    from midnight of the company's day.
    """
    if user.tenant_id is None:
        return 0, {}
    seq = stream_seq(user_stream(user.pk))
    with tenant_scope(user.tenant_id):
        agent = agent_of(user)
        midnight = _midnight(user)
        data = {
            "agent": agent_state(agent) if agent else None,
            "calls": call_live_for_agent(agent) if agent else [],
            "voicemail_new": voicemail_new_count_for(user=user, boxes=queue_boxes_for(user)),
            "tasks_todo": task_todo_count_for(user=user),
            "to_call_back": missed_open_count(user=user) if agent else 0,
            "orders_todo": work_order_todo_count_for(user=user),
            "inspections_todo": inspection_todo_count_for(user=user),
            "missed": call_missed_count(agent, since=midnight) if agent else 0,
            "link": link_state(),
        }
    return seq, data


def _midnight(user: User) -> datetime:
    zone = ZoneInfo(user.tenant.timezone) if user.tenant else UTC
    return timezone.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def link_state() -> dict[str, Any]:
    """Return what the node's process last said of its link."""
    status = node_status_last(settings.HUAWU_NODE)
    return {
        "up": status is not None and status.is_up,
        "node": settings.HUAWU_NODE,
        "since": status.since if status else None,
    }
