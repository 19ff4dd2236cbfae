"""An agent at a mobile: the Local channel is his, the trunk's channel only the way to him."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState
from apps.core.phones import (
    endpoint_of_channel,
    endpoint_of_interface,
    interface_of,
    is_way_outside,
)

NEAR, FAR = "Local/1001-pstn@huawu-outside-00000001;1", "Local/1001-pstn@huawu-outside-00000001;2"
CARRIER, MOBILE = "PJSIP/trunk-demo-00000001", "PJSIP/trunk-demo-00000002"
CALL = "c1"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def fact(second: float, kind: str, uniqueid: str, **data: Any) -> Fact:
    suffix = data.pop("suffix", "")
    return Fact(
        node="n",
        linkedid=CALL,
        key=f"{uniqueid}:{kind}:{suffix}",
        kind=kind,
        at=START + timedelta(seconds=second),
        source="ami",
        uniqueid=uniqueid,
        data=data,
    )


def rung(call: str, begin: float) -> list[Fact]:
    """The outside phone is rung; its mobile answers 2 s later."""
    return [
        fact(begin, "leg_started", "near", channel=NEAR),
        fact(begin, "leg_started", "far", channel=FAR),
        fact(begin + 0.1, "leg_started", "mobile", channel=MOBILE),
        fact(begin + 0.2, "leg_started", "mobile", channel=MOBILE, way="1", suffix="way"),
        fact(begin + 2, "leg_answered", "mobile", channel=MOBILE),
    ]


def accepted(at: float) -> list[Fact]:
    """He has pressed 1: both halves are up, the way is bridged."""
    return [
        fact(at, "bridged", "far", channel=FAR, bridge="way"),
        fact(at, "bridged", "mobile", channel=MOBILE, bridge="way"),
        fact(at + 0.1, "leg_answered", "near", channel=NEAR),
    ]


def over(at: float, *uniqueids: str) -> list[Fact]:
    channels = {CALL: CARRIER, "near": NEAR, "far": FAR, "mobile": MOBILE, "customer": CARRIER}
    return [
        fact(at + i / 100, "leg_ended", one, channel=channels[one], cause="16")
        for i, one in enumerate(uniqueids)
    ]


def queue_call(*, is_accepted: bool) -> list[Fact]:
    facts = [
        fact(0, "leg_started", CALL, channel=CARRIER, context="huawu-from-trunk", exten="400"),
        fact(0.5, "leg_answered", CALL, channel=CARRIER),
        fact(1, "queued", CALL, queue="demo-7001"),
        *rung(CALL, 2),
        fact(2, "offered", "near", queue="demo-7001", endpoint="1001-pstn", channel=NEAR),
    ]
    if not is_accepted:
        lost = fact(9, "not_answered", "near", queue="demo-7001", endpoint="1001-pstn")
        return [*facts, lost, *over(9, "mobile", "far", "near"), *over(12, CALL)]
    return [
        *facts,
        *accepted(6),
        fact(6.1, "connected", "near", queue="demo-7001", endpoint="1001-pstn", channel=NEAR),
        fact(6.2, "bridged", CALL, channel=CARRIER, bridge="talk"),
        fact(6.2, "bridged", "near", channel=NEAR, bridge="talk"),
        fact(16.2, "hangup_requested", "mobile", channel=MOBILE, is_soft=False),
        *(fact(16.2, "unbridged", one, bridge="x") for one in ("mobile", "far", "near", CALL)),
        *over(16.3, "mobile", "far", "near", CALL),
    ]


def test_wait_ends_when_he_accepts_not_when_the_mobile_answers() -> None:
    state = fold(queue_call(is_accepted=True))
    assert state.agent_endpoint == "1001-pstn"
    assert state.outcome == "answered"
    assert state.answered_at == START + timedelta(seconds=6.1)
    assert state.wait_ms == 5_100
    assert state.talk_ms == 10_000
    assert state.hangup_by == "agent"
    assert [visit.how for visit in state.visits] == ["answered"]
    assert state.visits[0].agent_endpoint == "1001-pstn"


def test_mobile_s_own_voicemail_is_no_answer() -> None:
    state = fold(queue_call(is_accepted=False))
    assert state.outcome == "abandoned"
    assert state.answered_at is None
    assert state.agent_endpoint == ""
    assert state.legs["near"].result == "not_answered"
    assert state.legs["mobile"].kind != "agent"


def click_to_dial() -> list[Fact]:
    moved = {"linkedid": "near"}
    facts = [
        *rung("near", 0),
        *accepted(4),
        fact(4.2, "entered", "near", did="13900139000", tenant="demo"),
        fact(4.3, "decided", "near", next="dial", direction="out"),
        fact(4.5, "leg_started", "customer", channel=CARRIER),
        fact(9, "leg_answered", "customer", channel=CARRIER),
        fact(9.1, "bridged", "near", channel=NEAR, bridge="talk"),
        fact(9.1, "bridged", "customer", channel=CARRIER, bridge="talk"),
        *(fact(19.1, "unbridged", one, bridge="y") for one in ("customer", "near")),
        *over(19.2, "customer", "near", "far", "mobile"),
    ]
    return [Fact(**{**vars(one), **moved}) for one in facts]


def test_call_that_he_makes_is_answered_when_the_customer_answers() -> None:
    state = fold(click_to_dial())
    assert (state.direction, state.outcome) == ("out", "answered")
    assert state.agent_endpoint == "1001-pstn"
    assert state.dialled == "13900139000"
    assert state.answered_at == START + timedelta(seconds=9)
    assert state.talk_ms == 10_000


def summary(state: CallState) -> tuple[Any, ...]:
    return (state.outcome, state.answered_at, state.agent_endpoint, state.talk_ms, state.wait_ms)


@pytest.mark.parametrize("make", [lambda: queue_call(is_accepted=True), click_to_dial])
def test_order_of_arrival_does_not_matter(make: Any) -> None:
    facts = make()
    wanted = summary(fold(facts))
    for shift in range(len(facts)):
        turned = list(itertools.chain(facts[shift:], facts[:shift]))
        assert summary(fold(turned)) == wanted


def test_names() -> None:
    assert interface_of("1001-web") == "PJSIP/1001-web"
    assert interface_of("1001-pstn") == "Local/1001-pstn@huawu-outside/n"
    for endpoint in ("1001", "1001-web", "1001-pstn"):
        assert endpoint_of_interface(interface_of(endpoint)) == endpoint
    assert endpoint_of_interface("Local/100@from-queue/n") == ""
    assert endpoint_of_channel(NEAR) == "1001-pstn"
    assert endpoint_of_channel(FAR) == ""
    assert endpoint_of_channel("Local/100@from-queue-00000001;1") == ""
    assert is_way_outside(FAR)
    assert not is_way_outside(NEAR)
