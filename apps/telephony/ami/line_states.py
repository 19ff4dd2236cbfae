"""How each phone and trunk of a node is, from what Asterisk says of devices; for the live board.

Events keep it current, the list is asked for after each log-in and now and then, so that a lost
event is not believed for ever. Other processes read it in the cache (`core.line_states`).
"""

import logging
import threading
import time
from collections.abc import Callable

from panoramisk.message import Message

from apps.core.line_states import REFRESH_S, line_states_set
from apps.telephony.ami.connection import AmiError
from apps.telephony.ami.events import text

logger = logging.getLogger(__name__)

PREFIX = "PJSIP/"
ASK_S = 60.0
LOOK_S = 1.0
# More lines than a node has: what names them comes from outside.
MOST = 20_000


class LineStates:
    """One node's, with its own thread: an exchange that answers late keeps nobody waiting.

    `hear` and `link_up` never block.
    """

    def __init__(
        self,
        node: str,
        ask: Callable[[], list[tuple[str, str]]],
        is_up: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._ask = ask
        self._is_up = is_up
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, str] = {}
        self._ask_at = self._tell_at = 0.0
        self._is_told = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line-states", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what was told expires."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            # Without the link nobody knows: what was told expires.
            if not self._is_up():
                continue
            try:
                self.tell()
            except AmiError as error:
                logger.warning("lines not told: %s", error, extra={"node": self._node})
            except Exception:
                # Redis may be away for a while.
                logger.exception("lines not told", extra={"node": self._node})

    def hear(self, message: Message) -> None:
        """Take one event from the link's thread."""
        if message.event == "DeviceStateChange":
            self._put(text(message, "Device", 80), text(message, "State", 20))

    def link_up(self) -> None:
        """Ask for the list at the next chore: what happened meanwhile was not heard."""
        self._ask_at = 0.0

    def tell(self) -> None:
        """Say how the lines are when that is due; raises AmiError when Asterisk does not answer."""
        now = self._clock()
        if now >= self._ask_at:
            # Before the answer: who gives none is not asked at once again.
            self._ask_at = now + ASK_S
            for device, state in self._ask():
                self._put(device, state)
        if not self._is_told or now >= self._tell_at:
            with self._lock:
                states = dict(self._states)
                self._is_told = True
            line_states_set(self._node, states)
            self._tell_at = now + REFRESH_S

    def _put(self, device: str, state: str) -> None:
        if not device.startswith(PREFIX):
            return
        name = device.removeprefix(PREFIX)
        with self._lock:
            if self._states.get(name) != state and (
                name in self._states or len(self._states) < MOST
            ):
                self._states[name] = state
                self._is_told = False
