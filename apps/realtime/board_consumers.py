"""The board's WebSockets: of a person who is signed in, and of a screen on the wall."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone

from apps.accounts.models import User
from apps.core.events import Envelope, group_name
from apps.core.tenancy import tenant_scope
from apps.live_board.engine.parts import Change, Scope, View
from apps.live_board.selectors import scope_of, wall_scope
from apps.live_board.services import WALL_REVOKED, wall_by_token, wall_group
from apps.realtime.board_pump import pump
from apps.realtime.board_tick import board_fresh, board_group
from apps.realtime.consumers import MAX_BYTES, SIGNED_OUT, TOO_MUCH
from apps.realtime.groups import SESSION_ENDED, session_stream, session_user_id

logger = logging.getLogger(__name__)

FULL = 4503
MESSAGES_A_MINUTE = 30
# How often it is looked whether the viewer still may, and what.
LOOK_S, WALL_LOOK_S = 60.0, 15.0
TOKEN_WITHIN_S = 10.0


class BoardSocket(AsyncWebsocketConsumer):
    """What both have: join the group, send what is kept, then pass on what is the viewer's.

    A number that is missing (the channel layer dropped it) is healed here by a new snapshot, so
    the page gets numbers without a hole.
    """

    look_s = LOOK_S

    async def connect(self) -> None:
        """Accept, then find out who it is."""
        self.tenant_id = 0
        self.joined: list[str] = []
        self.heard: list[float] = []
        self.view: View | None = None
        self.epoch, self.seq = "", 0
        self.looked_at = time.monotonic()
        await self.accept()  # a close code reaches the page only after the handshake
        await self.introduce()

    async def introduce(self) -> None:
        """Find out who looks; call `begin` or close."""
        raise NotImplementedError

    async def scope_now(self) -> Scope | None:
        """Return what the viewer may see now, None when nothing any more."""
        raise NotImplementedError

    async def begin(self, tenant_id: int, scope: Scope, *groups: str) -> None:
        """Join the streams, then send the board as it is kept; without one the first round will."""
        if not pump.join(tenant_id):
            await self.close(FULL)
            return
        self.tenant_id = tenant_id
        self.joined = [board_group(tenant_id), *groups]
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.view = View(scope)
        await self.send_snapshot()

    async def disconnect(self, code: int) -> None:
        """Leave the streams."""
        for group in getattr(self, "joined", []):
            await self.channel_layer.group_discard(group, self.channel_name)
        if getattr(self, "tenant_id", 0):
            pump.leave(self.tenant_id)
            self.tenant_id = 0

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer `{"type": "snapshot"}`; anything else closes the socket."""
        now = time.monotonic()
        self.heard = [at for at in self.heard if now - at < 60]
        self.heard.append(now)
        message = _message(text_data)
        if message is None or len(self.heard) > MESSAGES_A_MINUTE or not await self.take(message):
            await self.close(TOO_MUCH)

    async def take(self, message: Mapping[str, Any]) -> bool:
        """Do what a page asks for; False for what it may not ask."""
        if message.get("type") != "snapshot" or self.view is None:
            return False
        await self.send_snapshot()
        return True

    async def send_snapshot(self) -> None:
        """Send what the viewer sees of the board that is kept."""
        assert self.view is not None  # noqa: S101 - begun
        kept = await database_sync_to_async(board_fresh)(self.tenant_id)
        if kept is None:
            self.epoch, self.seq = "", 0
            return
        self.epoch, self.seq = kept.epoch, kept.seq
        rows = self.view.whole(kept.board)
        await self._say("snapshot", kept.seq, kept.at, {"epoch": kept.epoch, "rows": rows})

    async def stream_event(self, message: dict[str, Any]) -> None:
        """Pass a round on; the end of session or screen closes the socket."""
        envelope: Envelope = message["envelope"]
        if envelope["kind"] in (SESSION_ENDED, WALL_REVOKED):
            await self.close(SIGNED_OUT)
            return
        if self.view is None or not await self._still_may():
            return
        data = envelope["data"]
        is_same = data["epoch"] == self.epoch
        if is_same and envelope["seq"] <= self.seq:
            return
        if not is_same or envelope["seq"] != self.seq + 1:
            await self.send_snapshot()
            return
        self.seq = envelope["seq"]
        change = self.view.part(Change(data["rows"], data["gone"]))
        found = {"epoch": self.epoch, "rows": change.rows, "gone": change.gone}
        await self._say(envelope["kind"], self.seq, envelope["at"], found)

    async def _still_may(self) -> bool:
        """Look now and then whether the viewer still may see this; rights may have changed."""
        now = time.monotonic()
        if now - self.looked_at < self.look_s:
            return True
        self.looked_at = now
        try:
            scope = await self.scope_now()
        except Exception:
            logger.exception("viewer of a board not looked at")
            return True  # the database is away, and nothing new comes either
        if scope is None:
            await self.close(SIGNED_OUT)
            return False
        assert self.view is not None  # noqa: S101 - begun
        if scope != self.view.scope:
            self.view = View(scope)
            await self.send_snapshot()
            return False
        return True

    async def _say(self, kind: str, seq: int, at: str, data: Mapping[str, Any]) -> None:
        envelope = {"v": 1, "kind": kind, "seq": seq, "at": at, "data": data}
        await self.send(text_data=json.dumps(envelope, ensure_ascii=False, default=str))


