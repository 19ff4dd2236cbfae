"""The distributor when its link drops: nobody is fetched out of a talk, no order is lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from panoramisk.message import Message

from apps.acd.engine import board
from apps.acd.models import AgentSession, Queue
from apps.acd.span_writer import SpanWriter
from apps.calls.engine.facts import Fact
from apps.core.tenancy import all_tenants
from apps.telephony.ami.actions import AmiActions, LiveChannel, Waiting
from apps.telephony.ami.connection import AmiError, AmiRefusedError
from apps.telephony.ami.distributor import Distributor
from apps.telephony.ami.pick_up import PickUp
from tests.factories import AgentFactory, QueueFactory, QueueMemberFactory
from tests.telephony.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Node:
    """An Asterisk that keeps where it is told to send callers; `faults` come first."""

    live: list[LiveChannel] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    faults: list[AmiError] = field(default_factory=list)
    beats: int = 0

    def live_channels(self) -> list[LiveChannel]:
        return list(self.live)

    def device_states(self) -> list[tuple[str, str]]:
        return [(f"PJSIP/{number}", "NOT_INUSE") for number in ("1001", "1002")]

    def waiting(self) -> list[Waiting]:
        return []

    def set_global(self, name: str, value: str) -> None:
        self.beats += 1

    def set_variable(self, channel: str, name: str, value: str) -> None:
        pass

    def redirect(self, channel: str, *, context: str, exten: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((channel, context))


@pytest.fixture
def queue() -> Queue:
    found: Queue = QueueFactory(number="7001")
    for number in ("1001", "1002"):
        agent = AgentFactory(tenant=found.tenant, number=number, sip_username=number)
        QueueMemberFactory(tenant=found.tenant, queue=found, agent=agent)
        now = datetime.now(UTC)
        with all_tenants("test"):
            AgentSession.objects.create(
                tenant=agent.tenant, agent=agent, phone_kind="desk", state="ready",
                signed_in_at=now, state_since=now,
            )  # fmt: skip
    return found


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def facts() -> list[Fact]:
    return []


@pytest.fixture
def distributor(node: Node, facts: list[Fact]) -> Iterator[Distributor]:
    spans = SpanWriter("pbx1", apply=lambda spans, beat: None)
    made = Distributor("pbx1", cast(AmiActions, node), facts.append, spans)
    spans.start()
    made.start()
    yield made
    made.stop()
    spans.stop()


def waits(queue: Queue, call: str, **more: str) -> Message:
    fields: dict[str, Any] = {
        "Event": "UserEvent", "UserEvent": "HuawuWaiting", "Uniqueid": call, "Linkedid": call,
        "Channel": f"PJSIP/{call}", "Queue": queue.asterisk_name, "WaitS": "300",
        "Joined": str(int(datetime.now(UTC).timestamp() * 1000)), "Why": "joined", **more,
    }  # fmt: skip
    return Message({name: str(value) for name, value in fields.items()})


def channel(call: str, context: str, bridge: str = "", name: str = "") -> LiveChannel:
    return LiveChannel(call, call, name or f"PJSIP/{call}", context=context, bridge=bridge)


@pytest.mark.parametrize(
    ("wait_s", "where"),
    [
        ("300", [channel("c1", "huawu-offer", "b"), channel("x", "s", "b", "PJSIP/1001-1")]),
        ("0", [channel("c1", "huawu-offer", "b"), channel("x", "s", "b", "PJSIP/1001-1")]),
        ("0", [channel("c1", "huawu-next")]),
    ],
    ids=["he talks", "he talks late", "he leaves a message"],
)
def test_who_was_served_while_the_link_was_down_is_left_alone(
    distributor: Distributor,
    node: Node,
    queue: Queue,
    wait_s: str,
    where: list[LiveChannel],
) -> None:
    node.live = [channel("c1", "huawu-wait")]
    distributor.link_up("e1")
    distributor.hear(waits(queue, "c1", WaitS=wait_s))
    until(lambda: node.sent, 10, "rung or over")
    before = list(node.sent)
    distributor.link_down()
    # What became of him meanwhile nobody heard.
    node.live = [*where, channel("c2", "huawu-wait")]
    distributor.link_up("e2")
    distributor.hear(waits(queue, "c2"))
    until(lambda: ("PJSIP/c2", "huawu-offer") in node.sent, 10, "the next one is rung")
    # By now c1's offer is lost on its way, as far as was heard.
    beats = node.beats
    until(lambda: node.beats >= beats + 4, 10)
    assert [one for one in node.sent if one[0] == "PJSIP/c1"] == before


@pytest.mark.parametrize("fault", [AmiRefusedError("Redirect failed"), AmiError("no answer")])
def test_an_order_that_fails_takes_no_other_along(
    distributor: Distributor, node: Node, queue: Queue, fault: AmiError
) -> None:
    node.live = [channel("c1", "huawu-wait"), channel("c2", "huawu-wait")]
    node.faults = [fault]
    distributor.link_up("e1")
    began = datetime.now(UTC)
    distributor.hear(waits(queue, "c1"))
    distributor.hear(waits(queue, "c2"))
    until(lambda: len(node.sent) == 2, 10, "both are rung")
    assert {name for name, _ in node.sent} == {"PJSIP/c1", "PJSIP/c2"}
    # Not after 3 s, as one of which nothing is heard.
    assert (datetime.now(UTC) - began).total_seconds() < 4.4


def test_a_pick_up_does_not_take_a_caller_out_of_a_talk(
    node: Node, distributor: Distributor, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody tells that the first phone rings: on a busy machine the other would be rung meanwhile.
    monkeypatch.setattr(board, "BEGIN_S", 300.0)
    distributor.link_up("e1")
    until(lambda: node.beats, 10, "it is there")
    distributor.hear(waits(queue, "c1"))
    until(lambda: node.sent == [("PJSIP/c1", "huawu-offer")], 10, "he is offered")
    caller = channel("c1", "huawu-offer")
    phone = LiveChannel("x", "c1", "PJSIP/1001-1", is_answered=True)
    # Answered, in a talk, gone: nobody has told yet.
    for live in ([caller, phone], [replace(caller, bridge="b")], []):
        node.live = live
        with pytest.raises(AmiRefusedError):
            distributor.pick_up("c1", "1002")
    assert len(node.sent) == 1
    node.live = [caller, replace(phone, is_answered=False)]
    distributor.pick_up("c1", "1002")
    assert len(node.sent) == 2


def test_a_pick_up_that_nobody_waits_for_any_more_orders_nothing() -> None:
    wish = PickUp("c1", "1002")
    assert not wish.wait(0)
    assert wish.is_given_up
