"""What of a call counts for or against a promise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.promises.engine.calls import (
    APOLOGY,
    CUT,
    DROPS,
    FALLBACK,
    LATE,
    NETWORK,
    PHONE,
    UNANSWERED,
    UNHEARD,
    UNSERVED,
    EndedCall,
    measured,
)
from apps.promises.engine.sums import CallSums, added
from apps.promises.engine.verdicts import ALL, Measured, Service

AT = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def s(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


# A caller who heard the menu after 2 s, was taken from the queue and hung up himself.
TALKED = EndedCall(
    call_id=1, direction="in", started_at=AT, ended_at=s(100), outcome="answered",
    picked_up_at=s(2), queued_at=s(10), answered_at=s(20), has_path=True, hangup_by="caller",
    hangup_cause=16, partner_ended_at=s(100), is_asked=True,
)  # fmt: skip
NOTHING = EndedCall(1, "in", AT, s(3), "failed", hangup_by="caller")


def test_a_served_caller_counts_for_each_promise() -> None:
    sums, against = measured(TALKED)
    assert against == ()
    assert sums == CallSums(
        callers=1, connected=1, voices=1, voice_ms=2_000, longest_voice_ms=2_000, talks=1
    )


@pytest.mark.parametrize(
    ("heard_s", "is_late"), [(0, False), (6.999, False), (7, True), (40, True)]
)
def test_a_voice_after_seven_seconds_is_late(heard_s: float, is_late: bool) -> None:
    sums, against = measured(replace(TALKED, picked_up_at=s(heard_s), answered_at=s(60)))
    assert sums.voices_late == int(is_late)
    assert against == ((LATE,) if is_late else ())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ended_at": s(3)}, ""),  # he gave up sooner than promised
        ({"ended_at": s(8)}, UNANSWERED),
        ({"ended_at": s(1), "hangup_by": "system"}, CUT),
        ({"has_fallen_back": True, "picked_up_at": s(1), "queued_at": s(1)}, FALLBACK),
        ({"has_fallen_back": True, "has_apology": True, "picked_up_at": s(1)}, APOLOGY),
        ({"has_apology": True, "picked_up_at": s(1), "has_path": True}, APOLOGY),
    ],
)
def test_who_reached_nothing(changed: dict[str, Any], why: str) -> None:
    sums, against = measured(replace(NOTHING, **changed))
    assert against == ((why,) if why else ())
    assert (sums.unserved, sums.gave_up) == ((1, 0) if why else (0, 1))
    assert sums.voices == sums.connected == 0


def test_who_is_refused_on_purpose_is_no_failure() -> None:
    sums, against = measured(replace(NOTHING, outcome="refused", hangup_by="system"))
    assert (sums.refused, against) == (1, ())


def test_who_rings_a_person_straight_is_connected_but_has_no_connect_time() -> None:
    rung = replace(TALKED, queued_at=None, picked_up_at=s(30), answered_at=s(30))
    sums, against = measured(rung)
    assert (sums.connected, sums.straight, sums.voices, against) == (1, 1, 0, ())
    nobody = replace(NOTHING, has_path=True, ended_at=s(40))
    assert measured(nobody)[0].straight == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"hangup_by": "agent"}, ""),
        ({"hangup_by": "callee", "direction": "out"}, ""),
        # A time limit, or a supervisor who hung up: on purpose.
        ({"hangup_by": "system", "is_asked": True}, ""),
        ({"hangup_by": "system", "is_asked": False}, UNHEARD),
        ({"hangup_cause": 44, "hangup_by": "system"}, NETWORK),
        ({"hangup_cause": 38, "hangup_by": "caller"}, NETWORK),
        # The exchange ends the line that died, then the other one as usual.
        ({"partner_cause": 44, "hangup_by": "system"}, NETWORK),
        ({"partner_cause": 16, "hangup_by": "agent"}, ""),
        ({"partner_cause": 44, "partner_ended_at": s(60)}, ""),
        ({"has_lost_phone": True}, PHONE),
        # The agent hung up first; what then ended by itself was a survey.
        ({"hangup_by": "system", "is_asked": False, "partner_ended_at": s(60)}, ""),
        ({"hangup_cause": 41, "partner_ended_at": s(60)}, ""),
    ],
)
def test_a_talk_that_no_person_ended_is_dropped(changed: dict[str, Any], why: str) -> None:
    sums, against = measured(replace(TALKED, **changed))
    assert (sums.talks, sums.dropped) == (1, int(bool(why)))
    assert against == ((why,) if why else ())


def test_calls_out_have_talks_but_are_no_callers() -> None:
    sums, _against = measured(replace(TALKED, direction="out", picks_ms=(300, 500)))
    assert (sums.callers, sums.talks) == (0, 1)
    assert (sums.picks, sums.pick_ms, sums.longest_pick_ms) == (2, 800, 500)


times = st.none() | st.integers(0, 200).map(s)


@st.composite
def calls(draw: st.DrawFn) -> EndedCall:
    return EndedCall(
        call_id=draw(st.integers(1, 99)),
        direction=draw(st.sampled_from(["in", "out"])),
        started_at=AT,
        ended_at=s(draw(st.integers(0, 300))),
        outcome=draw(st.sampled_from(["answered", "refused", "failed", "abandoned"])),
        picked_up_at=draw(times),
        queued_at=draw(times),
        answered_at=draw(times),
        has_path=draw(st.booleans()),
        hangup_by=draw(st.sampled_from(["caller", "agent", "system", ""])),
        hangup_cause=draw(st.none() | st.sampled_from([16, 38, 44])),
        partner_ended_at=draw(times),
        partner_cause=draw(st.none() | st.sampled_from([16, 38, 44])),
        has_fallen_back=draw(st.booleans()),
        has_apology=draw(st.booleans()),
        has_lost_phone=draw(st.booleans()),
        is_asked=draw(st.booleans()),
        picks_ms=tuple(draw(st.lists(st.integers(0, 9_000), max_size=3))),
    )


@given(calls())
def test_each_figure_and_what_is_behind_it_agree(call: EndedCall) -> None:
    sums, against = measured(call)
    assert sums.callers == sums.connected + sums.refused + sums.unserved + sums.gave_up
    assert sums.callers == int(call.direction == "in")
    assert sums.connected == sums.voices + sums.straight
    assert sums.voices_late == against.count(LATE)
    assert sums.unserved == sum(one in UNSERVED for one in against)
    assert sums.dropped == sum(one in DROPS for one in against)
    assert len(set(against)) == len(against)


@given(st.lists(calls(), max_size=8), st.randoms())
def test_sums_do_not_depend_on_the_order(found: list[EndedCall], dice: Any) -> None:
    def whole(some: list[EndedCall]) -> CallSums:
        sums = CallSums()
        for one in some:
            sums = added(sums, measured(one)[0])
        return sums

    before = whole(found)
    dice.shuffle(found)
    assert whole(found) == before


def test_promises_are_kept_only_beyond_their_limits() -> None:
    connect, connected, dropped, available = ALL
    none = Measured(CallSums(), Service())
    assert [one.is_kept(none) for one in ALL] == [None] * 4

    def of(**parts: int) -> Measured:
        return Measured(CallSums(**parts), Service())

    assert connect.is_kept(of(voices=2, voice_ms=13_998)) is True
    assert connect.is_kept(of(voices=2, voice_ms=14_000)) is False
    assert (
        connected.is_kept(of(connected=98, refused=1, unserved=1)) is False
    )  # 99 % is not over it
    assert connected.is_kept(of(connected=991, unserved=9, gave_up=50)) is True
    assert dropped.is_kept(of(talks=1000, dropped=1)) is False
    assert dropped.is_kept(of(talks=1001, dropped=1)) is True
    assert available.is_kept(Measured(CallSums(), Service(up=999, down=1))) is True
    assert available.is_kept(Measured(CallSums(), Service(up=998, unknown=2))) is False
