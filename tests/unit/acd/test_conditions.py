"""Conditions: what can be read, what is true of known and unknown facts, and what is told."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine.conditions import (
    MOST_DEEP,
    Condition,
    ConditionError,
    Group,
    Leaf,
    Not,
    condition_parse,
    condition_raw,
    evaluate,
    facts_asked,
    leaves,
    queues_asked,
)
from apps.acd.engine.fact_fields import FIELDS, OPS, Value, facts_raw, facts_read, field_of
from tests.unit.acd.conditions_made import conditions, facts
from tests.unit.acd.conditions_made import leaves as made_leaves

BUSY = {
    "all": [
        {"fact": "queues.7001.waiting", "op": "more", "value": 25},
        {"fact": "queues.7002.idle", "op": "at_least", "value": 4},
    ]
}


def holds(raw: object, facts: dict[str, Value]) -> bool:
    return evaluate(condition_parse(raw), facts).is_true


@pytest.mark.parametrize(
    ("waiting", "idle", "is_true"), [(26, 4, True), (25, 4, False), (26, 3, False), (99, 9, True)]
)
def test_over_25_wait_and_4_are_idle_elsewhere(waiting: int, idle: int, is_true: bool) -> None:
    assert holds(BUSY, {"queues.7001.waiting": waiting, "queues.7002.idle": idle}) is is_true


@pytest.mark.parametrize(
    ("fact", "op", "value", "was", "is_true"),
    [
        ("caller.region", "begins_with", "广东省", "广东省广州市", True),
        ("caller.region", "begins_with", "广东省", "北京市", False),
        ("caller.carrier", "equals", "中国移动", "中国移动", True),
        ("caller.number", "begins_with", "138", "13800138000", True),
        ("customer.tags", "has", ["gold", "new"], ("new",), True),
        ("customer.tags", "has", "gold", ("new",), False),
        ("customer.tags", "has_not", "gold", (), True),
        ("customer.level", "in", ["vip", "gold"], "vip", True),
        ("customer.level", "not_in", ["vip"], "normal", True),
        ("last_agent.days", "at_most", 7, 6.5, True),
        ("last_agent.days", "at_most", 7, 7.1, False),
        ("variables.amount", "more", 100, "100.5", True),
        ("variables.amount", "more", 100, "much", False),
        ("variables.city", "contains", "ab", "xaby", True),
        ("time.clock", "between", ["09:00", "18:00"], "09:00", True),
        ("time.clock", "between", ["09:00", "18:00"], "18:00", False),
        ("time.clock", "between", ["22:00", "06:00"], "23:59", True),
        ("time.clock", "between", ["22:00", "06:00"], "05:59", True),
        ("time.clock", "between", ["22:00", "06:00"], "12:00", False),
        ("time.clock", "less", "09:00", "08:59", True),
        ("time.clock", "at_least", "09:00", "08:59", False),
        ("time.weekday", "in", ["6", "7"], "6", True),
        ("calendars.上班时间", "is", False, False, True),
        ("caller.known", "is", True, False, False),
        ("waited_s", "between", [10, 20], 20, True),
        ("queues.7001.service_level", "less", 80, 79.9, True),
        ("queues.7001.service_level", "not_equals", 80, 80, False),
        ("customer.level", "known", None, "vip", True),
        ("customer.level", "unknown", None, "vip", False),
        # Another kind than expected is like unknown.
        ("queues.7001.waiting", "more", 5, "many", False),
        ("waited_s", "at_least", 0, True, False),
        ("time.clock", "less", "09:00", "soon", False),
    ],
)
def test_each_comparison(fact: str, op: str, value: object, was: Value, is_true: bool) -> None:
    assert holds({"fact": fact, "op": op, "value": value}, {fact: was}) is is_true


@given(made_leaves())
def test_of_an_unknown_fact_only_unknown_is_true(leaf: Leaf) -> None:
    assert evaluate(leaf, {}).is_true is (leaf.op == "unknown")


@given(conditions(), facts())
def test_what_is_written_is_read_again(condition: Condition, known: dict[str, Value]) -> None:
    again = condition_parse(json.loads(json.dumps(condition_raw(condition))))
    assert condition_raw(again) == condition_raw(condition)
    assert evaluate(again, known).is_true == evaluate(condition, known).is_true
    kept = facts_read(json.loads(json.dumps(facts_raw(known))))
    assert evaluate(condition, kept).is_true == evaluate(condition, known).is_true


@given(conditions(), facts())
def test_only_the_facts_that_are_asked_matter(
    condition: Condition, known: dict[str, Value]
) -> None:
    asked = {name: value for name, value in known.items() if name in facts_asked(condition)}
    assert evaluate(condition, asked) == evaluate(condition, known)


@given(conditions(), conditions(), facts())
def test_the_laws_of_and_or_not(one: Condition, other: Condition, known: dict[str, Value]) -> None:
    def true(condition: Condition) -> bool:
        return evaluate(condition, known).is_true

    assert true(Not(Not(one))) == true(one)
    assert true(Group("all", (one, other))) == (true(one) and true(other))
    assert true(Group("any", (one, other))) == (true(one) or true(other))
    assert true(Not(Group("all", (one, other)))) == true(Group("any", (Not(one), Not(other))))
    assert true(Group("all", (one, other))) == true(Group("all", (other, one)))
    assert true(Group("any", (one, Group("all", (one, other))))) == true(one)


@given(conditions(), facts())
def test_every_comparison_is_told_with_what_was_there(
    condition: Condition, known: dict[str, Value]
) -> None:
    told = evaluate(condition, known)
    assert [leaf.condition for leaf in told.leaves()] == list(leaves(condition))
    for leaf in told.leaves():
        assert isinstance(leaf.condition, Leaf)
        assert leaf.was == known.get(leaf.condition.fact)


@pytest.mark.parametrize(
    ("raw", "place", "code"),
    [
        (None, "when", "not_a_condition"),
        ([], "when", "not_a_condition"),
        ({}, "when", "not_a_condition"),
        ({"all": [], "any": []}, "when", "not_a_condition"),
        ({"all": {}}, "when.all", "not_a_list"),
        ({"all": [{"any": [7]}]}, "when.all[0].any[0]", "not_a_condition"),
        ({"not": {"fact": "weather", "op": "equals"}}, "when.not.fact", "unknown_fact"),
        ({"fact": "queues.sales.idle", "op": "more", "value": 1}, "when.fact", "unknown_fact"),
        ({"fact": ["waited_s"], "op": "more", "value": 1}, "when.fact", "unknown_fact"),
        ({"fact": "waited_s", "op": "has", "value": 1}, "when.op", "unknown_op"),
        ({"fact": "waited_s", "op": ["more"], "value": 1}, "when.op", "unknown_op"),
        ({"fact": "waited_s", "op": "more", "value": "x"}, "when.value", "not_a_number"),
        ({"fact": "waited_s", "op": "more", "value": True}, "when.value", "not_a_number"),
        ({"fact": "waited_s", "op": "more", "value": float("nan")}, "when.value", "not_a_number"),
        ({"fact": "waited_s", "op": "between", "value": [1]}, "when.value", "not_two_values"),
        ({"fact": "waited_s", "op": "between", "value": [2, 1]}, "when.value", "wrong_order"),
        ({"fact": "time.clock", "op": "less", "value": "9:00"}, "when.value", "not_a_clock_time"),
        ({"fact": "time.weekday", "op": "in", "value": ["8"]}, "when.value", "not_an_option"),
        ({"fact": "caller.known", "op": "is", "value": "yes"}, "when.value", "not_yes_or_no"),
        ({"fact": "customer.type", "op": "in", "value": []}, "when.value", "empty_list"),
        ({"fact": "customer.type", "op": "equals", "value": ""}, "when.value", "not_a_text"),
        ({"fact": "dialled", "op": "equals", "value": "4x"}, "when.value", "not_a_phone_number"),
        ({"fact": "waited_s", "op": "more", "value": 1, "x": 2}, "when", "unknown_field"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(raw: object, place: str, code: str) -> None:
    with pytest.raises(ConditionError) as error:
        condition_parse(raw)
    assert [(found.place, found.code) for found in error.value.problems] == [(place, code)]
    assert str(error.value).startswith(place)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConditionError) as error:
        condition_parse({"all": [7, {"fact": "x", "op": "is"}, {"not": []}]}, "rules[0].when")
    assert [found.place for found in error.value.problems] == [
        "rules[0].when.all[0]",
        "rules[0].when.all[1].fact",
        "rules[0].when.all[2].not",
    ]


def test_a_calendars_name_may_have_any_sign_that_can_be_kept() -> None:
    condition_parse({"fact": "calendars.国庆\u3000假期", "op": "is", "value": True})
    for sign in ("\x00", "\ud800"):
        with pytest.raises(ConditionError, match="unknown_fact"):
            condition_parse({"fact": f"calendars.a{sign}", "op": "known"})


def test_depth_and_number_are_bounded() -> None:
    raw: dict[str, object] = {"fact": "waited_s", "op": "known"}
    for _ in range(MOST_DEEP - 1):
        raw = {"not": raw}
    condition_parse(raw)
    with pytest.raises(ConditionError, match="too_deep"):
        condition_parse({"not": raw})
    with pytest.raises(ConditionError, match="too_many"):
        condition_parse({"all": [{"fact": "waited_s", "op": "known"}] * 201})


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["all", "any", "not", "fact", "op", "value"]), inner)
        ),
        max_leaves=10,
    )
)
def test_no_json_breaks_the_reader(raw: object) -> None:
    with suppress(ConditionError):
        evaluate(condition_parse(raw), {})


def test_queues_asked_are_those_whose_counts_matter() -> None:
    assert queues_asked(condition_parse(BUSY)) == {"7001", "7002"}


def test_every_field_has_comparisons_and_is_found_by_its_name() -> None:
    for field in FIELDS:
        name = field.with_parameter("7001" if field.parameter == "queue" else "city")
        assert field_of(name) == (field, name.split(".")[1] if field.parameter else "")
        assert field.ops == OPS[field.kind]
    assert field_of("queues.7001.waiting.x") is None


def test_kept_facts_that_mean_nothing_are_unknown() -> None:
    assert facts_read({"weather": "fine", "waited_s": None, "customer.tags": ["a"]}) == {
        "customer.tags": ("a",)
    }
