"""The simulator is the interpreter: same way, any inputs, and more of them change no past."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.documents import Flow, flow_parse
from apps.ivr.engine.simulation import (
    RESULTS,
    HangUp,
    Input,
    InputError,
    Key,
    Result,
    Simulation,
    Wait,
    Waits,
    inputs_read,
    simulate,
)
from tests.unit.ivr.fakes import FakeLookups
from tests.unit.ivr.strategies import DOCUMENTS, KEY

MAIN = flow_parse(DEMO_FLOWS["main"])
GIVEN: st.SearchStrategy[Input] = st.one_of(
    st.builds(Key, KEY | st.just("1")),
    st.just(Wait()),
    st.sampled_from([HangUp(), Wait(), Key("#")]),
    st.builds(Result, st.sampled_from(RESULTS)),
)
INPUTS = st.lists(GIVEN, max_size=40)


def run(flow: Flow, *raw: dict[str, Any], **more: Any) -> Simulation:
    """Simulate with the inputs as the page sends them."""
    world = more.pop("world", FakeLookups())
    return simulate(flow, inputs=inputs_read(list(raw)), world=world, **more)


def way(simulation: Simulation) -> list[tuple[str, str]]:
    """Give the nodes passed and the keys pressed in each."""
    return [(step.node, step.keys) for step in simulation.path]


def kinds(simulation: Simulation) -> list[str]:
    """Give the kinds of the events in order."""
    return [event.kind for event in simulation.events]


def test_without_inputs_it_says_the_menu_and_waits_for_a_key() -> None:
    found = run(MAIN)
    assert found.waits == Waits("main", "key", 5.0, 1)
    assert found.decision is None
    assert way(found) == []
    assert [kind for kind in kinds(found) if kind != "variable"] == ["node", "play", "ask"]


def test_keys_lead_to_the_queue() -> None:
    found = run(MAIN, {"keys": "2"}, {"keys": "1"})
    assert way(found) == [("main", "2"), ("support", "1"), ("hardware", "")]
    assert found.decision is not None
    assert (found.decision.next, found.decision.target) == ("queue", "7021")
    assert found.waits is None


def test_silence_takes_the_menus_time() -> None:
    found = run(MAIN, {"wait": True})
    silence = next(event for event in found.events if event.kind == "silence")
    again = [event.at_ms for event in found.events if event.kind == "ask"]
    # One second for the menu, five of silence, one for "no input", one for the menu.
    assert again == [1000, 8000]
    assert silence.at_ms == 6000


def test_prompts_take_as_long_as_they_are() -> None:
    found = run(MAIN, prompt_ms=lambda name, language: 250 if language == "zh" else None)
    assert next(event.at_ms for event in found.events if event.kind == "ask") == 250


def test_hang_up_at_the_question_is_told_as_by_phone() -> None:
    found = run(MAIN, {"keys": "2"}, {"hangup": True})
    assert found.decision is not None
    assert found.decision.next == "gone"
    assert way(found) == [("main", "2"), ("support", "")]


def test_pin_is_masked_in_the_path_and_not_told_with_the_look_up() -> None:
    world = FakeLookups({("880001", "246810"): Decimal("12.50")})
    found = run(MAIN, {"keys": "3880001#246810#"}, world=world)
    assert way(found)[1:] == [("account", "880001"), ("account", "******")]
    lookup = next(event for event in found.events if event.kind == "lookup")
    assert lookup.data == {
        "name": "account_balance",
        "asked": "880001",
        "found": "12.50",
        "is_failed": False,
    }
    assert found.waits == Waits("main", "key", 5.0, 1)


def test_failed_look_up_is_told_and_the_flow_goes_its_other_way() -> None:
    found = run(MAIN, {"keys": "3880001#246810#"}, world=FakeLookups(is_away=True))
    assert any(event.data.get("is_failed") for event in found.events)
    assert found.path[-1].node == "operator"


def test_half_collected_keys_wait_for_the_rest() -> None:
    found = run(MAIN, {"keys": "3"}, {"keys": "88"})
    assert found.waits == Waits("account", "keys", 6.0, 18)


def test_inputs_for_which_nothing_asked_are_counted() -> None:
    assert run(MAIN, {"keys": "1"}, {"keys": "5"}, {"wait": True}).unused == 2


def test_a_destinations_result_leads_on() -> None:
    flow = flow_parse(
        {
            "name": "x",
            "start": "sales",
            "nodes": {
                "sales": {"kind": "queue", "queue": "7001", "on_timeout": "leave"},
                "leave": {"kind": "voicemail", "box": "7001"},
            },
        }
    )
    waiting = run(flow)
    assert waiting.waits == Waits("sales", "result")
    assert waiting.decision is not None
    assert waiting.decision.target == "7001"
    after = run(flow, {"result": "timeout"})
    assert way(after) == [("sales", ""), ("leave", "")]
    assert after.decision is not None
    assert after.decision.next == "voicemail"
    answered = run(flow, {"result": "answered"})
    assert answered.waits is None
    assert answered.decision is not None
    assert answered.decision.next == "queue"


@pytest.mark.parametrize(
    "raw",
    [
        "2",
        [{"keys": ""}],
        [{"keys": "a"}],
        [{"keys": 2}],
        [{"wait": 1}],
        [{"hangup": False}],
        [{"result": "gone"}],
        [{"keys": "1", "wait": True}],
        [{}],
        ["1"],
        [{"keys": "1" * 1001}],
    ],
)
def test_inputs_that_nobody_can_give_are_refused(raw: object) -> None:
    with pytest.raises(InputError):
        inputs_read(raw)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS.map(flow_parse), INPUTS, st.booleans(), st.data())
def test_any_inputs_end_or_wait_and_a_prefix_tells_a_prefix(
    flow: Flow, inputs: list[Input], is_away: bool, data: st.DataObject
) -> None:
    def once(given: list[Input]) -> Simulation:
        return simulate(flow, inputs=given, world=FakeLookups(is_away=is_away))

    whole = once(inputs)
    if whole.waits is None:
        assert whole.decision is not None
    else:
        assert (whole.decision is not None) == (whole.waits.kind == "result")
    assert whole == once(inputs)
    part = once(inputs[: data.draw(st.integers(0, len(inputs)))])
    assert whole.events[: len(part.events)] == part.events
    assert whole.path[: len(part.path)] == part.path
    at = [event.at_ms for event in whole.events]
    assert at == sorted(at)
