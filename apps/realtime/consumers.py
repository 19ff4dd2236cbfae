"""The desk's WebSocket: join the stream, snapshot, then forward events. Only translates."""

import json
import logging
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.models import User
from apps.core.events import Envelope, group_name, user_stream
from apps.realtime.snapshot import desk_snapshot

logger = logging.getLogger(__name__)

SIGNED_OUT = 4401
TOO_MUCH = 4429
MAX_BYTES = 2048
SNAPSHOTS_A_MINUTE = 60


class DeskConsumer(AsyncWebsocketConsumer):
    """One open desk of one person; several tabs are several consumers of one stream."""

    async def connect(self) -> None:
        """Accept a signed-in person of a company; join first, so that nothing is missed."""
        user = self.scope.get("user")
        if not isinstance(user, User) or user.tenant_id is None:
            await self.accept()  # a close code reaches the page only after the handshake
            await self.close(SIGNED_OUT)
            return
        self.user = user
        self.group = group_name(user_stream(user.pk))
        self.asked: list[float] = []
        await self.accept()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send_snapshot()

    async def disconnect(self, code: int) -> None:
        """Leave the stream."""
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer `{"type": "snapshot"}` and `{"type": "ping"}`; anything else closes the socket."""
        kind = self._kind(text_data)
        now = time.monotonic()
        self.asked = [at for at in self.asked if now - at < 60]
        if kind is None or len(self.asked) >= SNAPSHOTS_A_MINUTE:
            await self.close(TOO_MUCH)
            return
        if kind == "ping":
            await self.send(text_data='{"kind":"pong"}')
            return
        self.asked.append(now)
        await self.send_snapshot()

    async def send_snapshot(self) -> None:
        """Send everything as it is now."""
        try:
            seq, data = await database_sync_to_async(desk_snapshot)(self.user)
        except Exception:
            # The database is away: the page reconnects with back-off and asks again.
            logger.exception("no snapshot for user %s", self.user.pk)
            await self.close(1011)
            return
        text = json.dumps({"v": 1, "kind": "snapshot", "seq": seq, "data": data}, default=str)
        await self.send(text_data=text)

    async def stream_event(self, message: dict[str, Any]) -> None:
        """Forward an envelope."""
        envelope: Envelope = message["envelope"]
        await self.send(text_data=json.dumps(envelope, ensure_ascii=False, default=str))

    @staticmethod
    def _kind(text: str | None) -> str | None:
        if text is None or len(text) > MAX_BYTES:
            return None
        try:
            kind = json.loads(text)["type"]
        except (ValueError, KeyError, TypeError):
            return None
        return kind if kind in ("snapshot", "ping") else None
