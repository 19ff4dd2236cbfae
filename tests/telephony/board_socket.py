"""The live board as a page gets it: a WebSocket that tells a snapshot, then what changes."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from tests.telephony.console_session import ConsoleSession
from tests.telephony.waiting import PATIENCE

TEXT = 1
Rows = dict[str, dict[str, dict[str, Any]]]


class BoardSocket:
    """One viewer: `rows` is the board as he would see it. Source of the frames: RFC 6455."""

    def __init__(self, session: ConsoleSession, port: int) -> None:
        self._connect(port, "/ws/board/", f"Cookie: {session.cookie}\r\n")

    def _connect(self, port: int, path: str, fields: str = "") -> None:
        self.rows: Rows = {}
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                f"Origin: http://127.0.0.1:{port}\r\n{fields}\r\n"
            ).encode()
        )
        self._read = self._socket.makefile("rb")
        status = self._read.readline()
        assert b"101" in status, status
        while self._read.readline().strip():
            pass

    def until(self, condition: Callable[[Rows], bool], timeout: float, what: str) -> Rows:
        """Take what is told until the board is so; return it."""
        end = time.monotonic() + timeout * PATIENCE
        while not condition(self.rows):
            left = end - time.monotonic()
            assert left > 0, f"the board never showed: {what}; it shows {self.rows}"
            self._socket.settimeout(left)
            try:
                self._take()
            except TimeoutError:
                continue
        return self.rows

    def _take(self) -> None:
        first, second = self._read.read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._read.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._read.read(8))
        data = self._read.read(length)
        if first & 0x0F != TEXT:
            return  # a ping: the viewer is gone before it is missed
        told = json.loads(data)["data"]
        if "gone" not in told:
            self.rows = told["rows"]
            return
        for part, rows in told["rows"].items():
            self.rows.setdefault(part, {}).update(rows)
        for part, keys in told["gone"].items():
            for key in keys:
                self.rows.get(part, {}).pop(key, None)

    def close(self) -> None:
        """Leave."""
        self._read.close()
        self._socket.close()
