"""Whose browser phone is gone, and who is kept for it."""

from queue import Queue
from typing import Any, cast

import pytest
from panoramisk.message import Message

from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.lost_phones import Look, LostPhone, LostPhones, lost_candidates


def channel(name: str, bridge: str = "", context: str = "", exten: str = "") -> LiveChannel:
    return LiveChannel(
        uniqueid=name,
        linkedid="call",
        channel=name,
        bridge=bridge,
        context=context,
        exten=exten,
        is_answered=context != "",
    )


PHONE = channel("PJSIP/1001-web-00000001", "b1")
CALLER = channel("PJSIP/trunk-carrier-00000002", "b1")


def test_the_other_in_the_bridge_is_kept_for_the_phone() -> None:
    (lost,) = lost_candidates([CALLER, PHONE, channel("PJSIP/1002-web-3", "b2")], "1001-web")
    assert lost == LostPhone(PHONE, CALLER)
    assert lost.endpoint == "1001-web"


def test_nobody_is_kept_for_a_ringing_phone_or_a_desk_phone() -> None:
    ringing = channel("PJSIP/1001-web-00000001")
    assert lost_candidates([ringing, channel("PJSIP/trunk-carrier-2")]) == []
    desk = channel("PJSIP/1001-00000001", "b1")
    assert lost_candidates([desk, CALLER]) == []


def test_in_a_conference_it_is_the_phone_whose_place_is_kept() -> None:
    third = channel("PJSIP/trunk-carrier-00000004", "b1")
    room = channel(PHONE.channel, "b1", "huawu-control", "room")
    assert lost_candidates([room, CALLER, third]) == [LostPhone(room, is_in_room=True)]
    # A bridge of three that is none of our rooms.
    assert lost_candidates([PHONE, CALLER, third]) == []


class Actions:
    """Asterisk with one talk; the phone sends as many packets at each look as it is said."""

    def __init__(
        self, *packets: str, consulter: str = "", home: str = "", channels: object = None
    ) -> None:
        self.packets = list(packets)
        self.consulter, self.home = consulter, home
        self.channels = channels or [PHONE, CALLER]
        self.done: list[tuple[str, ...]] = []

    def live_channels(self) -> list[LiveChannel]:
        return list(self.channels)  # type: ignore[call-overload]

    def variable(self, channel: str, name: str) -> str:
        if name == "HW_CONSULTER":
            assert channel == CALLER.channel
            return self.consulter
        if name == "HW_HOME":
            return self.home
        assert (channel, name) == (PHONE.channel, "CHANNEL(rtcp,rxcount)")
        return self.packets.pop(0)

    def set_variable(self, channel: str, name: str, value: str) -> None:
        self.done.append(("set", channel, name, value))

    def redirect(self, channel: str, *, context: str, exten: str) -> None:
        self.done.append(("redirect", channel, context, exten))

    def hangup(self, channel: str) -> None:
        self.done.append(("hangup", channel))


Told = list[tuple[LiveChannel, str]]


def looked(actions: Any) -> tuple[int, Told]:
    told: Told = []
    phones = LostPhones("n", actions, wait_s=20, on_lost=lambda *lost: told.append(lost))
    return phones.look(Look("1001-web")), told


def test_a_silent_phone_is_let_go_and_its_caller_waits_for_it() -> None:
    actions = Actions("120", "120")
    assert looked(actions) == (1, [(CALLER, "1001-web")])
    assert actions.done == [
        ("set", CALLER.channel, "HW_REJOIN_HELD", ""),
        ("set", CALLER.channel, "HW_REJOIN", "1001-web"),
        ("set", CALLER.channel, "HW_REJOIN_S", "20"),
        ("redirect", CALLER.channel, "huawu-rejoin", "s"),
        ("hangup", PHONE.channel),
    ]


def test_in_a_consultation_nobody_waits_for_who_is_gone() -> None:
    actions = Actions("120", "120", consulter=PHONE.channel)
    assert looked(actions) == (1, [])
    assert ("redirect", CALLER.channel, "huawu-rejoin", "s") in actions.done


def test_whom_he_holds_is_kept_too_and_will_be_held_again() -> None:
    held = channel(CALLER.channel, context="huawu-control")
    holding = channel(PHONE.channel, context="huawu-control")
    actions = Actions("120", "120", home=held.channel, channels=[holding, held])
    assert looked(actions) == (1, [(held, "1001-web")])
    assert actions.done == [
        ("set", held.channel, "HW_REJOIN_HELD", "1"),
        ("set", held.channel, "HW_REJOIN", "1001-web"),
        ("set", held.channel, "HW_REJOIN_S", "20"),
        ("redirect", held.channel, "huawu-rejoin", "s"),
        ("hangup", PHONE.channel),
    ]


@pytest.mark.parametrize("bridge", ["", "b2"])
def test_a_phone_alone_is_hung_up_when_its_customer_is_gone_or_talks(bridge: str) -> None:
    holding = channel(PHONE.channel, context="huawu-control")
    others = [channel(CALLER.channel, bridge)] if bridge else []
    actions = Actions("120", "120", home=CALLER.channel, channels=[holding, *others])
    assert looked(actions) == (1, [])
    assert actions.done == [("hangup", PHONE.channel)]


def test_in_a_conference_his_own_channel_waits_for_him_and_the_others_talk_on() -> None:
    room = channel(PHONE.channel, "b1", "huawu-control", "room")
    third = channel("PJSIP/1002-web-00000004", "b1", "huawu-control", "room")
    actions = Actions("120", "120", channels=[room, CALLER, third])
    assert looked(actions) == (1, [])
    assert actions.done == [
        ("set", PHONE.channel, "HW_REJOIN", "1001-web"),
        ("set", PHONE.channel, "HW_REJOIN_S", "20"),
        ("redirect", PHONE.channel, "huawu-rejoin", "seat"),
    ]


def test_a_phone_that_is_heard_talks_on_though_its_contact_is_gone() -> None:
    actions = Actions("120", "131")
    assert looked(actions) == (0, [])
    assert actions.done == []


def test_a_phone_of_which_nothing_is_known_is_left_alone() -> None:
    actions = Actions("", "")
    assert looked(actions) == (0, [])
    assert actions.done == []


@pytest.mark.parametrize("status", ["Removed", "Unreachable"])
def test_packets_that_came_late_are_followed_by_another_look(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr("apps.telephony.ami.lost_phones.LOOK_AGAIN_S", 0.01)
    actions: Any = Actions("120", "131", "131", "131")
    told: Queue[tuple[LiveChannel, str]] = Queue()
    phones = LostPhones("n", actions, wait_s=20, on_lost=lambda *lost: told.put(lost))
    phones.start()
    phones.hear(Message({"Event": "ContactStatus", "ContactStatus": status, "AOR": "1001-web"}))
    assert told.get(timeout=10) == (CALLER, "1001-web")
    phones.stop()


def test_a_phone_that_came_back_meanwhile_is_not_looked_at_again() -> None:
    actions = Actions("0", "0")
    phones = LostPhones("n", cast(Any, actions), wait_s=20, on_lost=lambda *_lost: None)
    assert phones.look(Look("1001-web", 2, frozenset({"PJSIP/1001-web-of-before"}))) == 0
    assert actions.done == []
