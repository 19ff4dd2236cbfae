"""A thread that says of its process, every few seconds, that it works.

A process that is killed says nothing: that is what counts. While the database is away, what serves
callers without it keeps its beats and writes them later.
"""

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error, close_old_connections, connection

from apps.promises.engine.service import SLOT, slot_of
from apps.promises.models import Heartbeat

logger = logging.getLogger(__name__)

# Two beats must fall into each slot, so that one that is late misses none.
MOST_S = SLOT.total_seconds() / 2
# A day's slots.
MOST_KEPT = 2_880


def beat(component: str, instance: str, slots: list[datetime]) -> None:
    """Write that a part worked in these slots; harmless twice. 1 query."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(component=component, instance=instance[:80], slot=slot) for slot in slots],
        ignore_conflicts=True,
    )


class HeartbeatThread:
    """Beats of one part of a process. `is_well` is asked each time; what it raises is no beat.

    `has_memory`: it serves without the database, so that beats are kept until it is back.
    """

    def __init__(
        self,
        component: str,
        *,
        instance: str = "",
        is_well: Callable[[], bool] = lambda: True,
        has_memory: bool = False,
        every_s: float | None = None,
        write: Callable[[str, str, list[datetime]], None] = beat,
    ) -> None:
        self._component = component
        self._instance = instance or socket.gethostname()
        self._is_well, self._has_memory, self._put = is_well, has_memory, write
        self._every_s = min(MOST_S, settings.HUAWU_HEARTBEAT_S if every_s is None else every_s)
        self._waiting: deque[datetime] = deque(maxlen=MOST_KEPT)
        self._written: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"heartbeat-{component}", daemon=True
        )

    def start(self) -> None:
        """Begin to beat; nothing when beats are switched off."""
        if self._every_s > 0:
            self._thread.start()

    def stop(self) -> None:
        """End; what was not written is lost."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            close_old_connections()
            self.look(datetime.now(UTC))
            self._stopping.wait(self._every_s)
        connection.close()

    def look(self, now: datetime) -> None:
        """Beat once, if all is well. Never raises."""
        slot = slot_of(now)
        try:
            if slot != self._written and slot not in self._waiting and self._is_well():
                self._waiting.append(slot)
            if self._waiting:
                self._write()
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever is ill
            logger.warning("no heartbeat of %s: %s", self._component, error)
            connection.close()

    def _write(self) -> None:
        slots = list(self._waiting)
        try:
            self._put(self._component, self._instance, slots)
        except Error:
            if not self._has_memory:
                self._waiting.clear()
            raise
        self._written = slots[-1]
        self._waiting.clear()
