"""The survey is no talk: the agent's figures end with his hang-up."""

from datetime import UTC, datetime, timedelta
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, Fact
from apps.calls.engine.fold import fold

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
CALLER, AGENT = "1", "2"


def fact(kind: str, second: int, uniqueid: str = CALLER, **data: Any) -> Fact:
    return Fact(
        node="pbx1",
        linkedid=CALLER,
        key=f"{uniqueid}:{kind}:{second}",
        kind=kind,
        at=AT + timedelta(seconds=second),
        source=AMI,
        uniqueid=uniqueid,
        data=data,
    )


# In the order in which Asterisk 22.10 tells them when the agent hangs up under Queue(…,c).
SERVED = [
    fact(kinds.LEG_STARTED, 0, channel="PJSIP/trunk-carrier-01", exten="4008001000"),
    fact(kinds.LEG_ANSWERED, 0, channel="PJSIP/trunk-carrier-01"),
    fact(kinds.QUEUED, 5, queue="demo-7001"),
    fact(kinds.LEG_STARTED, 6, AGENT, channel="PJSIP/1001-01"),
    fact(kinds.LEG_ANSWERED, 10, AGENT, channel="PJSIP/1001-01"),
    fact(kinds.QUEUE_LEFT, 10, queue="demo-7001"),
    fact(kinds.CONNECTED, 10, AGENT, endpoint="1001"),
    fact(kinds.BRIDGED, 10, AGENT, channel="PJSIP/1001-01", bridge="b"),
    fact(kinds.BRIDGED, 10, channel="PJSIP/trunk-carrier-01", bridge="b"),
    fact(kinds.HANGUP_REQUESTED, 40, AGENT, channel="PJSIP/1001-01"),
    fact(kinds.UNBRIDGED, 40, AGENT, bridge="b"),
    fact(kinds.UNBRIDGED, 40, bridge="b"),
    fact(kinds.LEG_ENDED, 40, AGENT, channel="PJSIP/1001-01", cause="16"),
    fact(kinds.SURVEY_STARTED, 41),
]
OVER = [
    fact(kinds.SURVEY_ANSWERED, 48, position=1, score=1),
    fact(kinds.SURVEY_ENDED, 50, how="completed"),
    fact(kinds.LEG_ENDED, 50, channel="PJSIP/trunk-carrier-01", cause="16"),
]


def test_caller_in_the_survey_talks_with_nobody() -> None:
    state = fold(SERVED)
    assert state.status == "ivr"
    assert state.talking_endpoints() == []


def test_talk_ends_with_the_agent_and_the_call_with_the_caller() -> None:
    state = fold([*SERVED, *OVER])
    assert (state.outcome, state.hangup_by) == ("answered", "agent")
    assert (state.wait_ms, state.talk_ms) == (5_000, 30_000)
    assert state.ended_at == AT + timedelta(seconds=50)
