"""The node `route`: what each action of the rules makes of a call."""

from typing import Any

import pytest

from apps.acd.engine.floor import Need
from apps.acd.engine.rule_actions import Action
from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.run import Decision, Step, run_flow
from apps.ivr.engine.voice import LookupFailedError
from tests.unit.ivr.fakes import FakeLookups, FakeVoice

ROUTE = {"kind": "route", "rules": "vip", "otherwise": "end"}
NODES = {"route": ROUTE, "end": {"kind": "queue", "queue": "7000"}}
OTHER = {"name": "other", "start": "o", "nodes": {"o": {"kind": "voicemail", "box": "7009"}}}


def run(
    action: Action | None, *, voice: FakeVoice | None = None, **more: Any
) -> tuple[Decision, list[Step], FakeLookups]:
    """Run a call whose rules say this."""
    lookups = FakeLookups(actions={"vip": action} if action else {}, **more)
    steps: list[Step] = []
    decision = run_flow(
        flow_parse({"name": "main", "start": "route", "nodes": NODES}),
        voice=voice or FakeVoice(),
        lookups=lookups,
        on_step=steps.append,
        variables={"caller": "139", "dialled": "400", "card": "88"},
        library={"other": flow_parse(OTHER)},
    )
    return decision, steps, lookups


def test_a_queue_with_everything_that_it_may_ask_for() -> None:
    needs = (Need("english", ((0, 80), (30, 0))),)
    action = Action("queue", "7001", priority=7, wanted="1001", wanted_s=20, needs=needs)
    voice = FakeVoice()
    decision, steps, _ = run(action, voice=voice)
    assert (decision.next, decision.target, decision.priority) == ("queue", "7001", 7)
    assert (decision.wanted, decision.wanted_s, decision.needs) == ("1001", 20, needs)
    assert decision.resume is None
    assert [(step.node, step.kind, step.outcome) for step in steps] == [("route", "route", "")]
    assert not voice.is_answered, "the rules decide before the call is picked up"


@pytest.mark.parametrize(("kind", "target"), [("agent", "1001"), ("external", "13900139000")])
def test_whoever_does_not_answer_leaves_the_other_way(kind: str, target: str) -> None:
    decision, _, _ = run(Action(kind, target, ring_s=15))
    assert (decision.next, decision.target, decision.way) == ("dial", target, kind)
    assert decision.ring_s == 15
    assert decision.resume is not None
    assert decision.resume.node == "end"


def test_a_flow_is_entered_and_one_that_is_gone_is_not() -> None:
    assert run(Action("flow", "other"))[0].target == "7009"
    assert run(Action("flow", "gone"))[0].target == "7000"


def test_box_and_refusal() -> None:
    decision = run(Action("voicemail", "7001"))[0]
    assert (decision.next, decision.target) == ("voicemail", "7001")
    voice = FakeVoice()
    assert run(Action("refuse"), voice=voice)[0].next == "refuse"
    assert not voice.is_answered


def test_a_call_back_is_ordered_once_and_then_good_bye() -> None:
    voice = FakeVoice()
    decision, _, lookups = run(Action("call_back", "7001"), voice=voice)
    assert (decision.next, lookups.call_backs) == ("hangup", [("7001", "139")])
    assert voice.heard == ["goodbye"]


@pytest.mark.parametrize("action", [None, Action("continue")])
def test_without_an_action_the_other_way(action: Action | None) -> None:
    voice = FakeVoice()
    assert run(action, voice=voice)[0].target == "7000"
    assert voice.is_answered


def test_when_nobody_can_know_the_other_way() -> None:
    decision, steps, _ = run(Action("refuse"), is_away=True)
    assert decision.target == "7000"
    assert steps[0].outcome == "failed"


def test_the_rules_get_what_the_flow_knows() -> None:
    given = run(Action("refuse"))[2].given
    assert given["caller.number"] == "139"
    assert given["dialled"] == "400"
    assert given["language"] == "zh"
    assert given["variables.card"] == "88"


def test_words_before_the_rules_pick_the_call_up() -> None:
    voice = FakeVoice()
    flow = flow_parse(
        {"start": "route", "nodes": {**NODES, "route": {**ROUTE, "prompts": ["welcome"]}}}
    )
    lookups = FakeLookups(actions={"vip": Action("refuse")})
    run_flow(flow, voice=voice, lookups=lookups, on_step=lambda step: None)
    assert voice.is_answered
    assert voice.heard == ["welcome"]


@pytest.mark.parametrize("name", ["", "x" * 61, 7])
def test_the_rules_need_a_name(name: object) -> None:
    with pytest.raises(FlowError, match="rules must be"):
        flow_parse({"start": "route", "nodes": {**NODES, "route": {**ROUTE, "rules": name}}})


def test_a_call_back_that_cannot_be_promised_leaves_the_other_way() -> None:
    class Unwelcome(FakeLookups):
        def call_back(self, *, queue: str, number: str) -> bool:
            if self.is_broken:
                raise LookupFailedError("away")
            return False

        is_broken = False

    for is_broken in (False, True):
        lookups = Unwelcome(actions={"vip": Action("call_back", "7001")})
        lookups.is_broken = is_broken
        flow = flow_parse({"start": "route", "nodes": NODES})
        decision = run_flow(flow, voice=FakeVoice(), lookups=lookups, on_step=lambda step: None)
        assert (decision.next, decision.target) == ("queue", "7000")
