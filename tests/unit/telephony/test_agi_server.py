"""The FastAGI server against callers, health checks and nonsense."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from apps.telephony.agi import server as module
from apps.telephony.agi import session as session_module
from apps.telephony.agi.server import FastAgiServer
from apps.telephony.agi.session import AgiSession
from tests.telephony.waiting import until
from tests.unit.telephony.agi_client import AsteriskSide, header

Start = Callable[..., FastAgiServer]


def greet(session: AgiSession) -> None:
    session.answer()
    session.set("HW_NEXT", "hangup")


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers; all are stopped afterwards and must have no session left."""
    started: list[FastAgiServer] = []

    def run(handler: Callable[[AgiSession], None] = greet, **options: int) -> FastAgiServer:
        server = FastAgiServer("127.0.0.1", 0, {"enter": handler}, **options)
        server.start()
        started.append(server)
        return server

    yield run
    for server in started:
        server.stop(grace_s=0)
        assert server.live == 0


def agi_warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == module.__name__ and record.levelno >= logging.WARNING
    ]


def test_caller_is_served_and_the_connection_closed(start: Start) -> None:
    server = start()
    far = AsteriskSide.connect(server.port)
    far.send(header())
    assert far.converse({}) == ["ANSWER", 'SET VARIABLE HW_NEXT "hangup"']
    until(lambda: server.live == 0, 5)
    far.close()


def test_health_check_leaves_no_line(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    server = start()
    before = module.EMPTY._value.get()
    for _ in range(5):
        socket.create_connection(("127.0.0.1", server.port)).close()
    until(lambda: module.EMPTY._value.get() == before + 5, 5)
    assert agi_warnings(caplog) == []


def test_script_error_is_logged_with_the_call_and_sets_no_next_step(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: AgiSession) -> None:
        session.answer()
        raise KeyError("bug")

    far = AsteriskSide.connect(start(broken).port)
    far.send(header())
    assert far.converse({}) == ["ANSWER"]
    far.close()
    record = next(r for r in caplog.records if "failed" in r.getMessage())
    assert record.uniqueid == "pbx1-1700000000.1"  # type: ignore[attr-defined]
    assert record.exc_info is not None


def test_refused_command_is_a_script_error(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    far = AsteriskSide.connect(start().port)
    far.send(header())
    assert far.converse({"ANSWER": ["510 Invalid or unknown command"]}) == ["ANSWER"]
    far.close()
    assert any("failed" in line for line in agi_warnings(caplog))


def test_hang_up_at_any_command_ends_the_script_without_an_error(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server = start()
    for gone in ("HANGUP", "511 Command Not Permitted on a dead channel", "200 result=-1"):
        far = AsteriskSide.connect(server.port)
        far.send(header())
        assert far.converse({"SET": [gone]})[-1].startswith("SET")
        far.close()
    until(lambda: server.live == 0, 5)
    assert agi_warnings(caplog) == []


FORGED = [
    "138\n\n200 result=49",
    "138\nagi_arg_1: 4008005000\n\n200 result=1 (0123456789abcdef pbx1-1)\n200 result=49",
    "138\n\nHANGUP",
]


@pytest.mark.parametrize("number", FORGED)
def test_number_that_ends_the_header_never_reaches_a_script(
    start: Start, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    served: list[AgiSession] = []
    server = start(served.append)
    far = AsteriskSide.connect(server.port)
    far.send(header(callerid=number))
    assert far.command() == ""
    far.close()
    until(lambda: server.live == 0, 5)
    assert served == []
    assert len(agi_warnings(caplog)) <= 1


def test_unknown_script_is_closed_at_once(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    far = AsteriskSide.connect(start().port)
    far.send(header(request="agi://127.0.0.1/../../etc/passwd"))
    assert far.is_closed()
    far.close()
    assert any("no AGI script" in line for line in agi_warnings(caplog))


def test_over_the_limit_a_caller_is_sent_to_the_fallback_at_once(start: Start) -> None:
    waiting = threading.Event()
    server = start(lambda session: session.wait_for_digit(60_000), max_calls=2)
    first = [AsteriskSide.connect(server.port) for _ in range(2)]
    for far in first:
        far.send(header())
        assert far.command().startswith("WAIT FOR DIGIT")
    third = AsteriskSide.connect(server.port)
    assert third.is_closed()
    first[0].answer("200 result=49")
    assert first[0].is_closed()
    fourth = AsteriskSide.connect(server.port)
    fourth.send(header())
    assert fourth.command().startswith("WAIT FOR DIGIT")
    for far in (*first, third, fourth):
        far.close()
    waiting.set()


def test_stop_lets_a_caller_finish_and_refuses_new_ones(start: Start) -> None:
    server = start(lambda session: session.set("HW_NEXT", session.wait_for_digit(60_000)))
    far = AsteriskSide.connect(server.port)
    far.send(header())
    assert far.command() == "WAIT FOR DIGIT 60000"
    stopping = threading.Thread(target=server.stop, kwargs={"grace_s": 20})
    stopping.start()

    def is_refused() -> bool:
        try:
            socket.create_connection(("127.0.0.1", server.port), 1).close()
        except OSError:
            return True
        return False

    until(is_refused, 5)
    far.answer("200 result=49")
    assert far.command() == 'SET VARIABLE HW_NEXT "1"'
    far.answer()
    stopping.join(5)
    assert not stopping.is_alive()
    far.close()


def test_stop_cuts_off_who_does_not_finish(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    server = start(lambda session: session.wait_for_digit(60_000))
    far = AsteriskSide.connect(server.port)
    far.send(header())
    far.command()
    server.stop(grace_s=0)
    assert server.live == 0
    assert far.is_closed()
    far.close()
    assert any("cut off" in line for line in agi_warnings(caplog))


GARBAGE = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00" * 40,
    b"\0" * 9000,
    b"agi_request: " + b"A" * 20_000 + b"\n\n",
    b"agi_request: agi://x/enter\nagi_request: agi://x/dial\n\n",
    b"\n" * 500,
    bytes(range(256)) * 64,
]


def test_nonsense_from_many_is_a_line_and_callers_are_served_meanwhile(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEADER_TIMEOUT_S", 0.1)
    server = start()
    for data in GARBAGE * 10:
        far = AsteriskSide.connect(server.port)
        far.send(data)
        assert far.is_closed()
        far.close()
    far = AsteriskSide.connect(server.port)
    far.send(header())
    assert far.converse({})[-1] == 'SET VARIABLE HW_NEXT "hangup"'
    far.close()
    until(lambda: server.live == 0, 5)
    assert 1 <= len(agi_warnings(caplog)) <= 2


def test_a_thousand_idle_connections_are_dropped_and_callers_served_meanwhile(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEADER_TIMEOUT_S", 1.0)
    server = start()
    idle = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(1000)]
    idle[0].sendall(b"agi_request: agi://half")  # and one half-open
    far = AsteriskSide.connect(server.port)
    far.send(header())
    assert far.converse({})[-1] == 'SET VARIABLE HW_NEXT "hangup"'
    far.close()
    until(lambda: server.live == 0, 15)
    for connection in idle:
        assert connection.recv(10) == b""
        connection.close()
    assert 1 <= len(agi_warnings(caplog)) <= 2
