"""Flows that ask: PINs, customers, queues and a service over HTTP, on the whole product."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from apps.ivr.demo_flows import DEMO_FLOWS
from tests.telephony.ami_tap import AmiTap
from tests.telephony.stack import AMI_SECRET, Stack
from tests.telephony.test_ivr_demo import ledger
from tests.telephony.test_ivr_nodes import DID, publish
from tools.sipp import HangUp, Keys, Pause, WaitBye, caller_scenario

FLOW = {
    "name": "测试音",
    "start": "door",
    "nodes": {
        "door": {"kind": "pin", "pin": "夜间", "tries": 2, "to": "who", "on_failed": "locked"},
        "who": {"kind": "customer", "to": "level", "not_found": "stranger"},
        "level": {
            "kind": "branch",
            "cases": [
                {
                    "all": [
                        {"variable": "customer_level", "is": "equals", "value": "vip"},
                        {"variable": "caller_region", "is": "begins_with", "value": "北京"},
                    ],
                    "to": "load",
                }
            ],
            "otherwise": "stranger",
        },
        "load": {"kind": "queue_state", "queue": "7001", "to": "is_quiet"},
        "is_quiet": {
            "kind": "branch",
            "cases": [
                {"all": [{"variable": "queue_waiting", "is": "less", "value": "26"}], "to": "order"}
            ],
            "otherwise": "stranger",
        },
        "order": {"kind": "http", "lookup": "订单", "to": "say", "on_failed": "stranger"},
        "say": {"kind": "speak", "variable": "order_count", "as": "number", "to": "by_order"},
        "by_order": {
            "kind": "branch",
            "cases": [
                {"all": [{"variable": "order_count", "is": "equals", "value": "3"}], "to": "sales"}
            ],
            "otherwise": "stranger",
        },
        "sales": {"kind": "queue", "queue": "7001"},
        "stranger": {"kind": "queue", "queue": "7000"},
        "locked": {"kind": "hangup", "prompts": ["goodbye"]},
    },
}
ROWS = """
from apps.core.tenancy import all_tenants
from apps.ivr.lookup_services import http_lookup_changed, pin_set
from apps.ivr.models import EntryPoint, HttpLookup, Pin
with all_tenants("the test's rows"):
    tenant = EntryPoint.objects.get(did__number={did!r}).tenant
    pin, _ = Pin.objects.get_or_create(tenant=tenant, name="夜间", defaults={{"max_wrong": 2}})
    pin_set(pin=pin, digits="246810")
    lookup, _ = HttpLookup.objects.update_or_create(tenant=tenant, name="订单", defaults={{
        "url": "{url}/orders/{{caller}}", "results": {{"order_count": "$.orders.count"}}}})
    http_lookup_changed(lookup=lookup, headers={{"Authorization": "Bearer top-secret"}})
"""


@pytest.fixture
def orders() -> Iterator[list[tuple[str, str]]]:
    """Serve orders over HTTP; give the requests seen: path and authorization. The URL is last."""
    seen: list[tuple[str, str]] = []

    class Orders(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Authorization", "")))
            body = json.dumps({"orders": {"count": 3}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    seen.append((f"http://127.0.0.1:{server.server_address[1]}", ""))
    yield seen
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def asking(stack: Stack, tmp_path: Path, orders: list[tuple[str, str]]) -> Iterator[list[Any]]:
    """Publish the flow with its PIN and look-up; give the service's requests."""
    url, _ = orders.pop()
    stack.manage("shell", "--no-imports", "-c", ROWS.format(did=DID, url=url))
    publish(stack, tmp_path, FLOW)
    yield orders
    publish(stack, tmp_path, DEMO_FLOWS["tone"])


def called(stack: Stack, caller: str, *keys: str, queue: str = "") -> dict[str, Any]:
    """Call, press keys, and give the ended call; with a queue hang up once he waits in it."""
    settings = stack.asterisk.settings
    ami = AmiTap(settings.address, settings.ports.ami, AMI_SECRET)
    try:
        steps: list[Any] = []
        for pressed in keys:
            steps += [Pause(4000), Keys(pressed)]
        steps += [Pause(60000), HangUp()] if queue else [WaitBye()]
        call = stack.sipp.start(caller_scenario(steps, caller=caller), service=DID)
        if queue:
            joined = ami.wait_queued()
            assert (joined["Queue"], joined["CallerIDNum"]) == (f"demo-{queue}", caller)
            call.hang_up()
        else:
            call.wait()
        return ledger(stack, caller)
    finally:
        ami.close()


def path(call: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["node"], step["keys"]) for step in call["path"]]


def test_a_vip_with_the_pin_gets_the_queue_that_the_answers_choose(
    stack: Stack, asking: list[tuple[str, str]]
) -> None:
    found = called(stack, "13800138000", "246810#", queue="7001")
    assert path(found) == [
        ("door", "******"),
        ("who", ""),
        ("level", ""),
        ("load", ""),
        ("is_quiet", ""),
        ("order", ""),
        ("say", ""),
        ("by_order", ""),
        ("sales", ""),
    ]
    assert asking == [("/orders/13800138000", "Bearer top-secret")]
    assert "246810" not in stack.log("fastagi")
    assert "top-secret" not in stack.log("fastagi")


def test_a_normal_customer_goes_the_other_way_and_nobody_is_asked(
    stack: Stack, asking: list[tuple[str, str]]
) -> None:
    found = called(stack, "13900139000", "246810#", queue="7000")
    assert path(found)[-2:] == [("level", ""), ("stranger", "")]
    assert asking == []


def test_wrong_pins_lock_the_caller_out_for_the_next_call_too(
    stack: Stack, asking: list[tuple[str, str]]
) -> None:
    first = called(stack, "13740000077", "1111#", "2222#")
    assert path(first) == [("door", "****"), ("door", "****"), ("locked", "")]
    second = called(stack, "13740000077", "246810#")
    assert path(second) == [("door", "******"), ("locked", "")]
    assert second["id"] != first["id"]
    assert asking == []
