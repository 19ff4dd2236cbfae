"""Commands from other processes, over the channel layer, on the link's event loop."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from apps.telephony.ami.connection import AmiLink
from apps.telephony.commands import Command, group_of

logger = logging.getLogger(__name__)

RETRY_S = 1.0


class CommandReceiver:
    """Listens on the node's group; without Redis there is nothing to listen to (see commands)."""

    def __init__(self, node: str, take: Callable[[Command], None], link: AmiLink) -> None:
        self._group = group_of(node)
        self._take = take
        self._link = link
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start receiving on the link's loop, which runs already."""
        if isinstance(get_channel_layer(), InMemoryChannelLayer):
            return

        def begin() -> None:
            self._task = self._link.loop.create_task(self._run())

        self._link.loop.call_soon_threadsafe(begin)

    def stop(self) -> None:
        """Stop receiving."""
        task = self._task
        if task is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._link.loop.call_soon_threadsafe(task.cancel)

    async def _run(self) -> None:
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(self._group, channel)
                while True:
                    self._receive(await layer.receive(channel))
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - Redis may be away for a while
                logger.warning("commands cannot be received: %s", error)
                await asyncio.sleep(RETRY_S)

    def _receive(self, message: dict[str, Any]) -> None:
        try:
            command = Command(**message["command"])
        except (KeyError, TypeError):
            logger.error("not a command: %.200r", message)
            return
        self._take(command)
