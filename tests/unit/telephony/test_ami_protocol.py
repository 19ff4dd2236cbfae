"""Bytes to messages: whole messages whatever the TCP boundaries, faults that stay small."""

import asyncio
import itertools
import logging
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panoramisk.message import Message

from apps.telephony.ami import protocol as protocol_module
from apps.telephony.ami.protocol import WholeMessages, make_manager
from tests.fixtures import replay
from tests.fixtures.replay import BANNER, NoTransport

PLAIN = [name for name in replay.NAMES if name != "storm"]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.parametrize("name", PLAIN)
def test_session_cut_at_every_byte_gives_the_same_messages(name: str) -> None:
    data = BANNER + replay.ami_bytes(name)[:4000]
    whole = [dict(message) for message in replay.messages([data])]

    bytewise = replay.messages(cut(data, list(range(1, len(data)))))

    assert len(whole) > 1
    assert [dict(message) for message in bytewise] == whole


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_storm_cut_anywhere_gives_the_same_messages(data: st.DataObject) -> None:
    recorded = BANNER + replay.ami_bytes("storm")[:60_000]
    places = data.draw(st.lists(st.integers(1, len(recorded) - 1), max_size=50))

    pieces = replay.messages(cut(recorded, places))

    assert [dict(m) for m in pieces] == [dict(m) for m in replay.messages([recorded])]


def test_chinese_name_survives_a_cut_inside_a_character() -> None:
    data = BANNER + replay.ami_bytes("answered_caller_ends")
    inside = data.index("三".encode()) + 1
    names = {message.calleridname for message in replay.messages(cut(data, [inside]))}
    assert "张三丰" in names


def test_all_events_of_a_session_arrive_in_order() -> None:
    raw = replay.ami_bytes("storm").decode()
    names = [line[7:] for line in raw.split("\r\n") if line.startswith("Event: ")]
    random.seed(7)
    data = BANNER + raw.encode()
    places = random.sample(range(1, len(data)), 200)
    assert [message.event for message in replay.messages(cut(data, places))] == names


def test_repeated_header_is_a_list_and_an_empty_one_is_no_fault() -> None:
    data = BANNER + b"Event: Newchannel\r\nChanVariable: A=1\r\nChanVariable: B=2\r\nX:\r\n\r\n"
    (message,) = replay.messages([data])
    assert message.chanvariable == ["A=1", "B=2"]
    assert message.x == ""


def test_bytes_that_are_no_utf8_do_not_end_the_connection() -> None:
    data = BANNER + b"Event: Newchannel\r\nCallerIDName: \xff\xfe\x00x\r\n\r\nEvent: Hangup\r\n\r\n"
    assert [message.event for message in replay.messages([data])] == ["Newchannel", "Hangup"]


def test_message_without_an_end_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    protocol, transport = WholeMessages(), NoTransport()
    protocol.connection_made(transport)
    with caplog.at_level(logging.ERROR):
        protocol.data_received(b"x" * (protocol_module.MAX_MESSAGE_BYTES + 1))
    assert transport.is_aborted
    assert "manager message over" in caplog.text


def test_handler_that_fails_loses_its_own_event_only(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def handler(message: Message) -> None:
        seen.append(message.event)
        if message.event == "Newchannel":
            raise RuntimeError("a fault of ours")

    loop = asyncio.new_event_loop()
    manager = make_manager(
        host="", port=0, user="", secret="", loop=loop, on_event=handler,
        on_login=lambda _: None, on_disconnect=lambda *_: None,
    )  # fmt: skip
    protocol = WholeMessages()
    protocol.connection_made(NoTransport())
    protocol.factory, protocol.encoding = manager, "utf8"
    with caplog.at_level(logging.ERROR):
        protocol.data_received(BANNER + replay.ami_bytes("tone"))
    loop.close()

    assert seen.count("Newchannel") == 1
    assert "Hangup" in seen
    assert "a fault of ours" in caplog.text
