"""The web process's heartbeat: it beats while its event loop turns."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from apps.promises.engine.service import WEB
from apps.promises.heartbeat import HeartbeatThread

TURN_S = 5.0
Application = Callable[[Any, Any, Any], Awaitable[None]]


class BeatingApplication:
    """An ASGI application with a heartbeat. The loop is the one that serves the last connection."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._loop: asyncio.AbstractEventLoop | None = None
        self.heartbeat = HeartbeatThread(WEB, is_well=self._turns)
        self.heartbeat.start()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        self._loop = asyncio.get_running_loop()
        await self._application(scope, receive, send)

    def _turns(self) -> bool:
        loop = self._loop
        if loop is None:
            return True  # nobody has asked for anything yet
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        return turned.wait(TURN_S)
