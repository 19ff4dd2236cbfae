"""What is recorded of a call, folded from facts in any order."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import Fact
from apps.calls.engine.fold import fold
from apps.calls.engine.recorded import recording_of

START = datetime(2026, 11, 29, 8, tzinfo=UTC)


def fact(second: int, kind: str, uniqueid: str = "a", **data: Any) -> Fact:
    return Fact(
        node="pbx1",
        linkedid="c",
        key=f"{uniqueid}:{kind}:{second}",
        kind=kind,
        at=START + timedelta(seconds=second),
        source="ami",
        uniqueid=uniqueid,
        data=data,
    )


def began(second: int, uniqueid: str = "a") -> list[Fact]:
    return [
        fact(
            second, kinds.LEG_STARTED, uniqueid, channel=f"PJSIP/100{ord(uniqueid) - 96}-0000000a"
        ),
        fact(second, kinds.RECORDING_STARTED, uniqueid, path=f"/r/{uniqueid}.raw"),
    ]


def test_a_pause_is_seen_until_it_is_over_in_any_order_of_arrival() -> None:
    facts = [*began(0), fact(2, kinds.RECORDING_PAUSED)]
    for order in itertools.permutations(facts):
        assert recording_of(fold(order)) == "paused"
    assert recording_of(fold(began(0))) == "on"
    assert recording_of(fold([*facts, fact(3, kinds.RECORDING_RESUMED)])) == "on"


def test_a_channels_second_recording_can_be_paused() -> None:
    again = [
        *began(0),
        fact(2, kinds.RECORDING_STOPPED, path="/r/a.raw"),
        fact(5, kinds.RECORDING_STARTED, path="/r/a~2.raw"),
    ]
    assert recording_of(fold(again)) == "on"
    assert recording_of(fold([*again, fact(6, kinds.RECORDING_PAUSED)])) == "paused"


def test_paused_is_only_what_nobody_records() -> None:
    facts = [*began(0), *began(1, "b"), fact(2, kinds.RECORDING_PAUSED)]
    assert recording_of(fold(facts)) == "on"
    assert recording_of(fold([*facts, fact(3, kinds.RECORDING_PAUSED, "b")])) == "paused"


def test_an_ended_recording_or_leg_is_neither() -> None:
    facts = [*began(0), fact(2, kinds.RECORDING_PAUSED)]
    assert recording_of(fold([*facts, fact(3, kinds.RECORDING_STOPPED, path="/r/a.raw")])) == ""
    assert recording_of(fold([*facts, fact(3, kinds.LEG_ENDED)])) == ""
    assert recording_of(fold([])) == ""
