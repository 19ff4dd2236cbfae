"""What the board is told by manager events of phones, outside ones above all."""

from dataclasses import replace
from typing import cast

import pytest
from panoramisk.message import Message

from apps.acd.engine.board import Board
from apps.calls.engine.facts import endpoint_of
from apps.core.phones import channel_like
from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.call_back_keeper import CallBackKeeper, missed_fact
from apps.telephony.ami.floor_events import FloorEvents
from tests.unit.acd.floors import NOW
from tests.unit.acd.test_board import board, joined, row, rung, state

NEAR = "Local/a1-pstn@huawu-outside-00000001;1"


class Keeper:
    """A keeper that is asked for nothing."""

    def begun(self, channel: str) -> None:
        """Take a try's first channel."""


def floor(*, is_mobile: bool) -> tuple[Board, FloorEvents]:
    """Return a board with one agent, and what tells it."""
    agent = row("a1")
    if is_mobile:
        agent = replace(agent, phone="a1-pstn", endpoints=("a1-pstn",))
    made = board(agent)
    events = FloorEvents("pbx1", made, cast(CallBackKeeper, Keeper()), lambda fact: None)
    if is_mobile:
        events.outside_phones(["a1-pstn"], NOW)
    return made, events


def tell(events: FloorEvents, name: str, **fields: str) -> None:
    message = Message({"Event": name, **fields})
    assert FloorEvents.is_wanted(message)
    events.tell(message, NOW)


def begins(events: FloorEvents, channel: str) -> None:
    tell(events, "DialBegin", Uniqueid="c0", DestUniqueid="u1", DestChannel=channel)


def test_a_mobile_that_rings_is_offered_nobody_else() -> None:
    made, events = floor(is_mobile=True)
    tell(events, "Newchannel", Uniqueid="u1", Channel=NEAR, ChannelState="0")
    begins(events, NEAR)
    assert state(made, "a1") == "ringing"
    made.joined(joined("c1"))
    assert rung(made.step(NOW)) == {}
    tell(events, "Newstate", Uniqueid="u1", Channel=NEAR, ChannelState="6")
    assert state(made, "a1") == "talking"
    tell(events, "Hangup", Uniqueid="u1", Channel=NEAR)
    assert state(made, "a1") == "ready"
    assert rung(made.step(NOW)) == {"c1": ("a1",)}


def test_a_mobile_that_was_seen_ringing_rings_until_it_is_seen_no_more() -> None:
    made, events = floor(is_mobile=True)
    ringing = LiveChannel("u1", "u1", NEAR)
    events.placed([ringing], NOW)
    assert state(made, "a1") == "ringing"
    events.placed([replace(ringing, is_answered=True)], NOW)
    assert state(made, "a1") == "talking"
    events.placed([], NOW)
    assert state(made, "a1") == "ready"


def test_an_offered_phone_that_is_busy_before_it_is_dialled_rings() -> None:
    made, events = floor(is_mobile=False)
    made.joined(joined("c1"))
    made.step(NOW)
    events.device("PJSIP/a1-phone", "BUSY", NOW)
    assert state(made, "a1") == "ringing"
    begins(events, "PJSIP/a1-phone-00000001")
    assert state(made, "a1") == "ringing"
    # Missed: he has not talked.
    tell(events, "DialEnd", DestUniqueid="u1", DestChannel="PJSIP/a1-phone-00000001")
    events.device("PJSIP/a1-phone", "NOT_INUSE", NOW)
    assert state(made, "a1") == "ringing"
    made.missed(joined("c1"), NOW)
    assert state(made, "a1") == "resting"


def test_a_phone_that_dials_before_it_is_rung_talks() -> None:
    made, events = floor(is_mobile=False)
    events.device("PJSIP/a1-phone", "BUSY", NOW)
    assert state(made, "a1") == "talking"


@pytest.mark.parametrize("phone", ["a1", "a1-web", "a1-pstn"])
def test_who_missed_a_call_back_is_known_by_his_phone(phone: str) -> None:
    assert endpoint_of(channel_like(phone)) == phone
    told = missed_fact("pbx1", "callback-1-1", "q", phone, NOW)
    assert endpoint_of(str(told.data["channel"])) == phone
