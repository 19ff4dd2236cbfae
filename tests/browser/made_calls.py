"""A desk whose events are made by the test: what the page does with a call needs no Asterisk.

The page, its script and the server's answers are the real ones; only the socket is the test's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute

CUSTOMER = {"uniqueid": "c", "kind": "customer", "number": "13800138000", "name": "王芳"}
COLLEAGUE = {"uniqueid": "k", "kind": "agent", "number": "1002", "name": "刘洋"}
# As apps/calls/engine/control.py gives them.
OPERATIONS = {
    "plain": ["hold", "transfer", "consult", "park"],
    "held": ["unhold", "transfer", "consult", "park"],
    "consulting": ["swap", "complete", "cancel", "conference"],
    "conference": ["consult", "drop", "leave"],
    "transferring": ["take-back"],
}


def ago(seconds: float = 0) -> str:
    """Give a time as events hold it."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def card(mode: str | None = None, *parties: dict[str, str], **fields: Any) -> dict[str, Any]:
    """Give a call card; `mode` is that of its control, None for none."""
    made = {
        "id": 1,
        "linkedid": "l1",
        "uniqueid": "u1",
        "direction": "in",
        "state": "talking",
        "caller": {
            "number": "13800138000",
            "e164": "+8613800138000",
            "name": "",
            "region": "北京市",
            "carrier": "中国移动",
        },
        "dialled": "4008001000",
        "customer": {
            "id": 1,
            "name": "王芳",
            "level": "vip",
            "type": "person",
            "owner": "",
            "note": "上次咨询了套餐升级,偏好下午联系。",
            "tags": [],
            "numbers": ["13800138000"],
        },
        "queue": {"number": "7001", "name": "销售"},
        "agent": {"number": "1001", "name": "陈静"},
        "path": [{"node": "主菜单", "keys": "1"}],
        "past_calls": {"count": 3, "last_agent": "1002 刘洋", "last_at": None},
        "started_at": ago(95),
        "queued_at": ago(80),
        "answered_at": ago(65),
        "ended_at": None,
        "wait_ms": 15_000,
        "talk_ms": None,
        "outcome": "",
        "is_call_back": False,
        "control": None,
        "transfer": None,
        "declined": None,
    }
    if mode is not None:
        made["control"] = {
            "mode": mode,
            "parties": [{"state": "talking", **party} for party in parties or (CUSTOMER,)],
            "operations": OPERATIONS[mode],
        }
    return {**made, **fields}


@dataclass
class MadeDesk:
    """One page: send it cards, see what it asks the server for."""

    page: Page
    posts: list[tuple[str, str]] = field(default_factory=list)
    # What the server answers to call operations.
    status: int = 204
    detail: str = ""
    seq: int = 5
    _cards: list[dict[str, Any]] = field(default_factory=list)
    _socket: WebSocketRoute | None = None

    def open(self, url: str, *cards: dict[str, Any], login: str = "1001") -> None:
        """Sign in and open the desk with these calls."""
        self._cards = list(cards)
        self.page.route_web_socket(re.compile(r"/ws/desk/"), self._connected)
        self.page.route("**/calls/*/*/", self._asked)
        self.page.goto(f"{url}/login/")
        self.page.fill("#id_username", login)
        self.page.fill("#id_password", f"demo-{login}")
        self.page.press("#id_password", "Enter")
        self.page.locator('[data-testid="connection"][data-mood="good"]').wait_for()

    def change(self, changed: dict[str, Any]) -> None:
        """Send one call's new card."""
        assert self._socket is not None
        self.seq += 1
        self._socket.send(self._envelope("call.changed", changed))

    def _connected(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.on_message(lambda message: self._heard(socket, str(message)))
        agent = {
            "number": "1001",
            "name": "陈静",
            "state": "ready",
            "pause_reason": "",
            "since": ago(1000),
            "phone": "web",
            "queues": [],
            "live_state": "talking" if self._cards else "ready",
            "live_since": ago(65),
            "until": None,
        }
        data = {"agent": agent, "calls": self._cards, "voicemail_new": 0, "tasks_todo": 0}
        socket.send(self._envelope("snapshot", {**data, "missed": 0, "link": {"up": True}}))

    def _heard(self, socket: WebSocketRoute, message: str) -> None:
        if "ping" in message:
            socket.send(self._envelope("pong", {"seen": True}))

    def _envelope(self, kind: str, data: dict[str, Any]) -> str:
        return json.dumps({"v": 1, "seq": self.seq, "kind": kind, "at": ago(), "data": data})

    def _asked(self, route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        path = route.request.url.partition("/calls/")[2]
        self.posts.append((path, route.request.post_data or ""))
        body = json.dumps({"detail": self.detail})
        route.fulfill(status=self.status, body="" if self.status == 204 else body)
