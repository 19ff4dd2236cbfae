"""Let a company's board be computed about once a second while somebody looks at it.

One thread of a process does it for all companies, with one connection. A round begins when the one
before is over, and never sooner than that took: however slow the database is, nothing piles up and
rounds only become rarer, of which pages tell when it is too much.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import connections

from apps.core.events import SEND_TIMEOUT_S, Envelope
from apps.realtime.board_tick import board_group, board_tick

logger = logging.getLogger(__name__)

EVERY_S = 1.0
LONGEST_PAUSE_S = 10.0
# Sockets of boards and walls of one process.
MOST_VIEWERS = 1_000


class BoardPump:
    """One process's; its methods are called on the event loop."""

    def __init__(self, tick: Callable[[int], Envelope | None] = board_tick) -> None:
        self._tick = tick
        self._viewers: Counter[int] = Counter()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        # Not the thread that answers sockets: a slow round must keep nobody waiting.
        self._thread = ThreadPoolExecutor(1, "board")

    @property
    def viewers(self) -> int:
        """Return how many look at boards here."""
        return sum(self._viewers.values())

    def join(self, tenant_id: int) -> bool:
        """Count a viewer and begin if he is the first; False when there are too many."""
        if self.viewers >= MOST_VIEWERS:
            return False
        self._viewers[tenant_id] += 1
        loop = asyncio.get_running_loop()
        task = self._tasks.get(tenant_id)
        if task is None or task.done() or task.get_loop() is not loop:
            self._tasks[tenant_id] = loop.create_task(self._run(tenant_id))
        return True

    def leave(self, tenant_id: int) -> None:
        """Count a viewer out; after the last one the rounds and the connection end."""
        self._viewers[tenant_id] -= 1
        if self._viewers[tenant_id] <= 0:
            del self._viewers[tenant_id]
            task = self._tasks.pop(tenant_id, None)
            if task is not None and task.get_loop() is asyncio.get_running_loop():
                task.cancel()
        if not self._viewers:
            self._thread.submit(connections.close_all)

    async def rested(self) -> None:
        """Wait until the thread has nothing to do and its connection is closed; for tests."""
        await asyncio.wrap_future(self._thread.submit(connections.close_all))

    async def _run(self, tenant_id: int) -> None:
        tick = database_sync_to_async(self._tick, thread_sensitive=False, executor=self._thread)
        while self._viewers[tenant_id] > 0:
            begun = time.monotonic()
            try:
                envelope = await tick(tenant_id)
                if envelope is not None:
                    await self._send(board_group(tenant_id), envelope)
            except Exception:
                # The database is away: pages say themselves that they are old.
                logger.exception("board not computed", extra={"tenant": tenant_id})
            took = time.monotonic() - begun
            await asyncio.sleep(min(max(EVERY_S - took, took), LONGEST_PAUSE_S))

    async def _send(self, group: str, envelope: Envelope) -> None:
        # On this loop: the in-memory layer of a single process knows no other.
        layer = get_channel_layer()
        message = {"type": "stream.event", "envelope": envelope}
        # Not wait_for: a cancellation at the moment when this is done would be lost (Python 3.11),
        # and the rounds would go on for ever.
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await layer.group_send(group, message)


pump = BoardPump()
