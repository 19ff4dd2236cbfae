"""Rule sets: who decides, why the others did not, replay, and what the check finds."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.acd.engine import rule_actions as act
from apps.acd.engine.conditions import ALWAYS
from apps.acd.engine.fact_fields import Value
from apps.acd.engine.floor import Need
from apps.acd.engine.rule_actions import Action, AgentNow, Means
from apps.acd.engine.rule_record import make_record, ruling_replay
from apps.acd.engine.rules import (
    Known,
    Rule,
    RulesError,
    RuleSet,
    Ruling,
    rules_check,
    rules_decide,
    rules_parse,
    rules_raw,
)
from tests.unit.acd.conditions_made import conditions, facts

READY = AgentNow(True, True, frozenset({"7001"}))
MEANS = Means(
    queues={"7001": True, "7002": True, "7003": False},
    agents={"1001": READY, "1002": AgentNow(True, False), "1003": AgentNow(False, False)},
    boxes=frozenset({"7001"}),
    flows=frozenset({"main"}),
    has_trunk=True,
    can_call_back=True,
)
VIP = {"fact": "customer.level", "op": "equals", "value": "vip"}


def rule(rule_id: str, then: dict[str, Any], when: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": rule_id, "name": rule_id, "when": when or {"all": []}, "then": then, **more}


def ruled(
    *rules: dict[str, Any], facts: dict[str, Value] | None = None, means: Means = MEANS
) -> Ruling:
    return rules_decide(rules_parse({"rules": list(rules)}), facts or {}, means)


def codes(found: Ruling) -> list[str]:
    return [verdict.code for verdict in found.verdicts]


def test_the_first_true_rule_decides_and_the_others_say_why_not() -> None:
    found = ruled(
        rule("off", {"kind": "refuse"}, is_on=False),
        rule("vip", {"kind": "queue", "queue": "7001", "priority": 5}, VIP),
        rule("all", {"kind": "queue", "queue": "7002"}),
        rule("last", {"kind": "refuse"}),
        facts={"customer.level": "normal"},
    )
    assert found.rule
    assert found.rule.id == "all"
    assert found.action == Action("queue", "7002")
    assert codes(found) == ["off", "false", "decided", "later"]


def test_without_a_true_rule_nothing_is_decided() -> None:
    found = ruled(rule("vip", {"kind": "refuse"}, VIP))
    assert (found.rule, found.action, codes(found)) == (None, None, ["false"])


@pytest.mark.parametrize(
    ("then", "code"),
    [
        ({"kind": "queue", "queue": "7009"}, act.QUEUE_UNKNOWN),
        ({"kind": "queue", "queue": "7003"}, act.QUEUE_CLOSED),
        ({"kind": "agent", "agent": "1009"}, act.AGENT_UNKNOWN),
        ({"kind": "agent", "agent": "owner"}, act.AGENT_UNKNOWN),
        ({"kind": "agent", "agent": "last_agent"}, act.AGENT_SIGNED_OUT),
        ({"kind": "agent", "agent": "1002"}, act.AGENT_BUSY),
        ({"kind": "flow", "flow": "gone"}, act.FLOW_UNKNOWN),
        ({"kind": "voicemail", "box": "7002"}, act.BOX_UNKNOWN),
        ({"kind": "external", "number": "13900139000"}, act.NO_TRUNK),
        ({"kind": "call_back", "queue": "7001"}, act.NO_CALL_BACK),
        ({"kind": "call_back", "queue": "7009"}, act.QUEUE_UNKNOWN),
    ],
)
def test_an_action_that_cannot_be_done_leaves_the_next_rule(
    then: dict[str, Any], code: str
) -> None:
    means = replace(MEANS, has_trunk=False, can_call_back=False)
    known = {"last_agent.number": "1003"}
    found = ruled(rule("a", then), rule("b", {"kind": "refuse"}), facts=known, means=means)
    assert codes(found) == [code, "decided"]
    assert found.action == Action("refuse")


@pytest.mark.parametrize(
    "then",
    [
        {"kind": "queue", "queue": "7001"},
        {"kind": "agent", "agent": "1001"},
        {"kind": "flow", "flow": "main"},
        {"kind": "voicemail", "box": "7001"},
        {"kind": "external", "number": "13900139000"},
        {"kind": "call_back", "queue": "7001"},
        {"kind": "refuse"},
        {"kind": "continue"},
    ],
)
def test_every_action_can_be_done(then: dict[str, Any]) -> None:
    assert codes(ruled(rule("a", then))) == ["decided"]


def test_owner_and_last_agent_become_numbers() -> None:
    known: dict[str, Value] = {"owner.number": "1001", "last_agent.number": "1002"}
    found = ruled(rule("a", {"kind": "agent", "agent": "owner"}), facts=known)
    assert found.action == Action("agent", "1001")
    queue = {"kind": "queue", "queue": "7001", "wanted": "owner", "wanted_s": 30}
    found = ruled(rule("a", queue), facts=known)
    assert found.action == Action("queue", "7001", wanted="1001", wanted_s=30)


@pytest.mark.parametrize("owner", ["", "1002", "1003", "1009"])
def test_nobody_is_kept_for_who_is_signed_out_or_serves_not(owner: str) -> None:
    queue = {"kind": "queue", "queue": "7001", "wanted": "owner", "wanted_s": 30}
    found = ruled(rule("a", queue), facts={"owner.number": owner})
    assert found.action == Action("queue", "7001")


def test_skills_relax_over_time() -> None:
    steps = [{"after_s": 0, "level": 80}, {"after_s": 30, "level": 0}]
    needs = [{"skill": "english", "steps": steps}]
    found = ruled(rule("a", {"kind": "queue", "queue": "7001", "needs": needs}))
    assert found.action
    assert found.action.needs == (Need("english", ((0, 80), (30, 0))),)


@pytest.mark.parametrize(
    ("raw", "place", "code"),
    [
        (7, "rules", "not_a_list"),
        ({"rules": {}}, "rules", "not_a_list"),
        ({"rules": [7]}, "rules[0]", "not_a_rule"),
        ({"rules": [], "x": 1}, "", "unknown_field"),
        ({"rules": [{**rule("a", {"kind": "refuse"}), "x": 1}]}, "rules[0]", "unknown_field"),
        ({"rules": [rule("", {"kind": "refuse"})]}, "rules[0].id", "no_value"),
        ({"rules": [rule("a", {"kind": "refuse"}, name=7)]}, "rules[0].name", "not_a_text"),
        ({"rules": [rule("a", {"kind": "refuse"}, is_on=7)]}, "rules[0].is_on", "not_yes_or_no"),
        ({"rules": [rule("a", {"kind": "refuse"}, [1])]}, "rules[0].when", "not_a_condition"),
        ({"rules": [rule("a", {"kind": "refuse"})] * 2}, "rules[1].id", "id_twice"),
        ({"rules": [rule("a", {"kind": "x"})]}, "rules[0].then.kind", "unknown_action"),
        ({"rules": [{"id": "a"}]}, "rules[0].then", "not_an_action"),
        ({"rules": [rule("a", {"kind": "refuse", "x": 1})]}, "rules[0].then", "unknown_field"),
        ({"rules": [rule("a", {"kind": "queue"})]}, "rules[0].then.queue", "no_value"),
        (
            {"rules": [rule("a", {"kind": "queue", "queue": "x"})]},
            "rules[0].then.queue",
            "not_a_queue",
        ),
        (
            {"rules": [rule("a", {"kind": "external", "number": "1&2"})]},
            "rules[0].then.number",
            "not_a_number",
        ),
        (
            {"rules": [rule("a", {"kind": "queue", "queue": "7001", "priority": 11})]},
            "rules[0].then.priority",
            "out_of_range",
        ),
        (
            {"rules": [rule("a", {"kind": "queue", "queue": "7001", "wanted": "boss"})]},
            "rules[0].then.wanted",
            "not_a_agent",
        ),
        (
            {"rules": [rule("a", {"kind": "queue", "queue": "7001", "needs": [7]})]},
            "rules[0].then.needs[0]",
            "not_a_need",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(raw: object, place: str, code: str) -> None:
    with pytest.raises(RulesError) as error:
        rules_parse(raw)
    assert [(found.place, found.code) for found in error.value.problems] == [(place, code)]


def test_steps_of_a_skill_rise_in_time_and_no_skill_is_twice() -> None:
    def problems(needs: list[Any]) -> list[str]:
        with pytest.raises(RulesError) as error:
            ruled(rule("a", {"kind": "queue", "queue": "7001", "needs": needs}))
        return [found.code for found in error.value.problems]

    step = {"after_s": 5, "level": 1}
    assert problems([{"skill": "a", "steps": [step, step]}]) == ["wrong_order"]
    assert problems([{"skill": "a", "steps": [step]}] * 2) == ["skill_twice"]
    assert problems([{"skill": "", "steps": [step]}]) == ["no_value"]
    assert problems([{"skill": "a", "steps": []}]) == ["not_a_list"]
    assert problems([{"skill": "a", "steps": [7]}]) == ["not_a_step"]


# --- Any set ---

NUMBERS = ("7001", "7002", "7003", "7009")
PERSONS = ("owner", "last_agent", "1001", "1002", "1003", "1009")


@st.composite
def actions(draw: st.DrawFn) -> Action:
    kind = draw(st.sampled_from(sorted(act.ACTION_FIELDS)))
    targets = {
        "agent": PERSONS,
        "flow": ("main", "gone"),
        "external": ("13900139000",),
        "refuse": ("",),
        "continue": ("",),
    }
    action = Action(kind, draw(st.sampled_from(targets.get(kind, NUMBERS))))
    if kind == "queue" and draw(st.booleans()):
        wanted, needs = draw(st.sampled_from(PERSONS)), (Need("english", ((0, 50), (9, 0))),)
        action = replace(action, priority=7, wanted=wanted, wanted_s=15, needs=needs)
    return action


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    found = draw(st.lists(st.tuples(conditions(), actions(), st.booleans()), max_size=6))
    return RuleSet(
        tuple(
            Rule(f"r{n}", f"rule {n}", when, then, is_on)
            for n, (when, then, is_on) in enumerate(found)
        )
    )


@st.composite
def known_facts(draw: st.DrawFn) -> dict[str, Value]:
    found = draw(facts())
    for name in ("owner.number", "last_agent.number"):
        if draw(st.booleans()):
            found[name] = draw(st.sampled_from(PERSONS[2:]))
    return found


@given(rule_sets(), known_facts())
def test_any_set_decides_and_replays(rules: RuleSet, known: dict[str, Value]) -> None:
    found = rules_decide(rules, known, MEANS)
    assert rules_decide(rules, known, MEANS) == found
    # Read again from JSON, by the record alone, as the call's page does.
    kept = json.loads(
        json.dumps(
            make_record(name="n", number=1, rules=rules, facts=known, means=MEANS, ruling=found)
        )
    )
    again = ruling_replay(kept, rules_parse(json.loads(json.dumps(rules_raw(rules)))))
    assert again.is_same
    assert again.ruling.action == found.action


@given(rule_sets(), known_facts())
def test_one_decides_at_most_and_nobody_before_it_could(
    rules: RuleSet, known: dict[str, Value]
) -> None:
    found = rules_decide(rules, known, MEANS)
    said = codes(found)
    assert len(said) == len(rules.rules)
    assert said.count("decided") == (found.rule is not None)
    if found.rule is not None:
        place = said.index("decided")
        assert rules.rules[place] == found.rule
        assert "later" not in said[:place]
        assert set(said[place + 1 :]) <= {"later", "off"}
        # Alone it decides too; the rules after it do not matter.
        assert rules_decide(RuleSet(rules.rules[: place + 1]), known, MEANS).action == found.action


@given(rule_sets())
def test_written_and_read_is_the_same(rules: RuleSet) -> None:
    assert rules_raw(rules_parse(rules_raw(rules))) == rules_raw(rules)


@given(rule_sets(), known_facts())
def test_a_rule_called_unreachable_never_decides(rules: RuleSet, known: dict[str, Value]) -> None:
    company = Known(
        queues=frozenset({"7001", "7002", "7003"}),
        queues_with_hours=frozenset({"7003"}),
        flows=frozenset({"main"}),
        boxes=frozenset({"7001"}),
        agents={"1001": frozenset({"7001"})},
    )
    found = rules_decide(rules, known, MEANS)
    for doubt in rules_check(rules, company):
        if doubt.code == "unreachable":
            place = int(doubt.place.removeprefix("rules[").removesuffix("]"))
            assert found.verdicts[place].code != "decided"


def test_a_record_of_another_making_is_refused() -> None:
    for record in ({}, {"v": 7}, {"v": 1}, {"v": 1, "facts": {}, "means": {}}):
        with pytest.raises(ValueError, match=r"ruling|version|means"):
            ruling_replay(record, RuleSet(()))


# --- The check ---

COMPANY = Known(
    queues=frozenset({"7001", "7002"}),
    agents={"1001": frozenset({"7001"})},
    flows=frozenset({"main"}),
    boxes=frozenset({"7001"}),
    calendars=frozenset({"hours"}),
    skills=frozenset({"english"}),
)


def doubts(*rules: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = rules_check(rules_parse({"rules": list(rules)}), COMPANY)
    return [(doubt.level, doubt.place, doubt.code) for doubt in found]


def test_a_good_set_has_no_doubts() -> None:
    need = {"skill": "english", "steps": [{"after_s": 0, "level": 5}]}
    queue = {"kind": "queue", "queue": "7001", "wanted": "1001", "needs": [need]}
    hours = {"fact": "calendars.hours", "op": "is", "value": True}
    assert doubts(rule("a", queue, hours), rule("b", {"kind": "flow", "flow": "main"})) == []


def test_names_of_nothing_are_errors() -> None:
    step = [{"after_s": 0, "level": 5}]
    assert doubts(
        rule("a", {"kind": "queue", "queue": "7009", "wanted": "1009"}, VIP),
        rule("b", {"kind": "agent", "agent": "1009"}, VIP),
        rule("c", {"kind": "flow", "flow": "gone"}, VIP),
        rule("d", {"kind": "voicemail", "box": "7002"}, VIP),
        rule("e", {"kind": "call_back", "queue": "7009"}, VIP),
        rule(
            "f",
            {"kind": "queue", "queue": "7001", "needs": [{"skill": "x", "steps": step}]},
            {
                "any": [
                    {"fact": "queues.7009.idle", "op": "more", "value": 1},
                    {"not": {"fact": "calendars.gone", "op": "is", "value": True}},
                ]
            },
        ),
    ) == [
        ("error", "rules[0].then.queue", "unknown_queue"),
        ("error", "rules[0].then.wanted", "unknown_agent"),
        ("error", "rules[1].then.agent", "unknown_agent"),
        ("error", "rules[2].then.flow", "unknown_flow"),
        ("error", "rules[3].then.box", "unknown_box"),
        ("error", "rules[4].then.queue", "unknown_queue"),
        ("error", "rules[5].then.needs[0]", "unknown_skill"),
        ("error", "rules[5].when.any[0]", "unknown_queue"),
        ("error", "rules[5].when.any[1].not", "unknown_calendar"),
    ]


def test_a_rule_after_one_that_always_decides_is_unreachable() -> None:
    more = {"all": [VIP, {"fact": "caller.known", "op": "is", "value": True}]}
    assert doubts(
        rule("vip", {"kind": "queue", "queue": "7001"}, VIP),
        rule("vip2", {"kind": "refuse"}, more),
        rule("all", {"kind": "refuse"}),
        rule("rest", {"kind": "refuse"}, {"any": [VIP, VIP]}),
    ) == [
        ("warning", "rules[1]", "unreachable"),
        ("warning", "rules[3]", "unreachable"),
    ]


def test_a_rule_after_one_that_may_be_impossible_is_reachable() -> None:
    assert (
        doubts(rule("a", {"kind": "agent", "agent": "1001"}), rule("b", {"kind": "refuse"})) == []
    )


def test_who_does_not_serve_the_queue_is_a_warning() -> None:
    queue = {"kind": "queue", "queue": "7002", "wanted": "1001"}
    assert doubts(rule("a", queue)) == [("warning", "rules[0].then.wanted", "serves_not")]


def test_only_what_rules_ask_is_read() -> None:
    queue = {"kind": "queue", "queue": "7001", "wanted": "last_agent"}
    rules = rules_parse(
        {"rules": [rule("a", queue, VIP), rule("b", {"kind": "refuse"}, is_on=False)]}
    )
    assert rules.facts_asked == {"customer.level", "last_agent.number"}
    assert rules.targets("queue") == {"7001"}
    assert RuleSet((Rule("x", "", ALWAYS, Action("refuse")),)).facts_asked == frozenset()
