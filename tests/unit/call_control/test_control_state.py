"""An agent's part of a call, told step by step; the order of arrival does not matter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.call_control.engine.orders import order_make
from apps.calls.engine import facts as kinds
from apps.calls.engine.control import OPERATIONS, Control, control_of, sent_by
from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold

T0 = datetime(2026, 11, 23, 8, tzinfo=UTC)
CUSTOMER, AGENT, COLLEAGUE = "n-1.0", "n-1.1", "n-1.2"
CHANNELS = {
    CUSTOMER: "PJSIP/trunk-demo-00000001",
    AGENT: "PJSIP/1004-00000002",
    COLLEAGUE: "PJSIP/1005-web-00000003",
}
MINE = ("1004", "1004-web")
HIS = ("1005", "1005-web")


def fact(name: str, after_s: float, leg: str = CUSTOMER, **data: Any) -> Fact:
    return Fact(
        node="n",
        linkedid=CUSTOMER,
        key=f"{leg}:{name}:{after_s}",
        kind=name,
        at=T0 + timedelta(seconds=after_s),
        source=kinds.AMI,
        uniqueid=leg,
        data={"channel": CHANNELS.get(leg, ""), **data},
    )


def step(name: str, after_s: float, leg: str, **data: str) -> Fact:
    return fact(kinds.CONTROL, after_s, leg, step=name, **data)


TALK = [
    fact(kinds.LEG_STARTED, 0, caller="13800138000", exten="4008002000"),
    fact(kinds.LEG_ANSWERED, 0.1),
    fact(kinds.QUEUED, 1, queue="demo-7002"),
    fact(kinds.LEG_STARTED, 2, AGENT),
    fact(kinds.OFFERED, 2, AGENT, endpoint="1004"),
    fact(kinds.LEG_ANSWERED, 3, AGENT),
    fact(kinds.CONNECTED, 3, AGENT, endpoint="1004"),
    fact(kinds.BRIDGED, 3, bridge="b1"),
    fact(kinds.BRIDGED, 3, AGENT, bridge="b1"),
]
ASIDE = [
    fact(kinds.UNBRIDGED, 10, bridge="b1"),
    fact(kinds.UNBRIDGED, 10, AGENT, bridge="b1"),
    step("held", 10, CUSTOMER, by="1004"),
]
HELD = [*TALK, *ASIDE, step("holding", 10.1, AGENT, by="1004")]
ASKING = [
    *TALK,
    *ASIDE,
    step("consulting", 10.1, AGENT, by="1004", kind="agent", to="1005"),
    fact(kinds.LEG_STARTED, 10.2, COLLEAGUE),
]
ASKED = [
    *ASKING,
    fact(kinds.LEG_ANSWERED, 14, COLLEAGUE),
    fact(kinds.BRIDGED, 14, AGENT, bridge="b2"),
    fact(kinds.BRIDGED, 14, COLLEAGUE, bridge="b2"),
]
APART = [
    fact(kinds.UNBRIDGED, 20, AGENT, bridge="b2"),
    fact(kinds.UNBRIDGED, 20, COLLEAGUE, bridge="b2"),
]
SWAPPED = [
    *ASKED,
    *APART,
    step("held", 20, COLLEAGUE),
    step("joining", 20, AGENT, by="1004"),
    fact(kinds.BRIDGED, 20.1, AGENT, bridge="b3"),
    fact(kinds.BRIDGED, 20.1, bridge="b3"),
]
CONFERENCE = [
    *ASKED,
    *APART,
    *(step("room", 20, leg, by="1004") for leg in CHANNELS),
    *(fact(kinds.BRIDGED, 20.1, leg, bridge="room") for leg in CHANNELS),
]
# His browser phone is loaded anew: the old channel keeps his place until the new one is there.
AGAIN, HIS_PHONE = "n-1.9", "PJSIP/1004-00000009"
AWAY = [
    *CONFERENCE,
    fact(kinds.UNBRIDGED, 30, AGENT, bridge="room"),
    step("rejoining", 30, AGENT, by="1004"),
    fact(kinds.LEG_STARTED, 31, AGAIN, channel=HIS_PHONE),
]
SEATED = [
    *AWAY,
    fact(kinds.LEG_ANSWERED, 32, AGAIN, channel=HIS_PHONE),
    step("room", 32, AGAIN, channel=HIS_PHONE, by="1004"),
    fact(kinds.LEG_ENDED, 32.1, AGENT, cause="16"),
    fact(kinds.BRIDGED, 32.2, AGAIN, bridge="room", channel=HIS_PHONE),
]
SENT = [
    *TALK,
    fact(kinds.UNBRIDGED, 10, bridge="b1"),
    step("transferring", 10, CUSTOMER, by="1004", kind="agent", to="1005"),
    fact(kinds.UNBRIDGED, 10, AGENT, bridge="b1"),
    fact(kinds.LEG_ENDED, 10.1, AGENT, cause="16"),
    fact(kinds.LEG_STARTED, 10.2, COLLEAGUE),
]
STORIES = {
    "plain": TALK,
    "held": HELD,
    "asking": ASKING,
    "asked": ASKED,
    "swapped": SWAPPED,
    "conference": CONFERENCE,
    "away": AWAY,
    "seated": SEATED,
    "sent": SENT,
}
EXPECTED: dict[str, tuple[str, list[tuple[str, str]], tuple[str, ...]]] = {
    "plain": ("plain", [("customer", "talking")], ("hold", "transfer", "consult", "park")),
    "held": ("held", [("customer", "held")], ("unhold", "transfer", "consult", "park")),
    "asking": (
        "consulting",
        [("customer", "held"), ("agent", "ringing")],
        ("complete", "cancel"),
    ),
    "asked": (
        "consulting",
        [("customer", "held"), ("agent", "talking")],
        ("swap", "complete", "cancel", "conference"),
    ),
    "swapped": (
        "consulting",
        [("customer", "talking"), ("agent", "held")],
        ("swap", "complete", "cancel", "conference"),
    ),
    "conference": (
        "conference",
        [("customer", "talking"), ("agent", "talking")],
        ("consult", "drop", "leave"),
    ),
    "away": ("conference", [("customer", "talking"), ("agent", "talking")], ()),
    "seated": (
        "conference",
        [("customer", "talking"), ("agent", "talking")],
        ("consult", "drop", "leave"),
    ),
    "sent": ("transferring", [("customer", "held"), ("agent", "ringing")], ("take-back",)),
}


def mine(story: list[Fact]) -> Control:
    found = control_of(fold(story), MINE, "1004")
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(STORIES))
def test_the_agents_part(name: str) -> None:
    found = mine(STORIES[name])
    parties = [(one.kind, one.state) for one in found.parties]
    assert (found.mode, parties, found.operations) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(STORIES))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_the_order_of_arrival_does_not_matter(name: str, data: st.DataObject) -> None:
    story = data.draw(st.permutations(STORIES[name]))
    assert control_of(fold([*story, *story[:3]]), MINE, "1004") == mine(STORIES[name])


@pytest.mark.parametrize("name", sorted(STORIES))
def test_a_stranger_has_no_part(name: str) -> None:
    assert control_of(fold(STORIES[name]), ("1006", "1006-web"), "1006") is None


def test_who_is_asked_conducts_nothing() -> None:
    asked = control_of(fold(ASKED), HIS, "1005")
    together = control_of(fold(CONFERENCE), HIS, "1005")
    assert asked is not None
    assert together is not None
    assert (asked.operations, together.operations) == ((), ("leave",))


def test_who_comes_back_into_a_conference_conducts_it_again() -> None:
    state = fold(SEATED)
    his = control_of(state, HIS, "1005")
    assert (state.conductor, state.agent_endpoint) == (AGAIN, "1004")
    assert his is not None
    assert his.operations == ("leave",)


def test_whose_colleague_is_away_for_a_moment_is_in_a_conference_still() -> None:
    his = control_of(fold(AWAY), HIS, "1005")
    assert his is not None
    assert (his.mode, his.operations) == ("conference", ("leave",))


def test_who_was_handed_the_call_conducts_it() -> None:
    story = [
        *ASKED,
        *APART,
        fact(kinds.LEG_ENDED, 20.2, AGENT, cause="16"),
        fact(kinds.BRIDGED, 20.3, bridge="b4"),
        fact(kinds.BRIDGED, 20.3, COLLEAGUE, bridge="b4"),
    ]
    state = fold(story)
    found = control_of(state, HIS, "1005")
    assert found is not None
    assert (found.mode, found.operations) == ("plain", OPERATIONS["plain"])
    assert state.agent_endpoint == "1005-web"
    assert control_of(state, MINE, "1004") is None


def test_who_was_asked_and_waits_may_not_take_the_customer_away() -> None:
    found = control_of(fold(SWAPPED), HIS, "1005")
    assert found is not None
    assert found.operations == ()


def test_a_consultation_makes_nobody_the_calls_agent() -> None:
    assert fold(ASKED).agent_endpoint == "1004"


def test_hold_is_no_talk() -> None:
    ends = [
        fact(kinds.LEG_ENDED, 30, CUSTOMER, cause="16"),
        fact(kinds.LEG_ENDED, 30, AGENT, cause="16"),
        fact(kinds.LEG_ENDED, 30, COLLEAGUE, cause="16"),
    ]
    for story, hold_s, talk_s in ((SWAPPED, 10.1, 16.9), (TALK, 0, 27)):
        state = fold([*story, *ends])
        assert state.hold_ms == pytest.approx(hold_s * 1000, abs=1)
        assert state.talk_ms == pytest.approx(talk_s * 1000, abs=1)


def test_nobody_takes_back_what_a_colleague_has() -> None:
    story = [
        *SENT,
        fact(kinds.LEG_ANSWERED, 12, COLLEAGUE),
        fact(kinds.BRIDGED, 12, bridge="b5"),
        fact(kinds.BRIDGED, 12, COLLEAGUE, bridge="b5"),
    ]
    assert sent_by(fold(SENT), "1004")
    assert not sent_by(fold(SENT), "1005")
    assert not sent_by(fold(story), "1004")
    assert control_of(fold(story), MINE, "1004") is None


def order(story: list[Fact], operation: str, **more: Any) -> Any:
    return order_make(mine(story), operation, by="1004", back=("1004",), room="call-1", **more)


def test_what_does_not_fit_gives_no_order() -> None:
    assert order(TALK, "unhold") is None
    assert order(ASKING, "swap") is None
    assert order(CONFERENCE, "drop", party=CUSTOMER) is None
    assert order(CONFERENCE, "drop", party="n-9.9") is None
    assert order(CONFERENCE, "drop", party=COLLEAGUE).party == COLLEAGUE


def test_a_conference_talks_on_while_its_agent_asks_somebody() -> None:
    assert order(CONFERENCE, "consult").is_room
    assert not order(TALK, "consult").is_room
    story = [
        *CONFERENCE,
        fact(kinds.UNBRIDGED, 30, AGENT, bridge="room"),
        step("consulting", 30, AGENT, by="1004", kind="agent", to="1006"),
    ]
    found = mine(story)
    assert (found.mode, found.is_room, found.operations) == (
        "consulting",
        True,
        ("complete", "cancel"),
    )


def test_handing_over_to_who_still_rings_is_a_transfer() -> None:
    assert order(ASKING, "complete").operation == "transfer"
    assert order(ASKED, "complete").operation == "complete"


def hung_up(after_s: float, leg: str) -> list[Fact]:
    """Return what is told of a person who hangs up."""
    return [
        fact(kinds.HANGUP_REQUESTED, after_s, leg),
        fact(kinds.LEG_ENDED, after_s + 0.01, leg, cause="16"),
    ]


GONE = [*ASKED, *hung_up(20, CUSTOMER)]


def test_a_consultation_goes_on_when_the_customer_has_hung_up() -> None:
    found = mine(GONE)
    parties = [(one.kind, one.state) for one in found.parties]
    assert (found.mode, parties) == ("consulting", [("customer", "gone"), ("agent", "talking")])
    assert found.operations == ("cancel",), "he cannot be handed over any more"
    his = control_of(fold(GONE), HIS, "1005")
    assert his is not None
    assert his.operations == ()
    assert order(GONE, "complete") is None
    assert order(GONE, "cancel").consulted == COLLEAGUE
    # Nobody is consulted any more: nothing is left to be controlled.
    assert control_of(fold([*GONE, *hung_up(25, COLLEAGUE)]), MINE, "1004") is None


def test_a_colleague_who_still_rings_when_the_customer_hangs_up_can_be_called_off() -> None:
    found = mine([*ASKING, *hung_up(12, CUSTOMER)])
    assert (found.mode, found.operations) == ("consulting", ("cancel",))


def test_what_is_said_after_the_customer_has_gone_is_no_talk_of_the_call() -> None:
    late = [
        *ASKING,
        *hung_up(13, CUSTOMER),
        *ASKED[len(ASKING) :],
    ]
    for story, hold_s in ((GONE, 10.01), (late, 3.01)):
        state = fold([*story, *hung_up(30, COLLEAGUE), *hung_up(30.5, AGENT)])
        assert (state.outcome, state.agent_endpoint) == ("answered", "1004")
        assert state.hangup_by == "caller"
        assert state.talk_ms == pytest.approx(7_000, abs=1)
        assert state.hold_ms == pytest.approx(hold_s * 1000, abs=1)


ON_HIS_WAY = {
    "transferring": [step("transferring", 20, CUSTOMER, by="1004", kind="agent", to="1005")],
    "parked": [step("parked", 20, CUSTOMER, by="1004")],
    "back": [step("back", 20, CUSTOMER, by="1004")],
    "queued": [fact(kinds.QUEUED, 20, queue="demo-7021")],
}


@pytest.mark.parametrize("where", sorted(ON_HIS_WAY))
@pytest.mark.parametrize("agent_at_s", [19.9, 20.1])
def test_a_customer_who_gives_up_on_his_way_has_ended_the_call(
    where: str, agent_at_s: float
) -> None:
    held = [*HELD, *hung_up(agent_at_s, AGENT), *ON_HIS_WAY[where]]
    assert fold([*held, *hung_up(30, CUSTOMER)]).hangup_by == "caller"


@pytest.mark.parametrize(
    "order_of_coming", [(CUSTOMER, AGENT, COLLEAGUE), (COLLEAGUE, CUSTOMER, AGENT)]
)
def test_a_conference_is_its_agents_until_he_leaves(order_of_coming: tuple[str, ...]) -> None:
    story = [
        *ASKED,
        *APART,
        *(step("room", 20, leg, by="1004") for leg in (CUSTOMER, AGENT, COLLEAGUE)),
        *(
            fact(kinds.BRIDGED, 20.1 + number / 10, leg, bridge="room")
            for number, leg in enumerate(order_of_coming)
        ),
    ]
    assert fold(story).agent_endpoint == "1004"
    assert fold([*story, *hung_up(30, CUSTOMER), *hung_up(30.1, AGENT)]).agent_endpoint == "1004"
    left = [*story, fact(kinds.UNBRIDGED, 30, AGENT, bridge="room")]
    assert fold(left).agent_endpoint == "1004", "he may ask somebody aside"
    state = fold([*left, fact(kinds.LEG_ENDED, 30.1, AGENT, cause="16")])
    assert state.agent_endpoint == "1005-web"