class BoardConsumer(BoardSocket):
    """`/ws/board/`: a person who is signed in sees what his lists show."""

    async def introduce(self) -> None:
        """Take the person of the session."""
        user = self.scope.get("user")
        if not isinstance(user, User) or user.tenant_id is None:
            await self.close(SIGNED_OUT)
            return
        self.user_pk = user.pk
        self.session_key = str(self.scope["session"].session_key or "")
        try:
            found = await database_sync_to_async(_person_scope)(user.pk)
        except Exception:
            logger.exception("no board for user %s", user.pk)
            await self.close(1011)
            return
        if found is None:
            await self.close(SIGNED_OUT)
            return
        await self.begin(user.tenant_id, found, group_name(session_stream(self.session_key)))

    async def scope_now(self) -> Scope | None:
        """Return the person's rows; None when the session stands no more."""
        if await session_user_id(self.session_key) != self.user_pk:
            return None
        found: Scope | None = await database_sync_to_async(_person_scope)(self.user_pk)
        return found


class WallConsumer(BoardSocket):
    """`/ws/board/wall/`: a screen says its token first; it is in no address, so in no log."""

    look_s = WALL_LOOK_S

    async def introduce(self) -> None:
        """Wait for the token, not for long."""
        self.token = ""
        self.timer = asyncio.get_running_loop().call_later(
            TOKEN_WITHIN_S, lambda: asyncio.ensure_future(self._too_late())
        )

    async def _too_late(self) -> None:
        if self.view is None:
            await self.close(SIGNED_OUT)

    async def disconnect(self, code: int) -> None:
        """Leave the streams."""
        self.timer.cancel()
        await super().disconnect(code)

    async def take(self, message: Mapping[str, Any]) -> bool:
        """Take the token, once; then what every page may ask."""
        token = message.get("token")
        if message.get("type") != "wall" or self.token or not isinstance(token, str):
            return await super().take(message)
        self.token = token
        found = await database_sync_to_async(_wall_scope)(token)
        if found is None:
            await self.close(SIGNED_OUT)
        else:
            tenant_id, pk, scope = found
            await self.begin(tenant_id, scope, wall_group(pk))
        return True

    async def scope_now(self) -> Scope | None:
        """Return what the screen shows; None when it was revoked."""
        found = await database_sync_to_async(_wall_scope)(self.token)
        return None if found is None else found[2]


def _person_scope(pk: int) -> Scope | None:
    user = User.objects.select_related("tenant").filter(pk=pk, is_active=True).first()
    if user is None or user.tenant_id is None:
        return None
    with tenant_scope(user.tenant_id):
        return scope_of(user)


def _wall_scope(token: str) -> tuple[int, int, Scope] | None:
    wall = wall_by_token(token, now=timezone.now())
    if wall is None:
        return None
    with tenant_scope(wall.tenant_id):
        return wall.tenant_id, wall.pk, wall_scope(wall)


def _message(text: str | None) -> Mapping[str, Any] | None:
    if text is None or len(text) > MAX_BYTES:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
