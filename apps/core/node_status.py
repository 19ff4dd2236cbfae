"""What the node's process says of its link to Asterisk, readable by every process.

Kept in Django's cache (Redis, or memory when all is one process) with a short life: a process that
died says nothing, and that is noticed.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.core.cache import cache

LIFE_S = 15
REFRESH_S = 5


@dataclass(frozen=True)
class NodeStatus:
    """One node's link; `since` is when `is_up` last changed (ISO 8601).

    `is_configured` says that Asterisk has read the files rendered from our rows at least once.
    """

    node: str
    is_up: bool
    since: str
    asterisk_version: str = ""
    is_configured: bool = False
    queue_length: int = 0


def node_status_set(status: NodeStatus) -> None:
    """Say how the link is; call at least every `REFRESH_S` seconds and at each change."""
    cache.set(_key(status.node), asdict(status), LIFE_S)


def node_status_last(node: str) -> NodeStatus | None:
    """Return the last word of the node's process, None when it has been silent too long."""
    found = cache.get(_key(node))
    return None if found is None else NodeStatus(**found)


def node_status(node: str) -> NodeStatus:
    """Return the last word of the node's process; down when it has been silent too long."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return node_status_last(node) or NodeStatus(node=node, is_up=False, since=now)


def _key(node: str) -> str:
    return f"huawu:node:{node}"
