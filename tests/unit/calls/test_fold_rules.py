"""Rules of the fold that no recording shows: AGI's facts, gaps, half-heard calls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import BadFactError, Fact, clean, endpoint_of, fact_at_key
from apps.calls.engine.fold import fold
from tests.fixtures import replay

T0 = datetime(2026, 11, 23, 8, tzinfo=UTC)
CALLER, AGENT = "n-1.0", "n-1.1"


def fact(kind: str, after_s: float = 0, *, leg: str = CALLER, key: str = "", **data: Any) -> Fact:
    return Fact(
        node="n",
        linkedid=CALLER,
        key=key or f"{leg}:{kind}:{after_s}",
        kind=kind,
        at=T0 + timedelta(seconds=after_s),
        source=kinds.AMI,
        uniqueid=leg,
        data=data,
    )


START = fact(
    kinds.LEG_STARTED,
    channel="PJSIP/trunk-lab-00000001",
    exten="4008001000",
    context="huawu-from-trunk",
    caller="13800138000",
)
QUEUED = fact(kinds.QUEUED, 1, queue="lab-7001")
OFFERED = fact(kinds.OFFERED, 2, leg=AGENT, endpoint="1001-web", channel="PJSIP/1001-web-00000002")
CONNECTED = fact(kinds.CONNECTED, 5, leg=AGENT, endpoint="1001-web")
BRIDGE = [
    fact(kinds.BRIDGED, 5.01, leg=AGENT, bridge="b"),
    fact(kinds.BRIDGED, 5.02, bridge="b"),
]
ENDS = [
    fact(kinds.LEG_ENDED, 9, cause="16"),
    fact(kinds.LEG_ENDED, 9.1, leg=AGENT, cause="16"),
]


def test_no_facts_fold_to_an_empty_call() -> None:
    state = fold([])
    assert (state.status, state.linkedid, state.caller_leg) == ("ivr", "", None)


def test_status_follows_the_call() -> None:
    story = [START, QUEUED, OFFERED, CONNECTED, *BRIDGE, *ENDS]
    statuses = [fold(story[: count + 1]).status for count in range(len(story))]
    assert statuses == [
        "ivr", "queued", "ringing", "talking", "talking", "talking", "talking", "ended",
    ]  # fmt: skip


def test_the_offered_agent_rings_and_the_connected_one_talks() -> None:
    assert fold([START, QUEUED, OFFERED]).ringing_endpoints() == ["1001-web"]
    talking = fold([START, QUEUED, OFFERED, CONNECTED])
    assert talking.ringing_endpoints() == []
    assert talking.talking_endpoints() == ["1001-web"]
    assert talking.wait_ms == 4000


def test_held_call_is_held_until_the_agent_comes_back() -> None:
    held = [START, QUEUED, OFFERED, CONNECTED, *BRIDGE, fact(kinds.HELD, 6, leg=AGENT)]
    assert fold(held).status == "held"
    assert fold([*held, fact(kinds.UNHELD, 7, leg=AGENT)]).status == "talking"


def test_held_caller_who_hangs_up_was_held_to_the_end() -> None:
    state = fold([START, OFFERED, CONNECTED, *BRIDGE, fact(kinds.HELD, 6, leg=AGENT), *ENDS])
    assert (state.hold_ms, state.talk_ms) == (3100, 990)


def test_end_without_unhold_of_a_lost_leg_still_closes_the_hold() -> None:
    state = fold([START, OFFERED, CONNECTED, *BRIDGE, fact(kinds.HELD, 6, leg="n-9"), *ENDS])
    assert state.status == "ended"
    assert state.hold_ms == 3100


def test_agi_tells_company_number_and_path() -> None:
    state = fold(
        [
            fact(kinds.ENTERED, 0.1, did="4008001000", tenant="demo"),
            fact(kinds.NODE, 1, node="main", keys="2"),
            fact(kinds.NODE, 2, node="pin", keys="******"),
            fact(kinds.DECIDED, 3, next="queue", target="demo-7001"),
        ]
    )
    assert state.tenant_slug == "demo"
    assert state.dialled == "4008001000"
    assert state.path == [{"node": "main", "keys": "2"}, {"node": "pin", "keys": "******"}]
    assert (state.decided, state.decided_target) == ("queue", "demo-7001")


@pytest.mark.parametrize(
    ("decided", "outcome"),
    [("refuse", "refused"), ("apology", "failed"), ("tone", "self_service")],
)
def test_outcome_without_agent_follows_the_decision(decided: str, outcome: str) -> None:
    answered = fact(kinds.LEG_ANSWERED, 1)
    state = fold([START, answered, fact(kinds.DECIDED, 1.5, next=decided), ENDS[0]])
    assert state.outcome == outcome


def test_fallback_without_a_queue_is_an_apology() -> None:
    state = fold([START, fact(kinds.FALLBACK, 1, queue="", box=""), ENDS[0]])
    assert (state.decided, state.outcome) == ("apology", "failed")


def test_call_that_waits_for_the_beep_is_in_voicemail() -> None:
    state = fold([START, fact(kinds.DECIDED, 1, next="voicemail")])
    assert state.status == "voicemail"


def test_caller_back_from_a_talk_still_talks_until_the_end() -> None:
    left = [
        fact(kinds.UNBRIDGED, 7, leg=AGENT, bridge="b"),
        fact(kinds.UNBRIDGED, 7, bridge="b"),
        fact(kinds.LEG_ENDED, 7.1, leg=AGENT),
    ]
    assert fold([START, OFFERED, CONNECTED, *BRIDGE, *left]).status == "talking"


def test_gap_marks_the_call_incomplete() -> None:
    assert fold([START, fact(kinds.GAP, 3)]).is_incomplete


def test_end_told_by_resync_and_cel_counts_once_and_the_earlier_time_wins() -> None:
    late = fact(kinds.LEG_ENDED, 60, key=f"{CALLER}:ended")
    true = fact(kinds.LEG_ENDED, 9, key=f"{CALLER}:ended", cause="16", hangup_source="")
    for told in ([START, late, true], [START, true, late]):
        state = fold(told)
        assert state.ended_at == T0 + timedelta(seconds=9)
        assert state.hangup_cause == 16


def test_what_the_earlier_teller_did_not_know_is_filled_from_the_later() -> None:
    first = fact(kinds.LEG_ENDED, 9, key=f"{CALLER}:ended", cause="")
    second = fact(kinds.LEG_ENDED, 9.5, key=f"{CALLER}:ended", cause="19")
    assert fold([START, second, first]).hangup_cause == 19


def test_leg_of_another_driver_has_no_endpoint_and_stays_external() -> None:
    local = fact(kinds.LEG_STARTED, 1, leg=AGENT, channel="Local/1@x-00000001;1")
    leg = fold([START, local]).legs[AGENT]
    assert (leg.endpoint, leg.kind) == ("", "external")


def test_call_of_which_only_the_second_leg_is_known_folds() -> None:
    state = fold([OFFERED, CONNECTED, ENDS[1]])
    assert state.outcome == "answered"
    assert state.caller_leg is not None
    assert state.caller_leg.uniqueid == AGENT


@pytest.mark.parametrize("exten", ["", "s"])
def test_extension_without_digits_is_no_number_dialled(exten: str) -> None:
    assert fold([fact(kinds.LEG_STARTED, channel="PJSIP/x-1", exten=exten)]).dialled == ""


def test_second_offer_of_the_same_leg_changes_nothing() -> None:
    not_answered = fact(kinds.NOT_ANSWERED, 6, leg=AGENT)
    state = fold([START, OFFERED, CONNECTED, not_answered])
    assert state.legs[AGENT].result == "connected"


def test_queue_left_without_joining_gives_no_wait() -> None:
    assert fold([START, fact(kinds.QUEUE_LEFT, 2, queue="q")]).wait_ms is None


def test_second_queue_starts_a_new_wait() -> None:
    state = fold(
        [
            START,
            QUEUED,
            fact(kinds.QUEUE_LEFT, 4, queue="lab-7001"),
            fact(kinds.QUEUED, 5, queue="lab-7002"),
            fact(kinds.QUEUE_LEFT, 7, queue="lab-7002"),
        ]
    )
    assert (state.queue, state.wait_ms) == ("lab-7002", 2000)


def test_hangup_source_of_a_channel_nobody_knows_is_the_system() -> None:
    ended = fact(kinds.LEG_ENDED, 9, hangup_source="dialplan/builtin")
    assert fold([START, ended]).hangup_by == "system"


def test_unknown_leg_that_only_recorded_counts_its_path_once() -> None:
    recording = fact(kinds.RECORDING_STARTED, 6, leg=AGENT, path="/r/1.raw")
    again = fact(kinds.RECORDING_STARTED, 7, leg=AGENT, path="/r/1.raw")
    empty = fact(kinds.RECORDING_STARTED, 8, leg=AGENT, path="")
    assert fold([START, recording, again, empty]).recordings == ["/r/1.raw"]


def test_completed_and_stopped_say_nothing_that_the_legs_do_not() -> None:
    told = [START, fact(kinds.COMPLETED, 9, leg=AGENT), fact(kinds.RECORDING_STOPPED, 9)]
    assert fold(told) == fold([START])


def test_enter_and_leave_of_a_bridge_twice_counts_once() -> None:
    again = fact(kinds.BRIDGED, 5.5, leg=AGENT, bridge="b")
    leave = fact(kinds.UNBRIDGED, 7, leg=AGENT, bridge="b")
    twice = fact(kinds.UNBRIDGED, 7.2, leg=AGENT, bridge="b")
    state = fold([START, OFFERED, CONNECTED, *BRIDGE, again, leave, twice, *ENDS])
    assert state.talk_ms == 1990


@pytest.mark.parametrize("name", replay.NAMES)
def test_fact_survives_its_line_of_json(name: str) -> None:
    for one in replay.facts(name):
        line = one.to_json()
        assert "\n" not in line
        assert Fact.from_json(line) == one


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "{}", '{"at":1}', START.to_json()[:-5], START.to_json().replace("leg_st", "x")],
)
def test_line_that_is_no_fact_is_refused(line: str) -> None:
    with pytest.raises(BadFactError):
        Fact.from_json(line)


def test_text_from_the_network_is_bounded_and_has_no_controls() -> None:
    assert clean("a\r\nAction: Hangup\x00b") == "a  Action: Hangup b"
    assert clean("长" * 500) == "长" * 200
    assert clean(None) == ""
    assert clean(0) == "0"


def test_keys_of_times_keep_microseconds() -> None:
    assert fact_at_key(T0 + timedelta(microseconds=1)) == "1795420800000001"


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [
        ("PJSIP/1001-web-0000001f", "1001-web"),
        ("PJSIP/trunk-lab-00000001", "trunk-lab"),
        ("Local/s@x-00000001;2", ""),
        ("", ""),
    ],
)
def test_endpoint_is_read_from_the_channel(channel: str, endpoint: str) -> None:
    assert endpoint_of(channel) == endpoint


def test_agents_call_to_a_queue_belongs_to_the_one_who_served_it() -> None:
    dialled = fact(
        kinds.LEG_STARTED,
        channel="PJSIP/1002-00000001",
        exten="7001",
        context="huawu-from-agent",
        caller="1002",
    )
    state = fold([dialled, QUEUED, OFFERED, CONNECTED, *BRIDGE, *ENDS])
    assert (state.direction, state.outcome) == ("internal", "answered")
    assert state.agent_endpoint == "1001-web"
    # Nobody answered: it stays his own call.
    assert fold([dialled, QUEUED, ENDS[0]]).agent_endpoint == "1002"


RUNG = "n-1.2"
RING = fact(kinds.DECIDED, 1, next="dial", target="1001", reason="boss: agent")


def rung(channel: str) -> list[Fact]:
    return [
        fact(kinds.LEG_STARTED, 1.5, leg=RUNG, channel=channel),
        fact(kinds.LEG_ANSWERED, 3, leg=RUNG, channel=channel),
        fact(kinds.BRIDGED, 3.1, leg=RUNG, bridge="b", channel=channel),
        fact(kinds.BRIDGED, 3.2, bridge="b"),
        fact(kinds.LEG_ENDED, 9, cause="16"),
        fact(kinds.LEG_ENDED, 9.1, leg=RUNG, cause="16"),
    ]


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [("PJSIP/1001-00000002", "1001"), ("PJSIP/trunk-lab-00000002", "")],
)
def test_caller_whom_a_flow_put_through_is_answered(channel: str, endpoint: str) -> None:
    state = fold([START, RING, *rung(channel)])
    assert (state.outcome, state.agent_endpoint, state.direction) == ("answered", endpoint, "in")
    assert state.answered_at == T0 + timedelta(seconds=3.2)
    assert 5_800 <= (state.talk_ms or 0) <= 6_100


def test_voicemail_after_nobody_answered_is_a_voicemail() -> None:
    leg = "PJSIP/1001-00000002"
    story = [
        START,
        RING,
        fact(kinds.LEG_STARTED, 1.5, leg=RUNG, channel=leg),
        fact(kinds.LEG_ENDED, 5, leg=RUNG, cause="17"),
        fact(kinds.DECIDED, 6, next="voicemail", target="lab-7000", reason="box"),
        fact(kinds.VOICEMAIL_LEFT, 8, path="/x.wav"),
        fact(kinds.LEG_ENDED, 9, cause="16"),
    ]
    state = fold(story)
    assert (state.outcome, state.answered_at, state.agent_endpoint) == ("voicemail", None, "")


def test_nobody_answers_and_the_flow_has_no_other_way_is_failed() -> None:
    state = fold([START, RING, fact(kinds.LEG_ENDED, 9, cause="17")])
    assert state.outcome == "failed"


GIVES_UP = fact(kinds.HANGUP_REQUESTED, 9, channel="PJSIP/trunk-lab-00000001", cause="16")


@pytest.mark.parametrize(
    ("rung_until", "outcome"),
    [
        (9.1, "abandoned"),
        # The phone was silent long before: he heard that nobody is there, and hung up then.
        (4, "failed"),
    ],
)
def test_who_hangs_up_while_a_flow_rings_for_him_has_abandoned(
    rung_until: float, outcome: str
) -> None:
    channel = "PJSIP/1001-00000002"
    state = fold(
        [
            START,
            RING,
            fact(kinds.LEG_STARTED, 1.5, leg=RUNG, channel=channel),
            GIVES_UP,
            fact(kinds.LEG_ENDED, rung_until, leg=RUNG, cause="0"),
            fact(kinds.LEG_ENDED, 9.2, cause="16"),
        ]
    )
    assert (state.outcome, state.hangup_by) == (outcome, "caller")


def call_back_story(*, customer: bool) -> list[Fact]:
    """Return a try of a call-back: the agent's phone first, then the customer's."""
    story = [
        fact(
            kinds.CALL_BACK,
            -0.1,
            call_back=7,
            tenant="demo",
            queue="demo-7002",
            number="13900139000",
        ),
        fact(
            kinds.LEG_STARTED,
            channel="PJSIP/1001-00000001",
            exten="",
            context="huawu-from-agent",
            caller="1001",
        ),
        fact(kinds.OFFERED, 0, queue="demo-7002", endpoint="1001", channel="PJSIP/1001-"),
        fact(kinds.LEG_RINGING, 1, channel="PJSIP/1001-00000001"),
        fact(kinds.LEG_ANSWERED, 3, channel="PJSIP/1001-00000001"),
        fact(kinds.LEG_STARTED, 3.1, leg=AGENT, channel="PJSIP/trunk-demo-00000002"),
        fact(kinds.LEG_RINGING, 4, leg=AGENT),
    ]
    if customer:
        story += [
            fact(kinds.LEG_ANSWERED, 6, leg=AGENT, channel="PJSIP/trunk-demo-00000002"),
            fact(kinds.BRIDGED, 6.1, bridge="b"),
            fact(kinds.BRIDGED, 6.1, leg=AGENT, bridge="b"),
            fact(kinds.UNBRIDGED, 16.1, bridge="b"),
        ]
    ends = [
        fact(kinds.LEG_ENDED, 16.1, leg=AGENT, cause="16" if customer else "17"),
        fact(kinds.LEG_ENDED, 17, cause="16"),
    ]
    return story + ends


def test_a_call_back_is_the_queue_s_call_out_and_no_visit() -> None:
    state = fold(call_back_story(customer=True))
    assert (state.direction, state.dialled, state.queue) == ("out", "13900139000", "demo-7002")
    assert (state.outcome, state.agent_endpoint) == ("answered", "1001")
    assert state.answered_at == T0 + timedelta(seconds=6)
    assert (state.visits, state.queued_at, state.talk_ms) == ([], None, 10_000)


def test_a_call_back_whose_customer_is_busy_was_not_answered() -> None:
    state = fold(call_back_story(customer=False))
    assert (state.outcome, state.answered_at, state.direction) == ("failed", None, "out")


def test_while_its_agent_rings_a_call_back_is_a_call_out_already() -> None:
    state = fold(call_back_story(customer=True)[:4])
    assert (state.direction, state.status, state.dialled) == ("out", "ringing", "13900139000")


def test_who_orders_a_call_back_while_waiting_has_not_abandoned() -> None:
    left = fact(kinds.QUEUE_LEFT, 20, queue="lab-7001", reason="call_back")
    state = fold([START, QUEUED, left, fact(kinds.LEG_ENDED, 26, cause="16")])
    assert (state.outcome, state.visits[0].how, state.visits[0].reason) == (
        "self_service",
        "flowed_out",
        "call_back",
    )
