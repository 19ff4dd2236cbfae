"""Picking up on the node: after the code's own call has ended, and never out of a talk."""

from typing import Any

from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.carry_out import carry_out
from apps.telephony.commands import CALL_PICK_UP, Command

CALLER = LiveChannel("n-1.1", "n-1.1", "PJSIP/1001-00000001")
TALKS = LiveChannel("n-1.1", "n-1.1", "PJSIP/1001-00000001", bridge="b1")
CODE = LiveChannel("n-2.1", "n-2.1", "PJSIP/1003-00000003")


class FakeNode:
    """Asterisk as it is at one look after the other, and what was ordered."""

    def __init__(self, *looks: list[LiveChannel]) -> None:
        self.looks = list(looks)
        self.done: list[tuple[str, ...]] = []

    @property
    def actions(self) -> "FakeNode":
        return self

    def live_channels(self) -> list[LiveChannel]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def set_variable(self, channel: str, name: str, value: str) -> None:
        self.done.append((channel, name, value))

    def redirect(self, channel: str, *, context: str, exten: str) -> None:
        self.done.append((channel, context, exten))

    def pick_up(self, call: str, agent: str) -> None:
        self.done.append((call, agent))


def order(node: FakeNode, **args: Any) -> None:
    base = {"uniqueid": "n-1.1", "agent": "1003", "phone": "", "back": "", "after": ""}
    carry_out(node, Command(CALL_PICK_UP, {**base, **args}))  # type: ignore[arg-type]  # a fake


def test_call_is_moved_to_the_phone_once_its_own_call_has_ended() -> None:
    node = FakeNode([CALLER, CODE], [CALLER, CODE], [CALLER])
    order(node, phone="PJSIP/1003", back="PJSIP/1002&PJSIP/1002-web", after="n-2.1")
    assert node.looks == [[CALLER]]
    assert node.done == [
        (CALLER.channel, "HW_TAKE_OVER", "PJSIP/1003"),
        (CALLER.channel, "HW_TAKE_OVER_BACK", "PJSIP/1002&PJSIP/1002-web"),
        (CALLER.channel, "huawu-picked", "s"),
    ]


def test_queues_call_is_the_distributors() -> None:
    node = FakeNode([CALLER, CODE], [CALLER])
    order(node, after="n-2.1")
    assert node.done == [("n-1.1", "1003")]


def test_talk_that_has_just_begun_and_a_caller_who_has_gone_are_left_alone() -> None:
    for live in ([TALKS], []):
        node = FakeNode(live)
        order(node, phone="PJSIP/1003")
        assert node.done == []
