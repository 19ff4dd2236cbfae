"""Commands on their way to the process that holds a node's link.

With Redis they travel over the channel layer (a group per node); in one process they are handed
over directly, because the in-memory layer works on one event loop only. Nothing is kept: an expired
command is refused, and what must not be lost (members, configuration) is level-triggered.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError

logger = logging.getLogger(__name__)

DEADLINE_S = 5.0
AGENT_SYNC = "agent_sync"
CALL_CONTROL = "call_control"
CALL_HANGUP = "call_hangup"
CALL_ORIGINATE = "call_originate"
CALL_PICK_UP = "call_pick_up"
CALL_TAKE_OVER = "call_take_over"
CALL_TO_ANSWER = "call_to_answer"
CALL_TO_SURVEY = "call_to_survey"
RECORDING_PAUSE = "recording_pause"
CONFIGURATION_CHANGED = "configuration_changed"
SUPERVISION_START = "supervision_start"
SUPERVISION_SWITCH = "supervision_switch"
SUPERVISION_TONE = "supervision_tone"


class PhoneSystemDownError(HuawuError):
    """No process could take the command."""

    code = "telephony.unreachable"
    status = 503
    text = _("The phone system cannot be reached. Try again in a moment.")


@dataclass(frozen=True)
class Command:
    """One command; `deadline` is ISO 8601, after it nobody may carry it out."""

    action: str
    args: dict[str, Any]
    user_stream: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    deadline: str = field(
        default_factory=lambda: (datetime.now(UTC) + timedelta(seconds=DEADLINE_S)).isoformat()
    )

    @property
    def is_expired(self) -> bool:
        """Say whether the deadline has passed."""
        return datetime.now(UTC) > datetime.fromisoformat(self.deadline)


_local_lock = threading.Lock()
_local: dict[str, Callable[[Command], None]] = {}


def local_register(node: str, take: Callable[[Command], None]) -> None:
    """Say that this process holds the node's link; `take` must not block."""
    with _local_lock:
        _local[node] = take


def local_unregister(node: str) -> None:
    """Say that this process no longer holds the node's link."""
    with _local_lock:
        _local.pop(node, None)


def group_of(node: str) -> str:
    """Return the channel-layer group that the node's process listens on."""
    return f"ami.{node}"


def command_send(node: str, command: Command) -> None:
    """Hand the command over. Raises PhoneSystemDownError when it could not be."""
    with _local_lock:
        take = _local.get(node)
    if take is not None:
        take(command)
        return
    layer = get_channel_layer()
    try:
        async_to_sync(layer.group_send)(
            group_of(node), {"type": "ami.command", "command": asdict(command)}
        )
    except Exception as error:
        logger.exception("command %s not sent", command.action, extra={"node": node})
        raise PhoneSystemDownError(str(error)) from error
