"""A call whose end nobody told is no live call for ever; one that lives is left alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from apps.calls.engine import facts as kinds
from apps.calls.engine.facts import AMI, Fact
from apps.calls.engine.fold import fold
from apps.telephony.ami.actions import LiveChannel
from apps.telephony.ami.connection import AmiError
from apps.telephony.ami.forgotten_calls import ForgottenCalls
from apps.telephony.ami.resync import Believed

AT = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
CALLER, AGENT = "n-1.0", "n-1.1"
TALK = [LiveChannel(CALLER, CALLER, "PJSIP/trunk-1"), LiveChannel(AGENT, CALLER, "PJSIP/1001-1")]
BOTH = frozenset({(CALLER, CALLER), (CALLER, AGENT)})


class Node:
    """What the ledger believes, what Asterisk has, what was told."""

    def __init__(self, legs: frozenset[tuple[str, str]], live: Sequence[LiveChannel]) -> None:
        self.legs, self.live = legs, live
        self.linkedids = frozenset(linkedid for linkedid, _ in legs)
        self.told: list[Fact] = []
        self.asked = 0
        self.looker = ForgottenCalls("n", self._channels, self.told.append, self._believed)

    def _channels(self) -> Sequence[LiveChannel]:
        self.asked += 1
        return self.live

    def _believed(self, _node: str) -> Believed:
        with_legs = frozenset(linkedid for linkedid, _ in self.legs)
        return Believed(self.linkedids, self.legs, with_legs)

    def look(self, seconds: int) -> list[str]:
        """Look this long after the beginning; return whose end was told."""
        self.told.clear()
        self.looker.look(AT + timedelta(seconds=seconds))
        return [fact.uniqueid for fact in self.told if fact.kind == kinds.LEG_ENDED]


def test_gone_in_two_looks_has_ended_when_it_was_first_missed() -> None:
    node = Node(BOTH, [])
    assert node.look(0) == []
    assert node.look(45) == [CALLER, AGENT]
    begun = [
        Fact("n", CALLER, f"{leg}:started", kinds.LEG_STARTED, AT - timedelta(hours=1), AMI, leg)
        for leg in (CALLER, AGENT)
    ]
    state = fold([*begun, *node.told])
    assert (state.ended_at, state.is_incomplete) == (AT, True)


def test_one_that_came_back_or_lives_is_left_alone() -> None:
    node = Node(BOTH, [])
    assert node.look(0) == []
    node.live = TALK
    assert node.look(45) == []
    node.live = []
    assert node.look(90) == []


def test_only_the_leg_that_is_gone_is_ended() -> None:
    node = Node(BOTH, TALK[:1])
    assert node.look(0) + node.look(45) == [AGENT]


def test_call_of_one_stray_fact_ends_too() -> None:
    node = Node(frozenset(), [])
    node.linkedids = frozenset({CALLER})
    assert node.look(0) + node.look(45) == [CALLER]


def test_nothing_is_asked_while_nothing_is_live_and_told_twice_is_told_the_same() -> None:
    node = Node(frozenset(), [])
    assert node.look(0) == []
    assert node.asked == 0
    node = Node(BOTH, [])
    node.look(0)
    node.look(45)
    first = [fact.key for fact in node.told]
    node.look(90)
    assert [fact.key for fact in node.told] == first


def test_after_a_lost_link_it_begins_anew_and_a_refusal_tells_nothing() -> None:
    node = Node(BOTH, [])
    node.look(0)
    node.looker.link_lost()
    assert node.look(45) == []

    def refuses() -> Sequence[LiveChannel]:
        raise AmiError("no answer")

    told: list[Fact] = []
    looker = ForgottenCalls("n", refuses, told.append, node._believed)
    for _ in range(2):
        with pytest.raises(AmiError):
            looker.look(AT)
    assert told == []
