"""The link to one node: connect, log in, notice a dead link, reconnect with back-off, send actions.

Runs an event loop in its own thread; nothing on that loop touches the database. Every log-in is a
gap: what happened before it was not heard, so `on_up` must resynchronise.
"""

import asyncio
import contextlib
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from panoramisk.actions import Action
from panoramisk.message import Message

from apps.telephony.ami.protocol import make_manager
from apps.telephony.quoting import ami_value

logger = logging.getLogger(__name__)

PING_S = 4.0
PING_TIMEOUT_S = 4.0
ACTION_TIMEOUT_S = 5.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0


def new_epoch() -> str:
    """Return a name for what begins now; later ones sort behind."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


class AmiError(Exception):
    """An action was not sent, not answered in time, or refused; the text says which."""


class AmiRefusedError(AmiError):
    """Asterisk answered that it does not do it: the link is there."""


@dataclass(frozen=True)
class AmiConfig:
    """How to reach one node's manager."""

    node: str
    host: str
    port: int
    user: str
    secret: str


class AmiLink:
    """One node's link. Callbacks run on the link's thread and must not block.

    `on_event(message, received_at)`, `on_up(epoch)` after a log-in, `on_down()` once per loss.
    """

    def __init__(
        self,
        config: AmiConfig,
        *,
        on_event: Callable[[Message, datetime], None],
        on_up: Callable[[str], None],
        on_down: Callable[[], None],
    ) -> None:
        self.config = config
        self.is_up = False
        self.version = ""
        self.events_read = 0
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._wait_s = FIRST_WAIT_S
        self._loop = asyncio.new_event_loop()
        self._manager: Any = None
        self._pinger: asyncio.Task[None] | None = None
        self._unanswered: set[asyncio.Future[Any]] = set()
        self._thread = threading.Thread(target=self._run, name="ami-link", daemon=True)
        self._stopping = False
        self._attempts = 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the link's event loop."""
        return self._loop

    def start(self) -> None:
        """Start the thread; connecting goes on in the background, for ever."""
        self._thread.start()

    def stop(self) -> None:
        """Close the link and end the thread."""
        self._stopping = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._shut)
            self._thread.join(5)
        elif not self._loop.is_closed():
            self._loop.close()  # never started

    def action(self, name: str, *, timeout_s: float = ACTION_TIMEOUT_S, **fields: str) -> Message:
        """Send one action from any other thread and return its answer; raises AmiError."""
        answer = self._call({"Action": name, **fields}, as_list=False, timeout_s=timeout_s)
        assert isinstance(answer, Message)  # noqa: S101 - as_list was False
        if not answer.success:
            raise AmiRefusedError(f"{name}: {answer.message}")
        return answer

    def action_list(
        self, name: str, *, timeout_s: float = ACTION_TIMEOUT_S, **fields: str
    ) -> list[Message]:
        """Send an action that answers with a list; return its items without first and last."""
        answers = self._call({"Action": name, **fields}, as_list=True, timeout_s=timeout_s)
        if isinstance(answers, Message):
            answers = [answers]
        if not answers[0].success:
            raise AmiError(f"{name}: {answers[0].message}")
        return [message for message in answers[1:] if not message.event.endswith("Complete")]

    def _call(self, fields: dict[str, str], *, as_list: bool, timeout_s: float) -> Any:
        if threading.current_thread() is self._thread:
            raise AmiError("actions are sent from another thread than the link's")
        safe = {name: ami_value(value) for name, value in fields.items()}
        future: Future[Any] = Future()

        def begin() -> None:
            # Made on the loop: one that ends before it comes here leaves no coroutine behind.
            task = self._loop.create_task(self._send(safe, as_list, timeout_s))
            task.add_done_callback(partial(_hand_over, future))

        try:
            self._loop.call_soon_threadsafe(begin)
        except RuntimeError as error:
            raise AmiError(f"{fields['Action']}: the link is closed") from error
        try:
            return future.result(timeout_s + 1)
        except (TimeoutError, FutureTimeoutError) as error:
            raise AmiError(f"{fields['Action']}: no answer in {timeout_s} s") from error

    async def _send(self, fields: dict[str, str], as_list: bool, timeout_s: float) -> Any:
        if not self.is_up:
            raise AmiError(f"{fields['Action']}: no link to {self.config.node}")
        action, protocol = Action(fields, as_list=as_list), self._manager.protocol
        answer: asyncio.Future[Any] = protocol.send(action, as_list=as_list)
        self._unanswered.add(answer)
        try:
            return await asyncio.wait_for(answer, timeout_s)
        except asyncio.CancelledError:
            if answer.cancelled():
                raise AmiError(f"{fields['Action']}: the link was lost") from None
            raise
        finally:
            self._unanswered.discard(answer)
            protocol.responses.pop(action.id, None)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._manager = make_manager(
            host=self.config.host,
            port=self.config.port,
            user=self.config.user,
            secret=self.config.secret,
            loop=self._loop,
            on_event=self._event,
            on_login=self._logged_in,
            on_disconnect=self._disconnected,
            on_failure=self._not_connected,
        )
        self._manager.reconnect_timeout = self._wait_s
        self._loop.call_soon(self._manager.connect)
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    def _shut(self) -> None:
        if self._pinger is not None:
            self._pinger.cancel()
        # panoramisk would reconnect after our own close.
        self._manager.connect = lambda *_: None
        self._manager.close()
        self._loop.call_later(0.1, self._loop.stop)

    def _event(self, message: Message) -> None:
        self.events_read += 1
        self._on_event(message, datetime.now(UTC))

    def _logged_in(self, _manager: Any) -> None:
        self._wait_s = FIRST_WAIT_S
        self._attempts = 0
        self._manager.reconnect_timeout = self._wait_s
        self.is_up = True
        self.version = str(self._manager.protocol.version or "")
        epoch = new_epoch()
        logger.info("manager link up", extra={"node": self.config.node})
        self._pinger = self._loop.create_task(self._ping())
        self._on_up(epoch)

    def _not_connected(self) -> None:
        if self._attempts % 20 == 0 and not self._stopping:
            logger.warning(
                "manager at %s:%d cannot be reached",
                self.config.host,
                self.config.port,
                extra={"node": self.config.node},
            )
        self._back_off()

    def _back_off(self) -> None:
        # Jitter, so that the listeners of many nodes do not come back in one instant.
        self._attempts += 1
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 1.6)
        self._manager.reconnect_timeout = self._wait_s * random.uniform(0.7, 1.0)  # noqa: S311 - no secret

    def _disconnected(self, _manager: Any, _error: Any) -> None:
        if self._pinger is not None:
            self._pinger.cancel()
            self._pinger = None
        for answer in list(self._unanswered):
            answer.cancel()
        self._back_off()
        if not self.is_up:
            if not self._manager.authenticated and not self._stopping:
                logger.error(
                    "manager log-in of user %r did not succeed",
                    self.config.user,
                    extra={"node": self.config.node},
                )
            return
        self.is_up = False
        self._manager.authenticated = False
        if not self._stopping:
            logger.warning("manager link lost", extra={"node": self.config.node})
        self._on_down()

    async def _ping(self) -> None:
        # A half-open link stays silent for ever: only an unanswered ping tells.
        while True:
            await asyncio.sleep(PING_S)
            try:
                await asyncio.wait_for(
                    self._manager.send_action({"Action": "Ping"}), PING_TIMEOUT_S
                )
            except TimeoutError:
                logger.warning("manager did not answer a ping", extra={"node": self.config.node})
                self._manager.protocol.transport.abort()
                return


def _hand_over(future: "Future[Any]", task: "asyncio.Task[Any]") -> None:
    """Give the thread that waits the task's result, error or end."""
    if task.cancelled():
        future.set_exception(AmiError("the link was closed meanwhile"))
    elif error := task.exception():
        future.set_exception(error)
    else:
        future.set_result(task.result())
