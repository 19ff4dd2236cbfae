"""What is wrong with a flow is found before a caller finds it."""

from typing import Any

import pytest
from hypothesis import given, settings

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.check import ERROR, WARNING, Problem, flow_check, flow_languages
from apps.ivr.engine.documents import flow_parse
from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.run import Step, is_step_limit, run_flow
from apps.prompts.selectors import system_prompt_names
from tests.unit.ivr.fakes import FakeLookups, FakeVoice
from tests.unit.ivr.strategies import DOCUMENTS

QUEUES = {"7000", "7001", "7002", "7021", "7022"}
END = {"kind": "hangup"}


def problems(document: dict[str, Any]) -> list[Problem]:
    flow = flow_parse(document)
    return flow_check(
        flow,
        prompts=system_prompt_names(),
        languages=flow_languages(flow),
        queues=QUEUES,
        calendars={"工作时间"},
    )


def found(**nodes: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Give (level, node, code) of what is wrong with nodes that begin at `n`."""
    return [
        (problem.level, problem.node, problem.code)
        for problem in problems({"start": "n", "nodes": nodes})
    ]


@pytest.mark.parametrize("name", sorted(DEMO_FLOWS))
def test_demo_flow_has_no_problem(name: str) -> None:
    assert problems(DEMO_FLOWS[name]) == []


def test_calendar_that_does_not_exist() -> None:
    node = {"kind": "calendar", "open": "end", "closed": "end"}
    assert found(n={**node, "calendar": "工作时间"}, end=END) == []
    assert found(n={**node, "calendar": "nights"}, end=END) == [(ERROR, "n", "unknown_calendar")]


def test_node_to_which_no_way_leads() -> None:
    assert found(n=END, lost=END) == [(WARNING, "lost", "unreachable")]


def test_loop_without_key_or_exit() -> None:
    assert found(n={"kind": "play", "to": "m"}, m={"kind": "goto", "to": "n"})[:2] == [
        (ERROR, "n", "endless"),
        (ERROR, "m", "endless"),
    ]


def test_keys_that_lead_nowhere_are_a_dead_end() -> None:
    menu = {"kind": "menu", "prompts": ["main-menu"], "keys": {"1": "n"}, "on_failed": "n"}
    assert found(n=menu) == [(ERROR, "n", "dead_end")]


def test_loop_that_only_a_condition_leaves_is_doubtful() -> None:
    case = {"all": [{"variable": "caller", "is": "empty"}], "to": "n"}
    assert found(
        before={"kind": "goto", "to": "n"},
        n={"kind": "goto", "to": "b"},
        b={"kind": "branch", "cases": [case], "otherwise": "end"},
        end=END,
    ) == [
        (WARNING, "before", "unreachable"),
        (WARNING, "n", "silent_loop"),
        (WARNING, "b", "silent_loop"),
    ]


def test_menu_that_hangs_up_on_silence_is_doubtful() -> None:
    menu = {"kind": "menu", "prompts": ["main-menu"], "keys": {"1": "n"}}
    assert found(n=menu) == [(WARNING, "n", "no_on_failed")]


@pytest.mark.parametrize(
    "node",
    [
        {"kind": "menu", "keys": {"1": "end"}, "on_failed": "end"},
        {"kind": "play", "to": "end"},
        {"kind": "collect", "variable": "card", "to": "end", "on_failed": "end"},
    ],
)
def test_step_in_which_the_caller_hears_nothing_is_doubtful(node: dict[str, Any]) -> None:
    assert found(n=node, end=END) == [(WARNING, "n", "no_prompt")]
    assert found(n={**node, "prompts": ["main-menu"]}, end=END) == []


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ({"kind": "queue", "queue": "1"}, "unknown_queue"),
        ({"kind": "voicemail", "box": "1"}, "unknown_box"),
    ],
)
def test_queue_or_box_that_is_not_there(node: dict[str, Any], code: str) -> None:
    assert found(n=node) == [(ERROR, "n", code)]


def test_prompt_that_is_missing_in_a_language_that_the_flow_speaks() -> None:
    flow = flow_parse(
        {
            "start": "n",
            "nodes": {
                "n": {"kind": "language", "language": "en", "to": "end"},
                "end": END | {"prompts": ["greeting", "beep"]},
            },
        }
    )
    told = flow_check(
        flow,
        prompts={"zh": {"greeting", "beep"}, "en": {"beep"}},
        languages=flow_languages(flow),
        queues=(),
        calendars=(),
    )
    assert [str(problem) for problem in told] == ["node 'end': prompt 'greeting' is missing in en"]


def test_errors_come_first_and_name_the_node() -> None:
    told = problems({"start": "n", "nodes": {"lost": END, "n": {"kind": "queue", "queue": "1"}}})
    assert [str(problem) for problem in told] == [
        "node 'n': there is no queue '1'",
        "node 'lost': no way leads here",
    ]


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_flow_that_goes_round_without_a_key_was_complained_of(document: dict[str, Any]) -> None:
    codes = {problem.code for problem in problems(document)}
    steps: list[Step] = []
    decision = run_flow(
        flow_parse(document), voice=FakeVoice(), lookups=FakeLookups(), on_step=steps.append
    )
    kinds = {step.kind for step in steps}
    if is_step_limit(decision) and not any(
        NODE_KINDS[kind].is_asking for kind in kinds & NODE_KINDS.keys()
    ):
        assert codes & {"endless", "silent_loop"}
