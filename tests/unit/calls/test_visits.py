"""Stays in queues, of recorded calls and of made-up ones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, CEL, Fact
from apps.calls.engine.fold import fold
from apps.calls.engine.visits import Visit
from tests.fixtures import replay

START = datetime(2026, 11, 23, 9, tzinfo=UTC)

# queue, how, reason, wait in ms, agent
EXPECTED = {
    "abandoned": [("lab-7001", "abandoned", "", 2006, "")],
    "answered_agent_ends": [("lab-7001", "answered", "", 307, "1001")],
    "fallback_queue": [("lab-7000", "abandoned", "", 1505, "")],
    "internal": [],
    "second_agent_answers": [("lab-7001", "answered", "", 512, "1002")],
    "timeout_voicemail": [("lab-7001", "flowed_out", "timeout", 1000, "")],
    "transfer_blind": [("lab-7001", "answered", "", 305, "1001")],
}


def at(ms: int) -> datetime:
    return START + timedelta(milliseconds=ms)


def told(kind: str, ms: int, *, uniqueid: str = "1.1", source: str = AMI, **data: object) -> Fact:
    return Fact(
        node="n",
        linkedid="1.1",
        key=f"{uniqueid}:{kind}:{data.get('queue', '')}:{ms}",
        kind=kind,
        at=at(ms),
        source=source,
        uniqueid=uniqueid,
        data=data,
    )


def short(visit: Visit) -> tuple[str, str, str, int | None, str]:
    waited = visit.left_at and round((visit.left_at - visit.joined_at).total_seconds() * 1000)
    return visit.queue, visit.how, visit.reason, waited, visit.agent_endpoint


@pytest.mark.parametrize("name", EXPECTED)
def test_visits_of_recorded_calls(name: str) -> None:
    (found,) = replay.by_call(replay.facts(name)).values()
    assert [short(visit) for visit in fold(found).visits] == EXPECTED[name]


def test_every_recorded_visit_ends_one_way_and_agrees_with_its_call() -> None:
    ends = {"answered": 0, "abandoned": 0, "flowed_out": 0}
    for name in replay.NAMES:
        for found in replay.by_call(replay.facts(name)).values():
            state = fold(found)
            for visit in state.visits:
                ends[visit.how] += 1
            if state.visits:
                last = short(state.visits[-1])
                assert last[3] == state.wait_ms
                assert (last[1] == "answered") is (state.outcome == "answered")
    assert all(ends.values())


def test_a_caller_moved_to_another_queue_flowed_out_of_the_first() -> None:
    state = fold(
        [
            told(kinds.LEG_STARTED, 0, exten="4008001000"),
            told(kinds.QUEUED, 1_000, queue="demo-7001"),
            told(kinds.QUEUE_LEFT, 4_000, queue="demo-7001", reason="left"),
            told(kinds.QUEUED, 4_002, queue="demo-7002"),
            told(kinds.QUEUE_LEFT, 9_000, queue="demo-7002", reason="left"),
            told(kinds.CONNECTED, 9_001, uniqueid="1.2", queue="demo-7002", endpoint="1004"),
            told(kinds.LEG_ENDED, 20_000),
        ]
    )
    assert [short(visit) for visit in state.visits] == [
        ("demo-7001", "flowed_out", "moved", 3_000, ""),
        ("demo-7002", "answered", "", 4_998, "1004"),
    ]


@pytest.mark.parametrize(
    ("stayed_ms", "how"), [(0, "abandoned"), (999, "abandoned"), (5_000, "flowed_out")]
)
def test_without_a_word_the_end_of_his_channel_tells(stayed_ms: int, how: str) -> None:
    """CEL knows no reason: who is still there seconds later did not hang up."""
    state = fold(
        [
            told(kinds.LEG_STARTED, 0, source=CEL),
            told(kinds.QUEUED, 1_000, source=CEL, queue="demo-7001"),
            told(kinds.QUEUE_LEFT, 3_000, source=CEL, queue="demo-7001"),
            told(kinds.LEG_ENDED, 3_000 + stayed_ms, source=CEL),
        ]
    )
    assert [visit.how for visit in state.visits] == [how]


def test_a_talk_that_goes_on_in_the_dialplan_stays_answered() -> None:
    state = fold(
        [
            told(kinds.LEG_STARTED, 0),
            told(kinds.QUEUED, 1_000, queue="demo-7001"),
            told(kinds.QUEUE_LEFT, 2_000, queue="demo-7001", reason="left"),
            told(kinds.CONNECTED, 2_001, uniqueid="1.2", queue="demo-7001", endpoint="1001"),
            told(kinds.QUEUE_LEFT, 60_000, queue="demo-7001", reason="continue"),
            told(kinds.LEG_ENDED, 66_000),
        ]
    )
    assert [short(visit) for visit in state.visits] == [
        ("demo-7001", "answered", "", 1_000, "1001")
    ]


def test_who_still_waits_is_open() -> None:
    state = fold([told(kinds.LEG_STARTED, 0), told(kinds.QUEUED, 1_000, queue="demo-7001")])
    assert [(visit.is_open, visit.how) for visit in state.visits] == [(True, "waiting")]


@settings(max_examples=60)
@given(st.sampled_from(sorted(EXPECTED)), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(name: str, random: object) -> None:
    (found,) = replay.by_call(replay.facts(name)).values()
    mixed = list(found) + list(found[::2])
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert [short(visit) for visit in fold(mixed).visits] == EXPECTED[name]


def test_why_he_left_counts_though_he_seems_to_have_joined_the_other_queue_before() -> None:
    """His joining has whole milliseconds, cut off: 0.4 ms before the word that he overflowed."""
    state = fold(
        [
            told(kinds.LEG_STARTED, 0, exten="4008001000"),
            told(kinds.QUEUED, 1_000, queue="demo-7002"),
            told(kinds.QUEUED, 5_000, queue="demo-7001"),
            told(kinds.QUEUE_LEFT, 5_001, queue="demo-7002", reason="overflow"),
            told(kinds.LEG_ENDED, 9_000),
        ]
    )
    assert [short(visit) for visit in state.visits] == [
        ("demo-7002", "flowed_out", "overflow", 4_000, ""),
        ("demo-7001", "abandoned", "", 4_000, ""),
    ]


def test_whom_an_agent_called_waits_in_a_queue_after_the_agent_has_gone() -> None:
    story = [
        told(kinds.LEG_STARTED, 0, channel="PJSIP/1001-1", context="huawu-from-agent"),
        told(kinds.LEG_STARTED, 10, uniqueid="1.2", channel="PJSIP/trunk-a-2"),
        told(kinds.QUEUED, 1_000, uniqueid="1.2", queue="lab-7001"),
        told(kinds.LEG_ENDED, 1_030, cause="16"),
    ]
    waits = fold(story)
    assert [visit.how for visit in waits.visits] == ["waiting"]
    assert waits.is_in_queue
    gone = fold([*story, told(kinds.LEG_ENDED, 9_000, uniqueid="1.2", cause="16")])
    assert [(visit.how, visit.left_at) for visit in gone.visits] == [("abandoned", at(9_000))]
