"""panoramisk, wrapped: whole messages only, one synchronous handler, no silent resending.

Repairs (panoramisk 1.4): each TCP piece was decoded alone, which tore UTF-8 characters apart; async
handlers ran out of order; a handler that raised killed the connection; actions unanswered at a
disconnect were sent again after the reconnect, however late; a peer that accepts and then says
nothing was waited for without end.
"""

import asyncio
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
CONNECT_TIMEOUT_S = 5.0
LOGIN_TIMEOUT_S = 5.0


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


class PatientManager(Manager):
    """A manager that waits for a connection and for its log-in only so long."""

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Start one attempt; its failure starts the next after `reconnect_timeout`."""
        attempt = self.loop.create_task(self._connection())
        attempt.add_done_callback(self.connection_made)
        return attempt

    def connection_made(self, attempt: Any) -> None:
        """Log in, and watch that the answer comes."""
        if attempt.cancelled():
            return
        if attempt.exception() is not None:
            self.config["on_failure"]()
        made: Any = super().connection_made
        made(attempt)
        if attempt.exception() is None:
            self.loop.call_later(LOGIN_TIMEOUT_S, self._expect_login, self.protocol)

    async def _connection(self) -> Any:
        return await asyncio.wait_for(
            self.loop.create_connection(
                self.config["protocol_factory"], self.config["host"], self.config["port"]
            ),
            CONNECT_TIMEOUT_S,
        )

    def _expect_login(self, protocol: Any) -> None:
        is_current = not protocol.closed and protocol is self.protocol
        if is_current and not self.authenticated:
            logger.warning("manager did not answer the log-in in %.0f s", LOGIN_TIMEOUT_S)
            protocol.transport.abort()


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
    on_failure: Callable[[], None] = lambda: None,
) -> Manager:
    """Return a manager that calls back on the loop's thread; `on_event` may raise harmlessly.

    `on_failure` is called for each connection that could not be made.
    """
    # Its lines name neither node nor reason; ours (connection.py) do.
    logging.getLogger("panoramisk").setLevel(logging.CRITICAL)

    def handle(_manager: Manager, message: Message) -> None:
        try:
            on_event(message)
        except Exception:
            logger.exception("manager event not handled: %.300r", message)

    make: Any = PatientManager
    manager: Manager = make(
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
        on_failure=on_failure,
    )
    manager.register_event("*", handle)
    return manager
