"""One AGI session against a peer that plays Asterisk, and peers that do not."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from asterisk import agi as pyst2
from asterisk.agi import AGIError

from apps.ivr.engine.voice import CallerGoneError
from apps.telephony.agi import session as module
from apps.telephony.agi.session import AgiSession, EmptyConnectionError, NotAgiError
from tests.unit.telephony.agi_client import AsteriskSide, header

Open = Callable[[bytes], tuple[AgiSession, AsteriskSide]]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, AsteriskSide]]:
    """Give our end and Asterisk's of one TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        far = AsteriskSide(socket.create_connection(listener.getsockname()))
        ours, _ = listener.accept()
    yield ours, far
    ours.close()
    far.close()


@pytest.fixture
def session(pair: tuple[socket.socket, AsteriskSide]) -> AgiSession:
    ours, far = pair
    far.send(header())
    return AgiSession(ours)


def refused(pair: tuple[socket.socket, AsteriskSide], data: bytes, *, ends: bool = True) -> str:
    ours, far = pair
    far.send(data)
    if ends:
        far.connection.shutdown(socket.SHUT_WR)
    with pytest.raises(NotAgiError) as caught:
        AgiSession(ours)
    return str(caught.value)


def test_header_in_single_bytes_is_read_and_arguments_are_named(
    pair: tuple[socket.socket, AsteriskSide],
) -> None:
    ours, far = pair
    data = header(calleridname="张三丰: x")
    sender = threading.Thread(target=lambda: [far.send(data[i : i + 1]) for i in range(len(data))])
    sender.start()
    session = AgiSession(ours)
    sender.join(5)
    assert session.argument(1) == "4008001000"
    assert session.argument(9) == ""
    assert session.env["agi_calleridname"] == "张三丰: x"
    assert session.uniqueid == "pbx1-1700000000.1"


def test_session_works_in_a_thread_where_pyst2s_own_does_not(session: AgiSession) -> None:
    assert isinstance(session, pyst2.AGI)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not an AGI header"),
        (b"\n", "no agi_request"),
        (b"agi_request: agi://x/enter\n", "ends early"),
        (b"agi_request", "ends early"),
        (b"\xff\xfe\x00" * 50 + b"\n", "not an AGI header"),
        (b"agi_a: " + b"x" * 10_000, "too long"),
        (b"".join(b"agi_%d: x\n" % i for i in range(200)), "too many headers"),
        (header(callerid="138\nagi_extension: 4008005000"), "comes twice"),
        (header(callerid="138\nagi_request: agi://x/dial"), "comes twice"),
    ],
)
def test_what_is_not_agi_is_refused_with_its_reason(
    pair: tuple[socket.socket, AsteriskSide], data: bytes, why: str
) -> None:
    assert why in refused(pair, data)


def test_connection_without_a_byte_is_a_health_check(
    pair: tuple[socket.socket, AsteriskSide],
) -> None:
    ours, far = pair
    far.close()
    with pytest.raises(EmptyConnectionError):
        AgiSession(ours)


def test_header_dripping_slowly_is_cut_off_by_the_limit_for_the_whole(
    pair: tuple[socket.socket, AsteriskSide], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEADER_TIMEOUT_S", 0.3)
    ours, far = pair
    enough = threading.Event()

    def drip() -> None:
        while not enough.wait(0.05):  # each byte well within the limit
            far.send(b"a")

    dripper = threading.Thread(target=drip)
    dripper.start()
    with pytest.raises(NotAgiError, match="in time"):
        AgiSession(ours)
    enough.set()
    dripper.join(5)


@pytest.mark.parametrize(
    "answer",
    [
        "HANGUP",
        "511 Command Not Permitted on a dead channel",
        "200 result=-1",
        "200 result=1 (hangup)",
    ],
)
def test_every_way_of_losing_the_caller_is_one_error(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide], answer: str
) -> None:
    pair[1].answer(answer)
    with pytest.raises(CallerGoneError):
        session.wait_for_digit(1000)


def test_end_of_stream_is_the_callers_hang_up(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide]
) -> None:
    pair[1].close()
    with pytest.raises(CallerGoneError):
        session.answer()


def test_peer_that_says_nothing_is_given_up_after_the_limit(
    session: AgiSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMMAND_TIMEOUT_S", 0.05)
    with pytest.raises(CallerGoneError):
        session.answer()


def test_trying_is_skipped_and_the_vocabulary_of_pyst2_works(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide]
) -> None:
    far = pair[1]
    far.answer("100 Trying...\n200 result=53 endpos=4000")
    assert session.stream_file('welcome"x', "0123456789*#") == "5"
    assert far.command() == 'STREAM FILE welcome"x "0123456789*#" 0'


@pytest.mark.parametrize(
    "answer",
    [
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:\nUsage: ANSWER\n520 End of usage.",
        "nonsense",
        "agi_dnid: 4008001000",
    ],
)
def test_refused_command_is_our_fault_not_a_hang_up_and_the_next_works(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide], answer: str
) -> None:
    far = pair[1]
    far.answer(answer)
    with pytest.raises(AGIError):
        session.answer()
    far.answer("200 result=0")
    session.answer()


def test_variable_with_parentheses_and_quotes_comes_through(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide]
) -> None:
    far = pair[1]
    far.answer('200 result=1 ((a) b")')
    assert session.variable("CHANNEL(linkedid)") == '(a) b"'
    assert far.command() == 'GET VARIABLE "CHANNEL(linkedid)"'
    far.answer("200 result=0")
    assert session.variable("NONE") == ""


def test_value_set_cannot_become_a_second_command(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide]
) -> None:
    far = pair[1]
    far.answer()
    session.set("HW_X", 'a"\nHANGUP\r\n\0${SHELL(id)}😀')
    assert far.command() == 'SET VARIABLE HW_X "a\\" HANGUP ${SHELL(id)}😀"'


@pytest.mark.parametrize("prompt", ["a\nHANGUP", "a\0b", "x" * 3000])
def test_command_that_asterisk_would_read_as_two_is_never_sent(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide], prompt: str
) -> None:
    with pytest.raises(ValueError, match="not one AGI command"):
        session.execute("STREAM FILE", prompt)
    session.close()
    assert pair[1].is_closed()


def test_digits_never_reach_standard_error(
    session: AgiSession, pair: tuple[socket.socket, AsteriskSide], capfd: pytest.CaptureFixture[str]
) -> None:
    pair[1].answer("200 result=246810")
    session.get_data("account-pin")
    assert capfd.readouterr() == ("", "")
