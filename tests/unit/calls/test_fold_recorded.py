"""Real calls, recorded from a real Asterisk: what the ledger must say of each."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState
from apps.telephony.cel import fact_from_cel
from tests.fixtures import replay

# direction, outcome, agent, queue, hangup_by, waited, talked: in milliseconds, None when never
EXPECTED: dict[str, tuple[str, str, str, str, str, int | None, int | None]] = {
    "abandoned": ("in", "abandoned", "", "lab-7001", "caller", 2006, None),
    "answered_agent_ends": ("in", "answered", "1001", "lab-7001", "agent", 307, 1502),
    "answered_caller_ends": ("in", "answered", "1001", "lab-7001", "caller", 707, 1796),
    "cancelled": ("in", "failed", "", "", "caller", None, None),
    "fallback_queue": ("in", "abandoned", "", "lab-7000", "caller", 1505, None),
    "held_twice": ("in", "answered", "1001", "lab-7001", "agent", 307, 1803),
    "hostile_name": ("in", "abandoned", "", "lab-7001", "caller", 706, None),
    "internal": ("internal", "answered", "1001", "", "agent", None, 1004),
    "menu_hangup": ("in", "self_service", "", "", "caller", None, None),
    "out_answered": ("out", "answered", "1001", "", "agent", None, 1505),
    "out_busy": ("out", "failed", "1001", "", "system", None, None),
    "refused": ("in", "refused", "", "", "system", None, None),
    "second_agent_answers": ("in", "answered", "1002", "lab-7001", "caller", 512, 7989),
    "timeout_voicemail": ("in", "voicemail", "", "lab-7001", "caller", 1000, None),
    "tone": ("in", "self_service", "", "", "caller", None, None),
    "transfer_blind": ("in", "answered", "1002", "lab-7001", "caller", 305, 3788),
}
CALLS = [
    pytest.param(name, linkedid, found, id=f"{name}-{linkedid}")
    for name in replay.NAMES
    for linkedid, found in replay.by_call(replay.facts(name)).items()
]


def summary(state: CallState) -> tuple[str, str, str, str, str, int | None, int | None]:
    return (
        state.direction,
        state.outcome,
        state.agent_endpoint,
        state.queue,
        state.hangup_by,
        state.wait_ms,
        state.talk_ms,
    )


def near(one: int | None, other: int | None, tolerance_ms: int) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= tolerance_ms


def cel_facts(name: str, linkedid: str) -> list[Fact]:
    found = (fact_from_cel(row, node="lab-1") for row in replay.cel_rows(name))
    return [fact for fact in found if fact is not None and fact.linkedid == linkedid]


def test_every_recording_but_the_storm_has_its_expectation() -> None:
    assert set(replay.NAMES) - {"storm"} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_recorded_call_folds_to_what_happened(name: str) -> None:
    ((_, found),) = replay.by_call(replay.facts(name)).items()

    state = fold(found)

    assert summary(state) == EXPECTED[name]
    assert state.status == "ended"
    assert not any(leg.is_live for leg in state.legs.values())
    assert not state.is_incomplete


def test_two_agents_serve_a_storm_and_the_others_give_up() -> None:
    states = [fold(found) for found in replay.by_call(replay.facts("storm")).values()]

    answered = [state for state in states if state.outcome == "answered"]
    assert len(states) == 20
    assert {state.agent_endpoint for state in answered} == {"1001", "1002"}
    assert len(answered) == 12
    assert {state.outcome for state in states} == {"answered", "abandoned"}
    assert all(380 < (state.talk_ms or 0) < 410 for state in answered)


def test_hold_is_not_talk() -> None:
    ((_, found),) = replay.by_call(replay.facts("held_twice")).items()
    state = fold(found)
    assert state.hold_ms == pytest.approx(1200, abs=50)
    assert len(state.hold_spans) == 2


def test_times_equal_asterisks_own_cdr() -> None:
    for name in EXPECTED:
        ((linkedid, found),) = replay.by_call(replay.facts(name)).items()
        state = fold(found)
        rows = [row for row in replay.cdr_rows(name) if row[0] == linkedid]
        start, end = min(float(row[8]) for row in rows), max(float(row[10]) for row in rows)
        assert state.started_at is not None
        assert state.ended_at is not None
        assert state.started_at.timestamp() == pytest.approx(start, abs=0.05), name
        assert state.ended_at.timestamp() == pytest.approx(end, abs=0.05), name


@pytest.mark.parametrize(("name", "linkedid", "found"), CALLS)
def test_cel_alone_tells_the_same_call(name: str, linkedid: str, found: list[Fact]) -> None:
    heard, read = fold(found), fold(cel_facts(name, linkedid))

    if name == "held_twice":  # CEL knows no hold: what was held counts as talk
        assert read.talk_ms == pytest.approx(heard.talk_ms + heard.hold_ms, abs=5)
    else:
        assert near(heard.talk_ms, read.talk_ms, 5)
    # Whether a message was left is told by the file, see the reconciler's tests.
    if name != "timeout_voicemail":
        assert summary(read)[:5] == summary(heard)[:5]
    assert near(heard.wait_ms, read.wait_ms, 20)
    assert read.caller_name == heard.caller_name
    assert read.dialled == heard.dialled
    assert read.hangup_cause == heard.hangup_cause


@pytest.mark.parametrize(("name", "linkedid", "found"), CALLS)
def test_reading_cel_afterwards_changes_nothing(
    name: str, linkedid: str, found: list[Fact]
) -> None:
    heard, both = fold(found), fold([*found, *cel_facts(name, linkedid)])

    assert summary(both)[:5] == summary(heard)[:5]
    assert near(both.wait_ms, heard.wait_ms, 5)
    assert near(both.talk_ms, heard.talk_ms, 5)
    assert both.legs.keys() == heard.legs.keys()


@settings(deadline=None)
@given(st.data())
def test_order_and_repetition_do_not_matter(data: st.DataObject) -> None:
    name, linkedid, found = data.draw(st.sampled_from([call.values for call in CALLS]))
    told = [*found, *cel_facts(name, linkedid)]
    again = data.draw(st.lists(st.sampled_from(told), max_size=20))
    shuffled = data.draw(st.permutations([*told, *again]))

    assert fold(shuffled) == fold(told)


@settings(deadline=None)
@given(st.data())
def test_what_is_missing_is_repaired_by_telling_it_later(data: st.DataObject) -> None:
    _, _, found = data.draw(st.sampled_from([call.values for call in CALLS]))
    cut = data.draw(st.integers(0, len(found)))
    lost = data.draw(st.integers(cut, len(found)))

    fold(found[:cut] + found[lost:])  # any part of a call folds

    assert fold([*found[lost:], *found[:cut], *found[cut:lost]]) == fold(found)
