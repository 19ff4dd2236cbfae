"""Standard answers, call-back orders and surveys in a flow."""

from typing import Any

import pytest

from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.run import run_flow
from apps.ivr.engine.steps import Decision, Step
from apps.ivr.engine.voice import QueueDoor
from tests.unit.ivr.fakes import HANG_UP, SILENCE, FakeLookups, FakeVoice

ANSWER = {"kind": "answer", "prompts": ["opening-hours"], "to": "done"}
CALL_BACK = {"kind": "call_back", "queue": "7001", "to": "done", "on_failed": "failed"}
ENDS = {"done": {"kind": "hangup"}, "failed": {"kind": "tone"}}


def run(
    node: dict[str, Any], *inputs: str, lookups: FakeLookups | None = None, **variables: str
) -> tuple[Decision, list[Step], FakeVoice]:
    """Run a flow of this node and two ends."""
    flow = flow_parse({"start": "it", "nodes": {"it": node, **ENDS}})
    voice, steps = FakeVoice(inputs), []
    decision = run_flow(
        flow,
        voice=voice,
        lookups=lookups or FakeLookups(),
        on_step=steps.append,
        variables=variables,
    )
    return decision, steps, voice


def times_heard(voice: FakeVoice) -> int:
    """Count how often the answer was played."""
    return voice.heard.count("opening-hours")


@pytest.mark.parametrize(
    ("inputs", "times"),
    [([SILENCE], 1), (["*", "*", SILENCE], 3), (["5"], 1), (["*", "#"], 2)],
)
def test_a_standard_answer_is_repeated_by_star_and_left_by_any_other_key(
    inputs: list[str], times: int
) -> None:
    decision, steps, voice = run(ANSWER, *inputs)
    assert times_heard(voice) == times
    assert decision.next == "hangup"
    assert steps[0].keys == "".join(key for key in inputs if key != SILENCE)


def test_without_a_repeat_key_star_goes_on() -> None:
    _decision, _steps, voice = run({**ANSWER, "repeat": ""}, "*", "*")
    assert times_heard(voice) == 1


def test_a_stuck_key_ends_the_repeating() -> None:
    decision, _steps, voice = run(ANSWER, *["*"] * 50)
    assert times_heard(voice) == 10
    assert decision.next == "hangup"


def test_hanging_up_in_an_answer_is_told() -> None:
    decision, steps, _voice = run(ANSWER, HANG_UP)
    assert decision.next == "gone"
    assert [(step.node, step.outcome) for step in steps] == [("it", "gone")]


def test_a_call_back_is_ordered_for_the_caller() -> None:
    lookups = FakeLookups()
    decision, steps, voice = run(
        {**CALL_BACK, "prompts": ["goodbye"]}, lookups=lookups, caller="+8613800138000"
    )
    assert decision.reason == "done"
    assert lookups.call_backs == [("7001", "+8613800138000")]
    assert voice.heard[:1] == ["goodbye"]
    assert steps[0].outcome == ""


def test_a_call_back_goes_to_the_number_that_was_keyed() -> None:
    lookups = FakeLookups()
    run({**CALL_BACK, "number_from": "wish"}, lookups=lookups, caller="1", wish="01062345678")
    assert lookups.call_backs == [("7001", "01062345678")]


@pytest.mark.parametrize("caller", ["", "anonymous", "12", "1" * 21, "138;rm", "sip:a@b"])
def test_what_is_no_number_is_never_ordered(caller: str) -> None:
    lookups = FakeLookups()
    decision, steps, voice = run(
        {**CALL_BACK, "prompts": ["goodbye"]}, lookups=lookups, caller=caller
    )
    assert decision.reason == "failed"
    assert steps[0].outcome == "failed"
    assert lookups.call_backs == []
    assert "goodbye" not in voice.heard


def test_a_refused_number_and_a_database_that_is_away_promise_nothing() -> None:
    lookups = FakeLookups()
    lookups.call_backs.append(("7001", "13800138000"))
    assert run(CALL_BACK, lookups=lookups, caller="13800138000")[0].reason == "failed"
    away = FakeLookups(is_away=True)
    assert run(CALL_BACK, lookups=away, caller="13800138000")[0].reason == "failed"


def test_a_survey_ends_the_flow_with_its_queue() -> None:
    decision, steps, _voice = run({"kind": "survey", "queue": "7001"})
    assert (decision.next, decision.target) == ("survey", "7001")
    assert steps[0].kind == "survey"


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"kind": "answer", "prompts": ["x"]}, "to"),
        ({**ANSWER, "repeat": "12"}, "not a key"),
        ({"kind": "call_back", "queue": "7001", "to": "done"}, "does not exist"),
        ({**CALL_BACK, "queue": "q"}, "queue"),
        ({"kind": "survey"}, "queue"),
    ],
)
def test_a_wrong_node_is_refused_by_name(node: dict[str, Any], text: str) -> None:
    with pytest.raises(FlowError, match=text) as error:
        flow_parse({"start": "it", "nodes": {"it": node, **ENDS}})
    assert "'it'" in str(error.value)


QUEUE = {"kind": "queue", "queue": "7001", "prompts": ["queue-sales"]}


@pytest.mark.parametrize(
    ("door", "then", "decided"),
    [
        (QueueDoor.OPEN, "", ("queue", "7001")),
        (QueueDoor.CLOSED_BOX, "", ("voicemail", "7001")),
        (QueueDoor.CLOSED, "", ("goodbye", "")),
        (QueueDoor.CLOSED, "failed", ("tone", "")),
        (QueueDoor.CLOSED_BOX, "failed", ("tone", "")),
    ],
)
def test_a_closed_queue_takes_nobody(door: QueueDoor, then: str, decided: tuple[str, str]) -> None:
    lookups = FakeLookups(doors={"7001": door})
    decision, steps, voice = run({**QUEUE, "on_timeout": then}, lookups=lookups)
    assert (decision.next, decision.target) == decided
    is_open = door == QueueDoor.OPEN
    assert voice.heard == (["queue-sales"] if is_open else ["closed-greeting"])
    assert steps[0].outcome == ("" if is_open else "closed")


def test_a_queue_is_entered_with_its_priority() -> None:
    assert run({**QUEUE, "priority": 5})[0].priority == 5
    assert run(QUEUE)[0].priority == 0
    with pytest.raises(FlowError, match="priority"):
        flow_parse({"start": "it", "nodes": {"it": {**QUEUE, "priority": 11}, **ENDS}})


def test_when_nobody_can_know_the_hours_the_queue_is_open() -> None:
    assert run(QUEUE, lookups=FakeLookups(is_away=True))[0].next == "queue"
