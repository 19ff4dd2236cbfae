"""The fake phone system and the real one keep the same contract."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from apps.calls.ports import PhoneSystem, phone_system
from apps.core.node_status import NodeStatus, node_status_set
from apps.telephony.commands import (
    Command,
    PhoneSystemDownError,
    local_register,
    local_unregister,
)
from apps.telephony.phone_system import ChannelLayerPhoneSystem
from tests.fixtures.fake_phone_system import FakePhoneSystem


class Subject:
    """One phone system, what it was asked, and a switch for its link."""

    def __init__(
        self,
        system: PhoneSystem,
        asked: Callable[[], list[tuple[str, dict[str, Any]]]],
        link: Callable[[bool], None],
    ) -> None:
        self.system, self.asked, self.link = system, asked, link


@pytest.fixture(params=["fake", "real"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "fake":
        fake = FakePhoneSystem()
        yield Subject(fake, lambda: fake.asked, lambda is_up: setattr(fake, "is_up", is_up))
        return
    taken: list[Command] = []
    node = settings.HUAWU_NODE
    local_register(node, taken.append)

    def link(is_up: bool) -> None:
        node_status_set(NodeStatus(node=node, is_up=is_up, since="2026-11-23T08:00:00.000Z"))

    link(True)
    yield Subject(
        ChannelLayerPhoneSystem(), lambda: [(one.action, one.args) for one in taken], link
    )
    local_unregister(node)
    cache.delete(f"huawu:node:{node}")


def originate(system: PhoneSystem) -> None:
    system.call_originate(
        node=settings.HUAWU_NODE, endpoint="1001-web", number="10086", caller_id="4008001000"
    )


def test_commands_are_handed_over_with_what_they_need(subject: Subject) -> None:
    subject.system.agent_sync(agent_id=7, user_stream="user.1")
    subject.system.call_hangup(node=settings.HUAWU_NODE, uniqueid="n-1.1")
    originate(subject.system)
    subject.system.call_to_survey(node=settings.HUAWU_NODE, uniqueid="n-1.1")
    subject.system.configuration_changed()
    assert subject.asked() == [
        ("agent_sync", {"agent_id": 7}),
        ("call_hangup", {"uniqueid": "n-1.1"}),
        (
            "call_originate",
            {"endpoint": "1001-web", "number": "10086", "caller_id": "4008001000"},
        ),
        ("call_to_survey", {"uniqueid": "n-1.1"}),
        ("configuration_changed", {}),
    ]


def test_supervision_and_pick_up_are_handed_over(subject: Subject) -> None:
    node = settings.HUAWU_NODE
    ask(subject.system)
    subject.system.supervision_tone(node=node, watched="n-1.2", is_to_both=True)
    assert subject.asked() == [
        (
            "call_take_over",
            {"uniqueid": "n-1.1", "phone": "PJSIP/a", "back": "PJSIP/b", "released": "n-1.2"},
        ),
        (
            "call_pick_up",
            {"uniqueid": "n-1.1", "agent": "1001", "phone": "", "back": "", "after": ""},
        ),
        (
            "supervision_start",
            {
                "channel": "supervision-1",
                "phone": "1101",
                "watched": "n-1.2",
                "mode": "listen",
                "keys": "4",
                "shown": "1001",
            },
        ),
        ("supervision_switch", {"channel": "supervision-1", "mode": "barge"}),
        ("supervision_tone", {"watched": "n-1.2", "is_to_both": True}),
    ]


def ask(system: PhoneSystem) -> None:
    node = settings.HUAWU_NODE
    system.call_take_over(
        node=node, uniqueid="n-1.1", phone="PJSIP/a", back="PJSIP/b", released="n-1.2"
    )
    system.call_pick_up(node=node, uniqueid="n-1.1", agent="1001")
    system.supervision_start(
        node=node,
        channel="supervision-1",
        phone="1101",
        watched="n-1.2",
        mode="listen",
        keys="4",
        shown="1001",
    )
    system.supervision_switch(node=node, channel="supervision-1", mode="barge")


def test_without_a_link_nobody_comes_into_a_call(subject: Subject) -> None:
    subject.link(False)
    with pytest.raises(PhoneSystemDownError):
        ask(subject.system)
    assert subject.asked() == []


def test_without_a_link_a_call_cannot_be_made_or_ended(subject: Subject) -> None:
    subject.link(False)
    with pytest.raises(PhoneSystemDownError):
        subject.system.call_hangup(node=settings.HUAWU_NODE, uniqueid="n-1.1")
    with pytest.raises(PhoneSystemDownError):
        originate(subject.system)
    with pytest.raises(PhoneSystemDownError):
        subject.system.call_to_survey(node=settings.HUAWU_NODE, uniqueid="n-1.1")
    assert subject.asked() == []


def test_what_is_levelled_later_is_accepted_without_a_link(subject: Subject) -> None:
    subject.link(False)
    subject.system.agent_sync(agent_id=7)
    subject.system.configuration_changed()
    assert [action for action, _ in subject.asked()] == ["agent_sync", "configuration_changed"]


def test_configured_phone_system_is_the_real_one() -> None:
    phone_system.cache_clear()
    assert isinstance(phone_system(), ChannelLayerPhoneSystem)
    phone_system.cache_clear()


def test_silent_process_counts_as_down() -> None:
    cache.delete(f"huawu:node:{settings.HUAWU_NODE}")
    with pytest.raises(PhoneSystemDownError):
        originate(ChannelLayerPhoneSystem())
