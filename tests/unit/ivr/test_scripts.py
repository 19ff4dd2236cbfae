"""Flow tests: what they may say, and that each expectation can fail."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from apps.ivr.demo_flows import DEMO_FLOWS
from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.schema import flow_schema
from apps.ivr.engine.scripts import script_judge, scripts_read
from apps.ivr.engine.simulation import simulate
from apps.ivr.engine.world import AnsweredWorld
from tests.unit.ivr.fakes import FakeLookups

NODES = {
    "nine": {"kind": "set", "variable": "level", "value": "9", "to": "main"},
    "main": {
        "kind": "menu",
        "prompts": ["main-menu"],
        "keys": {"1": "sales"},
        "on_failed": "office",
    },
    "office": {"kind": "calendar", "calendar": "work", "open": "sales", "closed": "end"},
    "sales": {"kind": "queue", "queue": "7001"},
    "end": {"kind": "hangup"},
}
SCHEMA = Draft202012Validator(flow_schema())


def document(**test: Any) -> dict[str, Any]:
    """Give a flow with one test."""
    whole = {"name": "one", "expect": {"next": "queue"}, **test}
    return {"name": "x", "start": "nine", "nodes": NODES, "tests": [whole]}


def faults(**test: Any) -> list[str]:
    """Give what a test of the flow complains about."""
    given = document(**test)
    (script,) = scripts_read(given)
    world = AnsweredWorld(script.answers, FakeLookups())
    return script_judge(script, simulate(flow_parse(given), inputs=script.inputs, world=world))


@pytest.mark.parametrize("name", sorted(DEMO_FLOWS))
def test_demo_flows_have_tests_that_pass(name: str) -> None:
    scripts = scripts_read(DEMO_FLOWS[name])
    assert scripts
    for script in scripts:
        world = AnsweredWorld(script.answers, FakeLookups())
        found = simulate(flow_parse(DEMO_FLOWS[name]), inputs=script.inputs, world=world)
        assert script_judge(script, found) == []
    assert list(SCHEMA.iter_errors(DEMO_FLOWS[name])) == []


def test_everything_expected_and_met_is_no_fault() -> None:
    expect = {
        "next": "queue",
        "target": "7001",
        "path": ["nine", "main", "sales"],
        "plays": ["main-menu", "main-menu"],
        "variables": {"level": "9", "never_set": ""},
        "waits": "",
    }
    assert faults(steps=["wait", "press 1"], expect=expect) == []


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ({"next": "voicemail"}, "next: expected 'voicemail', came 'queue' (sales)"),
        ({"target": "7002"}, "target: expected '7002', came '7001' (sales)"),
        ({"path": ["main"]}, "path: expected ['main'], came ['nine', 'main', 'sales'] (sales)"),
        ({"waits": "main"}, "waits: expected 'main', came '' (sales)"),
        (
            {"plays": ["main-menu", "main-menu"]},
            "plays: 'main-menu' was not heard in its turn; heard: main-menu",
        ),
        ({"variables": {"level": "8"}}, "variable 'level': expected '8', came '9'"),
    ],
)
def test_each_expectation_says_what_came_instead(expect: Any, complaint: str) -> None:
    assert faults(steps=["press 1"], expect=expect) == [complaint]


def test_a_test_that_stands_at_a_question_says_where() -> None:
    assert faults() == ["next: expected 'queue', came '' (it waits for keys at 'main')"]


def test_steps_that_nothing_asked_for_are_a_fault() -> None:
    assert faults(steps=["press 11"]) == ["steps: the last 1 were never asked for (sales)"]


@pytest.mark.parametrize(("is_open", "came"), [(True, "queue"), (False, "hangup")])
def test_calendars_are_answered_by_hand(is_open: bool, came: str) -> None:
    answers = {"calendars": {"work": is_open}}
    assert faults(steps=["wait"] * 3, answers=answers, expect={"next": came}) == []


def test_look_up_that_fails_by_hand_fails() -> None:
    answers = {"calendars": {"work": False}, "failing": ["is_open"]}
    # Nobody knows: open.
    assert faults(steps=["wait"] * 3, answers=answers) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", 3),
        ("as", 138),
        ("dialled", 4),
        ("at", "tomorrow"),
        ("at", 7),
        ("steps", "press 1"),
        ("steps", ["press"]),
        ("steps", ["press a"]),
        ("steps", [1]),
        ("steps", ["wait"] * 201),
        ("answers", []),
        ("expect", {}),
        ("expect", None),
        ("expect", {"nxt": "queue"}),
        ("expect", {"next": 1}),
        ("expect", {"path": "main"}),
        ("expect", {"variables": {"a": 1}}),
        ("spell", "slip"),
    ],
)
def test_broken_tests_are_refused_by_the_reader_and_the_schema(field: str, value: Any) -> None:
    broken = document(**{field: value})
    with pytest.raises(FlowError, match=r"^test "):
        scripts_read(broken)
    assert list(SCHEMA.iter_errors(broken))


@pytest.mark.parametrize(
    "answers",
    [
        {"spell": {}},
        {"calendars": []},
        {"calendars": {"work": "yes"}},
        {"accounts": {"1": {"pin": "2"}}},
        {"accounts": {"1": {"pin": 2, "balance": "1"}}},
        {"accounts": {"1": {"pin": "2", "balance": "NaN"}}},
        {"queues": {"7001": {"waitng": 1}}},
        {"queues": {"7001": {"waiting": -1}}},
        {"queues": {"7001": 3}},
        {"customers": {"138": "Li"}},
        {"http": {"crm": {"level": 1}}},
        {"pins": {"boss": 1}},
        {"failing": "http"},
    ],
)
def test_answers_that_mean_nothing_are_refused_with_the_tests_name(answers: Any) -> None:
    with pytest.raises(FlowError, match=r"^test 'one': answers: "):
        scripts_read(document(answers=answers))


def test_impossible_date_two_of_a_name_and_too_many_tests_are_refused() -> None:
    with pytest.raises(FlowError, match="date and time"):
        scripts_read(document(at="2027-02-30 10:00"))
    one = document()["tests"][0]
    with pytest.raises(FlowError, match="two tests are called 'one'"):
        scripts_read({"tests": [one, one]})
    with pytest.raises(FlowError, match="at most 200"):
        scripts_read({"tests": [{**one, "name": str(n)} for n in range(201)]})
    with pytest.raises(FlowError, match="test 1 must be an object"):
        scripts_read({"tests": ["press 1"]})
    assert scripts_read({}) == scripts_read([]) == ()
