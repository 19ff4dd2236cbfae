"""The desk's WebSocket: join the stream, snapshot, then forward events. Only translates."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.models import User
from apps.acd.selectors import distributor_seen_at
from apps.core.events import Envelope, group_name, stream_seq, user_stream
from apps.core.presence import KIND as PRESENCE
from apps.core.presence import presence_group
from apps.realtime.groups import SESSION_ENDED, session_stream, session_user_id
from apps.realtime.ownership import DESK_TAKEN, desk_claim, desk_is_owned_by, page_name
from apps.realtime.snapshot import desk_snapshot, link_state

logger = logging.getLogger(__name__)

SIGNED_OUT = 4401
# Another page of this person is his desk now.
TAKEN = 4409
TOO_MUCH = 4429
MAX_BYTES = 2048
MESSAGES_A_MINUTE = 120
SESSION_CHECK_S = 60.0
# A page that shows who does what says so twice in this time.
PRESENCE_S = 90.0


class DeskConsumer(AsyncWebsocketConsumer):
    """One open desk of one person, or who only looks on (no `page` in the address).

    `?page=<random>&claim=1` makes it his desk and closes the one before it with TAKEN; without
    `claim` a page that comes back keeps what it had, unless another has taken it meanwhile.
    """

    async def connect(self) -> None:
        """Accept a signed-in person of a company; join first, so that nothing is missed."""
        user = self.scope.get("user")
        if not isinstance(user, User) or user.tenant_id is None:
            await self.accept()  # a close code reaches the page only after the handshake
            await self.close(SIGNED_OUT)
            return
        self.user = user
        self.stream = user_stream(user.pk)
        self.session_key = str(self.scope["session"].session_key or "")
        self.joined = [group_name(self.stream), group_name(session_stream(self.session_key))]
        self.heard: list[float] = []
        self.presence_until = 0.0
        self.session_seen_at = time.monotonic()
        asked = parse_qs(self.scope.get("query_string", b"").decode("ascii", "replace"))
        self.page = page_name(asked.get("page", [""])[0])
        await self.accept()
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        if self.page and not await self._take(is_claim=asked.get("claim") == ["1"]):
            return
        await self.send_snapshot()

    async def _take(self, *, is_claim: bool) -> bool:
        """Become the person's desk, or look whether this page still is; close when it is not."""
        try:
            if is_claim:
                await database_sync_to_async(desk_claim)(user=self.user, page=self.page)
                return True
            is_owned = database_sync_to_async(desk_is_owned_by)
            is_mine = bool(await is_owned(user=self.user, page=self.page))
        except Exception:
            logger.exception("desk of user %s not taken", self.user.pk)
            await self.close(1011)
            return False
        if not is_mine:
            await self.close(TAKEN)
        return is_mine

    async def disconnect(self, code: int) -> None:
        """Leave the streams."""
        for group in getattr(self, "joined", []):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer `{"type": "snapshot"}` and `{"type": "ping"}`, hear of presence for a while at
        `{"type": "presence"}`; anything else closes the socket.
        """
        kind = self._kind(text_data)
        now = time.monotonic()
        self.heard = [at for at in self.heard if now - at < 60]
        self.heard.append(now)
        if kind is None or len(self.heard) > MESSAGES_A_MINUTE:
            await self.close(TOO_MUCH)
        elif not await self._is_session_open(now):
            await self.close(SIGNED_OUT)
        elif kind == "ping":
            await self.send_pong()
        elif kind == "presence":
            await self._watch_presence(now)
        else:
            await self.send_snapshot()

    async def _watch_presence(self, now: float) -> None:
        """Tell the page for a while when somebody of the company does something else."""
        group = presence_group(self.user.tenant_id or 0)
        self.presence_until = now + PRESENCE_S
        if group not in self.joined:
            self.joined.append(group)
            await self.channel_layer.group_add(group, self.channel_name)

    async def send_snapshot(self) -> None:
        """Send everything as it is now."""
        try:
            seq, data = await database_sync_to_async(desk_snapshot)(self.user)
        except Exception:
            # The database is away: the page reconnects with back-off and asks again.
            logger.exception("no snapshot for user %s", self.user.pk)
            await self.close(1011)
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        envelope = {"v": 1, "kind": "snapshot", "seq": seq, "at": at, "data": data}
        text = json.dumps(envelope, default=str)
        await self.send(text_data=text)

    async def send_pong(self) -> None:
        """Answer with the stream's number: a page that is behind has lost its last event."""
        try:
            seq, data, is_mine = await database_sync_to_async(self._pong)()
        except Exception:
            logger.exception("no pong for user %s", self.user.pk)
            await self.close(1011)
            return
        if not is_mine:
            # The event that said so was lost.
            await self.close(TAKEN)
            return
        await self.send(text_data=json.dumps({"v": 1, "kind": "pong", "seq": seq, "data": data}))

    def _pong(self) -> tuple[int, dict[str, bool], bool]:
        """Return the stream's number, whether somebody sees what agents do and the exchange is
        heard, whether this page is still the person's desk. 3 queries.

        The link too: a listener that was silent for a while is told as down by a snapshot, and
        nothing is announced when it speaks again.
        """
        data = {
            "seen": distributor_seen_at(datetime.now(UTC)) is not None,
            "link": link_state()["up"],
        }
        is_mine = not self.page or desk_is_owned_by(user=self.user, page=self.page)
        return stream_seq(self.stream), data, is_mine

    async def stream_event(self, message: dict[str, Any]) -> None:
        """Forward an envelope; the end of this browser's session closes the socket instead."""
        envelope: Envelope = message["envelope"]
        if envelope["kind"] == PRESENCE and time.monotonic() > self.presence_until:
            # The page shows something else by now, and asks no more.
            group = presence_group(self.user.tenant_id or 0)
            self.joined.remove(group)
            await self.channel_layer.group_discard(group, self.channel_name)
            return
        if envelope["kind"] == SESSION_ENDED:
            await self.close(SIGNED_OUT)
            return
        is_other = envelope["kind"] == DESK_TAKEN and envelope["data"]["page"] != self.page
        # Asked, not believed: this may be the word of a page before this one, heard late.
        if is_other and self.page and not await self._take(is_claim=False):
            return
        await self.send(text_data=json.dumps(envelope, ensure_ascii=False, default=str))

    async def _is_session_open(self, now: float) -> bool:
        """Look once a minute whether the session still stands.

        It ends without a sign-out when it expires, the password changes or the person is barred.
        """
        if now - self.session_seen_at < SESSION_CHECK_S:
            return True
        self.session_seen_at = now
        try:
            return await session_user_id(self.session_key) == self.user.pk
        except Exception:
            logger.exception("session of user %s not looked at", self.user.pk)
            return True  # the database is away; what follows closes with another code

    @staticmethod
    def _kind(text: str | None) -> str | None:
        if text is None or len(text) > MAX_BYTES:
            return None
        try:
            kind = json.loads(text)["type"]
        except (ValueError, KeyError, TypeError):
            return None
        return kind if kind in ("snapshot", "ping", "presence") else None
