"""AMI told late, or not at all: with CEL the call is what it was."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, Fact, fact_at_key
from apps.calls.engine.fold import fold
from apps.calls.engine.state import CallState
from apps.telephony.cel import TIMED, fact_from_cel
from apps.telephony.missing import KnownFact, missing_facts
from tests.fixtures import replay


def cel(name: str) -> dict[str, list[Fact]]:
    """Give the facts of a recorded CEL file by call."""
    rows = (fact_from_cel(row, node="lab-1") for row in replay.cel_rows(name))
    return replay.by_call(fact for fact in rows if fact is not None)


def late(facts: Iterable[Fact], delays: dict[int, float]) -> list[Fact]:
    """Give facts as AMI stamps them when it lags: in order, each a delay (s) after it happened."""
    told, newest = [], None
    for number, fact in enumerate(facts):
        at = fact.at + timedelta(seconds=delays.get(number, 0))
        newest = at if newest is None else max(newest, at)
        key = fact.key
        if key.endswith(fact_at_key(fact.at)):
            key = key.removesuffix(fact_at_key(fact.at)) + fact_at_key(newest)
        told.append(replace(fact, at=newest, key=key))
    return told


def known(facts: Iterable[Fact]) -> list[KnownFact]:
    return [KnownFact(f.key, f.kind, f.uniqueid, f.source, f.at, f.corrects) for f in facts]


def is_same(state: CallState, true: CallState) -> bool:
    """Say whether two calls agree in outcome and, to 60 ms, in every time."""

    def apart(one: datetime | None, other: datetime | None) -> float:
        if one is None or other is None:
            return 0 if one is other else inf
        return abs((one - other).total_seconds())

    names = ("started_at", "picked_up_at", "answered_at", "ended_at")
    times = [apart(getattr(state, name), getattr(true, name)) for name in names]
    spans = [abs((state.talk_ms or 0) - (true.talk_ms or 0)) / 1000]
    spans.append(abs((state.wait_ms or 0) - (true.wait_ms or 0)) / 1000)
    return state.outcome == true.outcome and max(times + spans) < 0.06


@pytest.mark.parametrize("name", ["answered_agent_ends", "second_agent_answers", "abandoned"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_late_events_are_corrected_whatever_the_delay(name: str, data: st.DataObject) -> None:
    true = {linkedid: fold(facts) for linkedid, facts in replay.by_call(replay.facts(name)).items()}
    delay = data.draw(st.dictionaries(st.integers(0, 40), st.floats(0, 15)))
    heard = replay.by_call(late(replay.facts(name), delay))
    for linkedid, told in cel(name).items():
        repaired = list(missing_facts(told, known(heard[linkedid]), is_exact=True))
        state = fold([*heard[linkedid], *repaired])
        assert is_same(state, true[linkedid])
        again = list(missing_facts(told, known([*heard[linkedid], *repaired]), is_exact=True))
        assert again == []


def test_short_talk_told_late_is_counted_once() -> None:
    (told,) = cel("answered_agent_ends").values()
    heard = late(replay.facts("answered_agent_ends"), dict.fromkeys(range(100), 25.0))
    timed = {(f.kind, f.uniqueid) for f in heard if f.kind in TIMED}
    assert (kinds.BRIDGED, heard[0].linkedid) in timed
    repaired = list(missing_facts(told, known(heard), is_exact=True))
    assert all(fact.data.get("corrects") for fact in repaired)
    true = fold(replay.facts("answered_agent_ends"))
    assert fold([*heard, *repaired]).talk_ms == pytest.approx(true.talk_ms, abs=60)


def test_second_stay_in_a_bridge_is_not_taken_for_the_first() -> None:
    bridged = next(f for f in replay.facts("answered_agent_ends") if f.kind == kinds.BRIDGED)
    prefix = bridged.key.rpartition(":")[0]
    first, second = (
        replace(bridged, at=at, key=f"{prefix}:{fact_at_key(at)}")
        for at in (bridged.at, bridged.at + timedelta(seconds=10))
    )
    assert list(missing_facts([first, second], known([first]), is_exact=True)) == [second]
    # Only the second was heard: it is taken for the first, told late, and the second is missing.
    found = list(
        missing_facts([first, second], known([replace(second, source=AMI)]), is_exact=True)
    )
    assert [fact.at for fact in found] == [first.at]


def test_witness_of_whole_seconds_corrects_nothing() -> None:
    ended = next(f for f in replay.facts("abandoned") if f.kind == kinds.LEG_ENDED)
    early = replace(ended, at=ended.at - timedelta(seconds=5))
    assert list(missing_facts([early], known([ended]), is_exact=False)) == []
