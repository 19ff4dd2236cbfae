"""Whose browser phone is gone, and who is kept for it."""

from queue import Queue
from typing import Any, cast

import pytest
from panoramisk.message import Message

from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.lost_phones import Look, LostPhone, LostPhones, lost_candidates


def channel(name: str, bridge: str = "", context: str = "") -> LiveChannel:
    return LiveChannel(
        uniqueid=name,
        linkedid="call",
        channel=name,
        bridge=bridge,
        context=context,
        is_answered=context != "",
    )


PHONE = channel("PJSIP/1001-web-00000001", "b1")
CALLER = channel("PJSIP/trunk-carrier-00000002", "b1")


def test_the_other_in_the_bridge_is_kept_for_the_phone() -> None:
    (lost,) = lost_candidates([CALLER, PHONE, channel("PJSIP/1002-web-3", "b2")], "1001-web")
    assert lost == LostPhone(PHONE, CALLER)
    assert lost.endpoint == "1001-web"


def test_nobody_is_kept_for_a_ringing_phone_a_desk_phone_or_in_a_conference() -> None:
    ringing = channel("PJSIP/1001-web-00000001")
    assert lost_candidates([ringing, channel("PJSIP/trunk-carrier-2")]) == []
    desk = channel("PJSIP/1001-00000001", "b1")
    assert lost_candidates([desk, CALLER]) == []
    third = channel("PJSIP/trunk-carrier-00000004", "b1")
    assert lost_candidates([PHONE, CALLER, third]) == []


class Actions:
    """Asterisk with one talk; the phone sends as many packets at each look as it is said."""

    def __init__(self, *packets: str, consulter: str = "", channels: object = None) -> None:
        self.packets = list(packets)
        self.consulter = consulter
        self.channels = channels or [PHONE, CALLER]
        self.done: list[tuple[str, ...]] = []

    def live_channels(self) -> list[LiveChannel]:
        return list(self.channels)  # type: ignore[call-overload]

    def variable(self, channel: str, name: str) -> str:
        if name == "HW_CONSULTER":
            assert channel == CALLER.channel
            return self.consulter
        assert (channel, name) == (PHONE.channel, "CHANNEL(rtcp,rxcount)")
        return self.packets.pop(0)

    def set_variable(self, channel: str, name: str, value: str) -> None:
        self.done.append(("set", channel, name, value))

    def redirect(self, channel: str, *, context: str, exten: str) -> None:
        self.done.append(("redirect", channel, context, exten))

    def hangup(self, channel: str) -> None:
        self.done.append(("hangup", channel))


def looked(actions: Any) -> tuple[int, list[LostPhone]]:
    told: list[LostPhone] = []
    phones = LostPhones("n", actions, wait_s=20, on_lost=told.append)
    return phones.look(Look("1001-web")), told


def test_a_silent_phone_is_let_go_and_its_caller_waits_for_it() -> None:
    actions = Actions("120", "120")
    assert looked(actions) == (1, [LostPhone(PHONE, CALLER)])
    assert actions.done == [
        ("set", CALLER.channel, "HW_REJOIN", "1001-web"),
        ("set", CALLER.channel, "HW_REJOIN_S", "20"),
        ("redirect", CALLER.channel, "huawu-rejoin", "s"),
        ("hangup", PHONE.channel),
    ]


def test_in_a_consultation_nobody_waits_for_who_is_gone() -> None:
    actions = Actions("120", "120", consulter=PHONE.channel)
    assert looked(actions) == (1, [])
    assert ("redirect", CALLER.channel, "huawu-rejoin", "s") in actions.done


def test_who_holds_his_caller_is_hung_up_and_the_dialplan_gives_the_caller_back() -> None:
    held = channel(CALLER.channel, context="huawu-control")
    holding = channel(PHONE.channel, context="huawu-control")
    actions = Actions("120", "120", channels=[holding, held])
    assert looked(actions) == (1, [])
    assert actions.done == [("hangup", PHONE.channel)]


def test_a_phone_that_is_heard_talks_on_though_its_contact_is_gone() -> None:
    actions = Actions("120", "131")
    assert looked(actions) == (0, [])
    assert actions.done == []


def test_a_phone_of_which_nothing_is_known_is_left_alone() -> None:
    actions = Actions("", "")
    assert looked(actions) == (0, [])
    assert actions.done == []


def test_packets_that_came_late_are_followed_by_another_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.telephony.ami.lost_phones.LOOK_AGAIN_S", 0.01)
    actions: Any = Actions("120", "131", "131", "131")
    told: Queue[LostPhone] = Queue()
    phones = LostPhones("n", actions, wait_s=20, on_lost=told.put)
    phones.start()
    phones.hear(Message({"Event": "ContactStatus", "ContactStatus": "Removed", "AOR": "1001-web"}))
    assert told.get(timeout=10) == LostPhone(PHONE, CALLER)
    phones.stop()


def test_a_phone_that_came_back_meanwhile_is_not_looked_at_again() -> None:
    actions = Actions("0", "0")
    phones = LostPhones("n", cast(Any, actions), wait_s=20, on_lost=lambda _lost: None)
    assert phones.look(Look("1001-web", 2, frozenset({"PJSIP/1001-web-of-before"}))) == 0
    assert actions.done == []
