"""Nodes that ask our data, PINs and services."""

from typing import Any

import pytest

from apps.ivr.engine.documents import FlowError, flow_parse
from apps.ivr.engine.run import run_flow
from apps.ivr.engine.steps import Decision, Step
from apps.ivr.engine.voice import QueueNow
from tests.unit.ivr.fakes import HANG_UP, FakeLookups, FakeVoice

WANG = {"name": "王芳", "level": "vip", "tags": "gold,north", "owner": "1001"}
CUSTOMER = {"kind": "customer", "to": "known", "not_found": "stranger"}
PIN = {"kind": "pin", "pin": "night", "to": "known", "on_failed": "failed"}


def run(
    node: dict[str, Any], lookups: FakeLookups, *inputs: str, **variables: str
) -> tuple[Decision, list[Step], FakeVoice]:
    """Run a flow of one node, whose ends tell where it led; `seen` speaks a variable."""
    ends = {name: {"kind": "hangup"} for name in ("known", "stranger", "failed", "yes", "no")}
    flow = flow_parse({"start": "it", "nodes": {"it": node, **ends}})
    voice, steps = FakeVoice(inputs), []
    decision = run_flow(
        flow, voice=voice, lookups=lookups, on_step=steps.append, variables=variables
    )
    return decision, steps, voice


def branch_after(first: dict[str, Any], lookups: FakeLookups, *tests: dict[str, Any]) -> str:
    """Run the first node, then branch on what it set; return yes or no."""
    flow = flow_parse(
        {
            "start": "it",
            "nodes": {
                "it": {**first, "to": "ask"},
                "ask": {
                    "kind": "branch",
                    "cases": [{"all": list(tests), "to": "yes"}],
                    "otherwise": "no",
                },
                "stranger": {"kind": "hangup"},
                "failed": {"kind": "hangup"},
                "yes": {"kind": "hangup"},
                "no": {"kind": "hangup"},
            },
        }
    )
    return run_flow(
        flow,
        voice=FakeVoice(),
        lookups=lookups,
        on_step=lambda step: None,
        variables={"caller": "13800138000"},
    ).reason


def test_a_known_customer_sets_variables_to_branch_on() -> None:
    lookups = FakeLookups(customers={"13800138000": WANG})
    for test in (
        {"variable": "customer_level", "is": "equals", "value": "vip"},
        {"variable": "customer_tags", "is": "has", "value": "north"},
        {"variable": "customer_owner", "is": "equals", "value": "1001"},
        {"variable": "customer_account", "is": "empty"},
        {"variable": "caller_region", "is": "equals", "value": "北京市"},
    ):
        assert branch_after(CUSTOMER, lookups, test) == "yes"
    part_of_a_tag = {"variable": "customer_tags", "is": "has", "value": "nor"}
    assert branch_after(CUSTOMER, lookups, part_of_a_tag) == "no"


def test_a_stranger_and_a_database_that_is_away_lead_on() -> None:
    assert run(CUSTOMER, FakeLookups(), caller="139")[0].reason == "stranger"
    away = FakeLookups(is_away=True)
    assert run(CUSTOMER, away, caller="139")[0].reason == "stranger"
    assert run({**CUSTOMER, "on_failed": "failed"}, away, caller="139")[0].reason == "failed"


def test_nothing_of_an_earlier_customer_stays() -> None:
    flow = flow_parse(
        {
            "start": "first",
            "nodes": {
                "first": {**CUSTOMER, "to": "second"},
                "second": {**CUSTOMER, "number_from": "dialled", "not_found": "ask"},
                "ask": {
                    "kind": "branch",
                    "cases": [{"all": [{"variable": "customer_name", "is": "empty"}], "to": "yes"}],
                    "otherwise": "stranger",
                },
                "yes": {"kind": "hangup"},
                "known": {"kind": "hangup"},
                "stranger": {"kind": "hangup"},
            },
        }
    )
    lookups = FakeLookups(customers={"13800138000": WANG})
    given = {"caller": "13800138000", "dialled": "4008001000"}
    decision = run_flow(
        flow, voice=FakeVoice(), lookups=lookups, on_step=lambda step: None, variables=given
    )
    assert decision.reason == "yes"


