"""What the pop part of the bench plays: Asterisk's manager, and many browsers' WebSockets."""

import asyncio
import base64
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.fixtures.replay import BANNER, ami_bytes

LISTS = {"CoreShowChannels", "DeviceStateList", "QueueStatus"}


class PretendAsterisk:
    """A manager that lets anybody in, knows no call, and sends what the bench gives it."""

    def __init__(self) -> None:
        self.resynchronised = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the link and the port."""
        if self._server is not None:
            self._server.close()
        if self._writer is not None:
            self._writer.close()

    def send(self, data: bytes) -> None:
        """Send events to the listener."""
        assert self._writer is not None
        self._writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(BANNER)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
                writer.write(self._answer(fields))

    def _answer(self, fields: dict[str, str]) -> bytes:
        name, action_id = fields["Action"], fields.get("ActionID", "")
        head = f"Response: Success\r\nActionID: {action_id}\r\n"
        if name in LISTS:
            if name == "QueueStatus":
                self.resynchronised.set()  # the last thing that it asks after a log-in
            end = f"Event: {name}Complete\r\nActionID: {action_id}\r\nEventList: Complete\r\n\r\n"
            return (head + "EventList: start\r\nMessage: list\r\n\r\n" + end).encode()
        if name == "Login":
            booted = "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
            return (head + "Message: Authentication accepted\r\n\r\n" + booted).encode()
        return (head + "AsteriskVersion: 22.10.0\r\nPing: Pong\r\nMessage: done\r\n\r\n").encode()


class Browser:
    """One desk's WebSocket; `on_event(envelope, at)` with the time.perf_counter of its arrival."""

    def __init__(self, on_event: Callable[[dict[str, Any], float], None]) -> None:
        self._on_event = on_event
        self.has_snapshot = asyncio.Event()

    async def open(self, port: int, cookie: str) -> None:
        """Shake hands and wait for the snapshot."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET /ws/desk/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{port}\r\nCookie: sessionid={cookie}\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"no WebSocket: {head[:200]!r}")
        self._task = asyncio.create_task(self._read())
        await asyncio.wait_for(self.has_snapshot.wait(), 30)

    async def close(self) -> None:
        """Drop the connection as a closed laptop does."""
        self._task.cancel()
        self._writer.close()

    async def _read(self) -> None:
        while True:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8))
            payload = await self._reader.readexactly(size)
            at = time.perf_counter()
            opcode = first & 0x0F
            if opcode == 9:  # ping: answered masked, with a mask of zeros
                self._writer.write(bytes([0x8A, 0x80 | size]) + bytes(4) + payload)
            elif opcode == 8:
                raise RuntimeError(f"the server closed the WebSocket: {payload!r}")
            elif opcode == 1:
                envelope = json.loads(payload)
                if envelope["kind"] == "snapshot":
                    self.has_snapshot.set()
                else:
                    self._on_event(envelope, at)


class RecordedCall:
    """The recording `answered_caller_ends`, cut where the agent's phone begins to ring."""

    def __init__(self) -> None:
        text = ami_bytes("answered_caller_ends").decode()
        events = [event for event in re.split(r"(?:\r?\n){2}", text) if "Event: " in event]
        kept = [
            event for event in events if not re.search(r"Event: (ContactS|QueueMember[AR])", event)
        ]
        agent = next(i for i, event in enumerate(kept) if "Channel: PJSIP/1001-" in event)
        ringing = next(i for i, event in enumerate(kept) if "ChannelStateDesc: Ringing" in event)
        first = next(i for i, event in enumerate(kept) if "Event: Newchannel" in event)
        self._parts = (kept[first:agent], kept[agent : ringing + 1], kept[ringing + 1 :])

    def parts(
        self, *, call: int, tenant: str, agent: str, caller: str, shared: str
    ) -> tuple["Part", "Part", "Part"]:
        """Return a call's parts: it arrives and waits; is offered, rings; is answered, ends.

        `shared` is the folder in which the recording is said to lie.
        """
        swaps = [
            (r"/\S+/pbx/recordings/lab", f"{shared}/recordings/{tenant}"),
            (r"lab-1-1795442239\.(\d)", rf"pbx1-1795000000.{call}\1"),
            (r"-0000000(\d)", rf"-{call:07d}\1"),
            (r"PJSIP/1001", f"PJSIP/{agent}"),
            (r"(MemberName|EndpointName): 1001", rf"\1: {agent}"),
            (r"lab-7001", f"{tenant}-7001"),
            (r"HW_TENANT=lab", f"HW_TENANT={tenant}"),
            (r"13800138000", caller),
            (r"SystemName: lab-1", "SystemName: pbx1"),
        ]
        waits, rings, talks = ([_swapped(event, swaps) for event in part] for part in self._parts)
        return Part(waits), Part(rings), Part(talks)


def _swapped(event: str, swaps: list[tuple[str, str]]) -> str:
    for pattern, value in swaps:
        event = re.sub(pattern, value, event)
    return "\r\n".join(event.splitlines()) + "\r\n\r\n"


class Part:
    """Events made ready before the clock runs; `now` only puts in the time."""

    def __init__(self, events: list[str]) -> None:
        self._pieces = [re.split(r"(?<=Timestamp: )\S+", event) for event in events]

    def now(self) -> bytes:
        """Return the events as they would be sent now."""
        at = time.time()
        found = []
        for index, pieces in enumerate(self._pieces):
            found.append(f"{at + index / 100_000:.6f}".join(pieces))
        return "".join(found).encode()
