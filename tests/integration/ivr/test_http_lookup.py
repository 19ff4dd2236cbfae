"""HTTP look-ups against real servers on this machine, and against whoever means harm."""

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.ivr import http_client
from apps.ivr.engine.voice import LookupFailedError
from apps.ivr.http_client import MAX_BYTES, Request, address_choose, fetch, is_public
from apps.ivr.lookups import HttpPlan, http_ask

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
SECRET = "Bearer top-secret"


class Service:
    """A server that answers what `answer` says; `seen` are the requests: method, path, body."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.headers: dict[str, str] = {}
        self.answer: Callable[[BaseHTTPRequestHandler], None] = json_answer({"ok": True})
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                service.seen.append((self.command, self.path, body))
                service.headers = dict(self.headers)
                service.answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def json_answer(value: Any, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    yield found
    found.server.shutdown()
    found.server.server_close()
    found.thread.join(5)


def plan(url: str, **more: Any) -> HttpPlan:
    fields: dict[str, Any] = {
        "name": "orders",
        "method": "GET",
        "url": url,
        "body": None,
        "timeout_s": 2.0,
        "retries": 0,
        "results": {"state": "$.order.state"},
        "headers": {"Authorization": SECRET},
        **more,
    }
    return HttpPlan(**fields)


def test_answers_are_taken_by_their_paths_as_texts(service: Service) -> None:
    order = {
        "state": "已发货",
        "count": 3,
        "paid": True,
        "by": None,
        "items": [{"id": 7}, {"id": 8}],
    }
    service.answer = json_answer({"order": order})
    results = {
        "state": "$.order.state",
        "count": "$.order.count",
        "paid": "$.order.paid",
        "by": "$.order.by",
        "last": "$.order.items[-1].id",
        "item": "$.order.items[0]",
        "nothing": "$.order.gone",
    }
    assert http_ask(plan(service.url, results=results), {}, LOOPBACK) == {
        "state": "已发货",
        "count": "3",
        "paid": "true",
        "by": "",
        "last": "8",
        "item": '{"id": 7}',
        "nothing": "",
    }


def test_what_no_fact_can_keep_is_left_out_of_answers(service: Service) -> None:
    service.answer = json_answer({"name": "a\x00b\ud800"})
    assert http_ask(plan(service.url, results={"n": "$.name"}), {}, LOOPBACK) == {"n": "ab?"}


def test_variables_are_quoted_in_the_address_and_texts_in_the_body(service: Service) -> None:
    hostile = '1&admin=1/../x"}'
    http_ask(plan(service.url + "/o/{id}?n={id}"), {"id": hostile}, LOOPBACK)
    body = {"n": "{id}", "list": ["{id}", 1]}
    http_ask(plan(service.url, method="POST", body=body), {"id": hostile}, LOOPBACK)
    quoted = "1%26admin%3D1%2F..%2Fx%22%7D"
    assert service.seen[0] == ("GET", f"/o/{quoted}?n={quoted}", "")
    method, _, sent = service.seen[1]
    assert (method, json.loads(sent)) == ("POST", {"n": hostile, "list": [hostile, 1]})
    assert service.headers["Authorization"] == SECRET


def test_a_get_is_tried_again_and_a_post_is_not(service: Service) -> None:
    service.answer = json_answer({}, status=500)
    for method, tries in (("GET", 3), ("POST", 1)):
        service.seen.clear()
        with pytest.raises(LookupFailedError, match="500"):
            http_ask(plan(service.url, method=method, retries=2), {}, LOOPBACK)
        assert len(service.seen) == tries


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]",
     "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104 - refused, not bound
     "224.0.0.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
     "255.255.255.255"],
)  # fmt: skip
def test_addresses_of_our_own_are_refused_however_written(host: str, service: Service) -> None:
    with pytest.raises(LookupFailedError, match=r"not allowed|no address"):
        http_ask(plan(f"http://{host}:{service.port}/"), {}, [])
    assert service.seen == []


def test_only_allowed_networks_are_opened() -> None:
    assert address_choose("127.0.0.1", 80, LOOPBACK) == "127.0.0.1"
    with pytest.raises(LookupFailedError, match="not allowed"):
        address_choose("127.0.0.1", 80, [ipaddress.ip_network("10.0.0.0/8")])


def test_public_addresses_are_public() -> None:
    for text in ("1.1.1.1", "223.5.5.5", "2606:4700::1111", "::ffff:1.1.1.1"):
        assert is_public(ipaddress.ip_address(text))


def resolver(*addresses: str) -> Callable[..., list[Any]]:
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        # A second question would get the next answer: what a rebinding name server does.
        found = addresses[0] if len(asked) == 1 else addresses[-1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found.split()]

    resolve.asked = asked  # type: ignore[attr-defined]
    return resolve


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client.socket, "getaddrinfo", resolver("1.1.1.1 127.0.0.1"))
    with pytest.raises(LookupFailedError, match=r"127\.0\.0\.1"):
        address_choose("rebind.example", 80, [])


def test_the_name_is_asked_once_and_the_host_header_keeps_it(
    monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    resolve = resolver("127.0.0.1", "10.0.0.1")
    monkeypatch.setattr(http_client.socket, "getaddrinfo", resolve)
    connected: list[tuple[str, int]] = []
    create = http_client.socket.create_connection

    def spy(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        connected.append(address)
        monkeypatch.undo()
        return create(address, *args, **kwargs)

    monkeypatch.setattr(http_client.socket, "create_connection", spy)
    fetch(Request("GET", f"http://orders.example:{service.port}/a"), LOOPBACK)
    assert resolve.asked == ["orders.example"]  # type: ignore[attr-defined]
    assert connected == [("127.0.0.1", service.port)]
    assert service.headers["Host"] == f"orders.example:{service.port}"


def test_a_redirect_is_not_followed(service: Service) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"{service.url}/secret")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    service.answer = answer
    with pytest.raises(LookupFailedError, match="302"):
        http_ask(plan(service.url), {}, LOOPBACK)
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [(b"<html>", "not JSON"), (b"\xff\xfe", "not JSON"), (b"", "not JSON"),
     (b'"' + b"x" * MAX_BYTES + b'"', "longer"), (b"[" * 30_000, r"JSON|deep")],
)  # fmt: skip
def test_what_is_no_small_json_is_refused(service: Service, value: bytes, why: str) -> None:
    service.answer = json_answer(value)
    with pytest.raises(LookupFailedError, match=why):
        http_ask(plan(service.url), {}, LOOPBACK)


@pytest.mark.parametrize("where", ["head", "body"])
def test_one_byte_after_the_other_ends_at_the_time_out(service: Service, where: str) -> None:
    stop = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if where == "body":
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        try:
            while not stop.wait(0.05):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            return

    service.answer = answer
    begun = time.monotonic()
    try:
        with pytest.raises(LookupFailedError):
            http_ask(plan(service.url, timeout_s=0.5), {}, LOOPBACK)
    finally:
        stop.set()
    assert time.monotonic() - begun < 5


def test_nobody_listening_is_a_failed_look_up_without_the_secret() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found = plan(f"http://127.0.0.1:{port}/")
    with pytest.raises(LookupFailedError) as failed:
        http_ask(found, {}, LOOPBACK)
    assert "top-secret" not in str(failed.value) + repr(found)