@pytest.mark.parametrize(("waiting", "idle", "way"), [(26, 4, "yes"), (25, 4, "no"), (26, 3, "no")])
def test_queue_state_decides_between_queues(waiting: int, idle: int, way: str) -> None:
    flow = flow_parse(
        {
            "start": "one",
            "nodes": {
                "one": {"kind": "queue_state", "queue": "7001", "to": "keep"},
                "keep": {"kind": "set", "variable": "first", "from": "queue_waiting", "to": "two"},
                "two": {"kind": "queue_state", "queue": "7002", "to": "ask"},
                "ask": {
                    "kind": "branch",
                    "cases": [
                        {
                            "all": [
                                {"variable": "first", "is": "greater", "value": "25"},
                                {"variable": "queue_idle", "is": "greater", "value": "3"},
                            ],
                            "to": "yes",
                        }
                    ],
                    "otherwise": "no",
                },
                "yes": {"kind": "hangup"},
                "no": {"kind": "hangup"},
            },
        }
    )
    lookups = FakeLookups(queues={"7001": QueueNow(waiting, 0, 90), "7002": QueueNow(0, idle, 0)})
    decision = run_flow(flow, voice=FakeVoice(), lookups=lookups, on_step=lambda step: None)
    assert decision.reason == way


def test_a_queue_that_nobody_can_ask_leads_on_with_empty_variables() -> None:
    state = {"kind": "queue_state", "queue": "7001", "to": "yes"}
    assert run(state, FakeLookups(is_away=True))[0].reason == "yes"
    assert run({**state, "on_failed": "failed"}, FakeLookups())[0].reason == "failed"


def test_the_right_pin_opens_and_is_nowhere_to_be_read() -> None:
    decision, steps, _ = run(PIN, FakeLookups(pin="2468"), *"2468#", caller="139")
    assert decision.reason == "known"
    assert (steps[0].node, steps[0].keys) == ("it", "****")
    assert "2468" not in repr(steps) + repr(decision)


def test_wrong_pins_end_in_the_lock_and_the_way_out() -> None:
    decision, steps, voice = run(PIN, FakeLookups(pin="2468"), *"1#2#3#", caller="139")
    assert decision.reason == "failed"
    assert [step.invalid for step in steps[:3]] == [1, 1, 1]
    assert voice.heard == ["pin", "pin-wrong", "pin", "pin-wrong", "pin", "pin-locked"]


def test_silence_costs_a_try_but_no_pin_try() -> None:
    lookups = FakeLookups(pin="2468")
    decision, _, voice = run({**PIN, "tries": 2}, lookups, "", "", caller="139")
    assert decision.reason == "failed"
    assert voice.heard == ["pin", "no-input", "pin"]
    assert lookups.asked == []


def test_a_pin_that_nobody_can_check_is_refused() -> None:
    decision, steps, voice = run(PIN, FakeLookups(is_away=True), *"2468#", caller="139")
    assert decision.reason == "failed"
    assert voice.heard[-1] == "apology"
    assert steps[0].outcome == "failed"


def test_hanging_up_at_the_pin_is_told_without_keys() -> None:
    decision, steps, _ = run(PIN, FakeLookups(), HANG_UP, caller="139")
    assert decision.next == "gone"
    assert [(step.node, step.keys) for step in steps] == [("it", "")]


def test_http_answers_become_variables_but_not_the_calls_own() -> None:
    node = {"kind": "http", "lookup": "orders", "on_failed": "failed"}
    services = {"orders": {"state": "sent", "caller": "110"}}
    lookups = FakeLookups(services=services)
    is_sent = {"variable": "state", "is": "equals", "value": "sent"}
    is_true = {"variable": "caller", "is": "equals", "value": "13800138000"}
    assert branch_after(node, lookups, is_sent, is_true) == "yes"
    gone = {"kind": "http", "lookup": "gone", "to": "yes", "on_failed": "failed"}
    assert run(gone, lookups)[0].reason == "failed"


@pytest.mark.parametrize(
    ("node", "word"),
    [
        ({**PIN, "pin": ""}, "pin must be"),
        ({**PIN, "tries": 0}, "tries must be"),
        ({"kind": "http", "lookup": "x" * 61, "to": "yes", "on_failed": "no"}, "lookup must be"),
        ({"kind": "queue_state", "queue": "7a", "to": "yes"}, "queue's number"),
        ({**CUSTOMER, "number_from": "A"}, "variable's name"),
        ({**CUSTOMER, "to": "nowhere"}, "does not exist"),
    ],
)
def test_broken_nodes_are_refused_by_name(node: dict[str, Any], word: str) -> None:
    with pytest.raises(FlowError, match=word) as refused:
        run(node, FakeLookups())
    assert "'it'" in str(refused.value)
