"""Which flows are accepted, and what is said about the others."""

from typing import Any

import pytest
from hypothesis import given, settings

from apps.workorders.engine.flow_check import check, load
from apps.workorders.engine.problems import DocumentError
from tests.unit.workorders.company import TYPES, by, flow_of, parallel, step, when
from tests.unit.workorders.test_form import JSON

TRUE = {"field": "amount", "is": "filled"}


def codes(*steps: Any, **more: Any) -> set[str]:
    return {problem.code for problem in check(flow_of(*steps, **more), TYPES)}


def changed(**more: Any) -> dict[str, Any]:
    return {**step("a", 1), **more}


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (changed(kind="goto"), "unknown_kind"),
        (changed(key="Start"), "bad_key"),
        (changed(key="start"), "key_twice"),
        (changed(name=""), "no_name"),
        (changed(next="b"), "unknown_property"),
        (changed(approvers=None), "approvers_missing"),
        (changed(approvers={"by": "admin"}), "approvers_missing"),
        (changed(approvers=by()), "person_missing"),
        (changed(approvers=by(1, 1)), "person_missing"),
        (changed(approvers={"by": "role", "role": "king"}), "role_missing"),
        (
            changed(approvers={"by": "role", "role": "agent", "department": "x"}),
            "department_missing",
        ),
        (changed(approvers={"by": "department_head"}), "department_missing"),
        (changed(approvers={"by": "submitter_head", "levels": 9}), "bad_levels"),
        (changed(approvers={"by": "field", "field": "amount"}), "person_field_missing"),
        (changed(fallback={"by": "role", "role": "agent"}), "bad_fallback"),
        (changed(fallback=by()), "person_missing"),
        (changed(mode="most"), "unknown_mode"),
        (changed(mode="k", k=0), "bad_k"),
        (changed(needs_opinion=1), "not_yes_no"),
        (changed(editable=["nothing"]), "unknown_field"),
        (changed(editable="amount"), "not_fields"),
        (changed(deadline_min=0), "bad_minutes"),
        (changed(escalation=[{"after_min": 0, "do": "remind"}]), "no_deadline"),
        (changed(deadline_min=9, escalation=[{"after_min": 0, "do": "shout"}]), "bad_escalation"),
        (changed(deadline_min=9, escalation=[{"after_min": -9, "do": "remind"}]), "bad_minutes"),
        (
            changed(deadline_min=9, escalation=[{"after_min": 1, "do": "remind"}] * 2),
            "escalation_order",
        ),
        (
            changed(deadline_min=9, escalation=[{"after_min": -1, "do": "approve"}]),
            "only_remind_before",
        ),
        (changed(deadline_min=9, escalation=[{"after_min": 1, "do": "person"}]), "person_missing"),
        (parallel("p", [step("a", 1)]), "branches_missing"),
        (parallel("p", [step("a", 1)], []), "branch_empty"),
        (parallel("p", [step("a", 1)], [step("a", 1)]), "key_twice"),
        (parallel("p", [step("a", 1)], [step("b", 1)], join="any"), "bad_k"),
        (parallel("p", [step("a", 1)], [step("b", 1)], join="some"), "unknown_join"),
        ({**when("c", TRUE, [step("a", 1)], []), "k": 1}, "no_join_here"),
        (when("c", {"field": "zz", "is": "filled"}, [step("a", 1)], []), "unknown_field"),
        (when("c", {"field": "kind", "is": "greater", "value": "1"}, [], []), "not_comparable"),
        (when("c", {"field": "amount", "is": "greater", "value": "x"}, [], []), "not_comparable"),
        (when("c", {"field": "amount", "is": "like"}, [], []), "unknown_operator"),
        (when("c", {"field": "kind", "is": "equals"}, [], []), "value_missing"),
        (when("c", {"field": "kind", "is": "in", "value": []}, [], []), "value_missing"),
        (when("c", {"field": "amount", "is": "contains", "value": "1"}, [], []), "not_comparable"),
        (when("c", {"all": []}, [], []), "condition_shape"),
        (when("c", TRUE, [], []), "no_steps"),
    ],
)
def test_flow_that_makes_no_sense_is_named(one: dict[str, Any], code: str) -> None:
    assert codes(one) == {code}


def test_condition_needs_its_else_branch() -> None:
    block = when("c", TRUE, [step("a", 1)], [])
    block["branches"][1]["if"] = TRUE
    assert codes(block) == {"else_missing"}
    block = when("c", TRUE, [step("a", 1)], [])
    del block["branches"][0]["if"]
    assert codes(block) == {"condition_missing"}
    split = parallel("p", [step("a", 1)], [step("b", 1)])
    split["branches"][0]["if"] = TRUE
    assert codes(split) == {"no_condition_here"}


def test_document_itself_is_looked_at() -> None:
    assert [one.code for one in check(None, TYPES)] == ["not_a_flow"]
    assert [one.code for one in check({"version": 9}, TYPES)] == ["unknown_version"]
    assert codes() == {"no_steps"}
    assert codes(step("a", 1), arrows=[]) == {"unknown_property"}
    assert codes(step("a", 1), max_returns=51) == {"bad_returns"}
    assert codes(step("a", 1), may_withdraw="no") == {"not_yes_no"}
    assert codes(step("a", 1), start={"editable": ["zz"]}) == {"unknown_field"}
    assert codes(step("a", 1), start=3) == {"not_a_start"}
    assert [one.code for one in check({"version": 1, "steps": {}}, TYPES)] == ["not_steps"]
    with pytest.raises(DocumentError):
        load(flow_of(), TYPES)


def test_too_deep_and_too_long_is_refused() -> None:
    steps: list[dict[str, Any]] = [step("a", 1)]
    for at in range(7):
        steps = [when(f"c{at}", TRUE, steps, [])]
    assert codes(*steps) == {"too_deep"}
    assert codes(*(step(f"s{at}", 1) for at in range(101))) == {"too_many_steps"}
    condition: dict[str, Any] = TRUE
    for _at in range(5):
        condition = {"not": condition}
    assert codes(when("c", condition, [step("a", 1)], [])) == {"condition_too_big"}


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_document_makes_the_check_fall(raw: Any) -> None:
    check(raw, TYPES)
    check({"version": 1, "steps": raw}, TYPES)
    check({"version": 1, "steps": [{"kind": "approval", "approvers": raw, "name": raw}]}, TYPES)
    block = {"kind": "condition", "key": "c", "branches": [{"if": raw}, raw]}
    check({"version": 1, "steps": [block]}, TYPES)
