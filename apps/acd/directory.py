"""Queues as the call ledger asks for them."""

from apps.acd.selectors import queue_by_asterisk_name
from apps.calls.ports import QueueEntry


class QueueDirectory:
    """`calls.ports.QueueDirectory` over our queues."""

    def find(self, asterisk_name: str) -> QueueEntry | None:
        """Return the queue with this Asterisk name. 1 query."""
        queue = queue_by_asterisk_name(asterisk_name)
        if queue is None:
            return None
        return QueueEntry(
            number=queue.number,
            name=queue.name,
            tenant_id=queue.tenant_id,
            department_id=queue.department_id,
        )
