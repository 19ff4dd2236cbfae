"""panoramisk, wrapped: whole messages only, one synchronous handler, no silent resending.

Repairs (panoramisk 1.4): each TCP piece was decoded alone, which tore UTF-8 characters apart; async
handlers ran out of order; a handler that raised killed the connection; actions unanswered at a
disconnect were sent again after the reconnect, however late.
"""

import logging
from collections.abc import Callable
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

logger = logging.getLogger(__name__)

END = b"\r\n\r\n"
MAX_MESSAGE_BYTES = 1_048_576
# Our own ping (connection.py) has a time-out; panoramisk's has none and is never started.
NEVER_S = 10_000_000


class WholeMessages(AMIProtocol):
    """Pass on only whole messages; a partial one waits for its end."""

    def connection_made(self, transport: Any) -> None:
        """Start a connection with nothing read."""
        super().connection_made(transport)  # type: ignore[no-untyped-call]
        self._partial = b""

    def data_received(self, data: bytes) -> None:
        """Pass on everything up to the last end of a message."""
        self._partial += data
        end = self._partial.rfind(END)
        if end < 0:
            if len(self._partial) > MAX_MESSAGE_BYTES:
                logger.error("manager message over %d bytes, reconnecting", MAX_MESSAGE_BYTES)
                self.transport.abort()
            return
        whole, self._partial = self._partial[: end + len(END)], self._partial[end + len(END) :]
        super().data_received(whole)  # type: ignore[no-untyped-call]


class Everything:
    """A container that holds everything: no action is kept for after a reconnect."""

    def __contains__(self, item: object) -> bool:
        return True


def make_manager(
    *,
    host: str,
    port: int,
    user: str,
    secret: str,
    loop: Any,
    on_event: Callable[[Message], None],
    on_login: Callable[[Manager], None],
    on_disconnect: Callable[[Manager, Any], None],
) -> Manager:
    """Return a manager that calls back on the loop's thread; `on_event` may raise harmlessly."""

    def handle(_manager: Manager, message: Message) -> None:
        try:
            on_event(message)
        except Exception:
            logger.exception("manager event not handled: %.300r", message)

    manager = Manager(
        host=host,
        port=port,
        username=user,
        secret=secret,
        loop=loop,
        encoding="utf8",
        protocol_factory=WholeMessages,
        ping_delay=NEVER_S,
        ping_interval=NEVER_S,
        forgetable_actions=Everything(),
        on_login=on_login,
        on_disconnect=on_disconnect,
    )
    manager.register_event("*", handle)
    return manager
