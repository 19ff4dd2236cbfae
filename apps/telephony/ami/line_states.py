"""How each phone and trunk of a node is, from what Asterisk says of devices; for the live board.

Events keep it current, the list is asked for after each log-in and now and then, so that a lost
event is not believed for ever. Other processes read it in the cache (`core.line_states`).
"""

import threading
import time
from collections.abc import Callable

from panoramisk.message import Message

from apps.core.line_states import REFRESH_S, line_states_set
from apps.telephony.ami.events import text

PREFIX = "PJSIP/"
ASK_S = 60.0
# More lines than a node has: what names them comes from outside.
MOST = 20_000


class LineStates:
    """One node's; `hear` never blocks, `tell` is a chore."""

    def __init__(
        self,
        node: str,
        ask: Callable[[], list[tuple[str, str]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._node = node
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, str] = {}
        self._ask_at = self._tell_at = 0.0
        self._is_told = False

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
            for device, state in self._ask():
                self._put(device, state)
            self._ask_at = now + ASK_S
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
