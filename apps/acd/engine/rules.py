"""Routing rules: an ordered set, of which the first that is true and can be done decides. Pure.

A set is JSON: `{"rules": [{"id", "name", "is_on", "when": condition, "then": action}]}`. When no
rule decides the call goes on as without rules. Deciding again on the facts and means that were kept
gives the same (`apps.acd.engine.rule_record`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.acd.engine.conditions import (
    ALWAYS,
    Condition,
    ConditionError,
    Facts,
    Group,
    Leaf,
    Problem,
    Told,
    condition_parse,
    condition_raw,
    evaluate,
    facts_asked,
)
from apps.acd.engine.fact_fields import field_of
from apps.acd.engine.rule_actions import (
    AGENT,
    CALL_BACK,
    FLOW,
    PERSONS,
    QUEUE,
    VOICEMAIL,
    Action,
    ActionReader,
    Means,
    action_possible,
    action_raw,
)

MOST_RULES = 200
NAME_LENGTH = 80
ID_LENGTH = 40
ERROR, WARNING = "error", "warning"
# What became of a rule; or why its action could not be done (`rule_actions`).
DECIDED, FALSE, LATER, OFF = "decided", "false", "later", "off"


@dataclass(frozen=True)
class Rule:
    """One rule; `id` stays the same when its name or place changes."""

    id: str
    name: str
    when: Condition
    then: Action
    is_on: bool = True


@dataclass(frozen=True)
class RuleSet:
    """Rules in their order."""

    rules: tuple[Rule, ...]

    @property
    def facts_asked(self) -> frozenset[str]:
        """Return the facts that deciding looks at: nothing else need be read."""
        asked: set[str] = set()
        for rule in self.active:
            asked |= facts_asked(rule.when)
            asked |= {
                PERSONS[who] for who in (rule.then.target, rule.then.wanted) if who in PERSONS
            }
        return frozenset(asked)

    @property
    def active(self) -> tuple[Rule, ...]:
        """Return the rules that are on."""
        return tuple(rule for rule in self.rules if rule.is_on)

    def targets(self, *kinds: str) -> frozenset[str]:
        """Return what the actions of these kinds name."""
        return frozenset(rule.then.target for rule in self.active if rule.then.kind in kinds)


@dataclass(frozen=True)
class RuleVerdict:
    """What became of one rule. `code`: decided, false, later, off, or why it cannot be done."""

    rule: str
    name: str
    code: str
    told: Told | None = None


@dataclass(frozen=True)
class Ruling:
    """Which rule decided what; None: the call goes on as without rules."""

    rule: Rule | None
    action: Action | None
    verdicts: tuple[RuleVerdict, ...]


def rules_decide(rules: RuleSet, facts: Facts, means: Means) -> Ruling:
    """Return what the first rule that is true and can be done says, and why no other did."""
    decided: tuple[Rule, Action] | None = None
    verdicts = []
    for rule in rules.rules:
        if not rule.is_on:
            verdicts.append(RuleVerdict(rule.id, rule.name, OFF))
            continue
        told = evaluate(rule.when, facts)
        code = LATER if decided else FALSE
        if told.is_true and not decided:
            action, fault = action_possible(rule.then, facts, means)
            code = fault or DECIDED
            if action is not None:
                decided = rule, action
        verdicts.append(RuleVerdict(rule.id, rule.name, code, told))
    if decided is None:
        return Ruling(None, None, tuple(verdicts))
    return Ruling(*decided, tuple(verdicts))


# --- From JSON and back ---


class RulesError(ValueError):
    """The JSON is no rule set; `problems` say where and why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def rules_parse(raw: object) -> RuleSet:
    """Return the rule set of some JSON. Raises RulesError with every fault found."""
    problems: list[Problem] = []
    listed = raw.get("rules") if isinstance(raw, Mapping) else None
    if not isinstance(listed, list) or len(listed) > MOST_RULES:
        raise RulesError([Problem("rules", "not_a_list")])
    if isinstance(raw, Mapping) and (unknown := set(raw) - {"rules"}):
        problems.append(Problem("", "unknown_field", ", ".join(sorted(map(str, unknown)))))
    rules = [_rule(one, f"rules[{n}]", problems) for n, one in enumerate(listed)]
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule is not None and rule.id in seen:
            problems.append(Problem(f"rules[{place}].id", "id_twice", rule.id))
        seen |= {rule.id} if rule else set()
    if problems:
        raise RulesError(problems)
    return RuleSet(tuple(rule for rule in rules if rule is not None))


def _rule(raw: object, place: str, problems: list[Problem]) -> Rule | None:
    if not isinstance(raw, Mapping):
        problems.append(Problem(place, "not_a_rule", str(raw)[:200]))
        return None
    if unknown := set(raw) - {"id", "name", "is_on", "when", "then"}:
        problems.append(Problem(place, "unknown_field", ", ".join(sorted(map(str, unknown)))))
    rule_id, name = raw.get("id"), raw.get("name", "")
    is_on = raw.get("is_on", True)
    before = len(problems)
    if not isinstance(rule_id, str) or not 0 < len(rule_id) <= ID_LENGTH:
        problems.append(Problem(f"{place}.id", "no_value"))
    if not isinstance(name, str) or len(name) > NAME_LENGTH or not name.isprintable():
        problems.append(Problem(f"{place}.name", "not_a_text", str(name)[:200]))
    if not isinstance(is_on, bool):
        problems.append(Problem(f"{place}.is_on", "not_yes_or_no", str(is_on)[:200]))
    when: Condition = ALWAYS
    try:
        when = condition_parse(raw.get("when", {"all": []}), f"{place}.when")
    except ConditionError as error:
        problems += error.problems
    then = ActionReader(problems).read(raw.get("then"), f"{place}.then")
    if len(problems) > before or then is None:
        return None
    return Rule(str(rule_id), str(name), when, then, bool(is_on))


def rules_raw(rules: RuleSet) -> dict[str, Any]:
    """Return the JSON of a rule set; reading it gives the same set."""
    return {
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "is_on": rule.is_on,
                "when": condition_raw(rule.when),
                "then": action_raw(rule.then),
            }
            for rule in rules.rules
        ]
    }


# --- Looking a set over before callers do ---


@dataclass(frozen=True)
class Known:
    """What the company has, by number or name. `agents`: whom they serve (queues' numbers)."""

    queues: frozenset[str] = frozenset()
    queues_with_hours: frozenset[str] = frozenset()
    agents: Mapping[str, frozenset[str]] | None = None
    flows: frozenset[str] = frozenset()
    boxes: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Doubt:
    """Something wrong (error: not published) or doubtful (warning) at a place of the set."""

    level: str
    place: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.detail}".rstrip()


def rules_check(rules: RuleSet, known: Known) -> list[Doubt]:
    """Return what is wrong or doubtful, in the order of the rules."""
    found: list[Doubt] = []
    decided: list[tuple[int, frozenset[Leaf]]] = []
    for n, rule in enumerate(rules.rules):
        place = f"rules[{n}]"
        found += _then_doubts(rule.then, f"{place}.then", known)
        found += _when_doubts(rule.when, f"{place}.when", known)
        if not rule.is_on:
            continue
        asked = _conjunction(rule.when)
        earlier = next(
            (m for m, less in decided if (asked is not None and less <= asked) or not less), None
        )
        if earlier is not None:
            found.append(Doubt(WARNING, place, "unreachable", rules.rules[earlier].name))
        if asked is not None and _is_always_possible(rule.then, known):
            decided.append((n, asked))
    return found


def _conjunction(condition: Condition) -> frozenset[Leaf] | None:
    """Return the comparisons that must all hold, None when it is no plain `all`."""
    if isinstance(condition, Leaf):
        return frozenset({condition})
    if not isinstance(condition, Group) or (condition.how == "any" and len(condition.parts) != 1):
        return None
    parts = [_conjunction(part) for part in condition.parts]
    if any(part is None for part in parts):
        return None
    return frozenset(leaf for part in parts if part is not None for leaf in part)


def _is_always_possible(action: Action, known: Known) -> bool:
    if action.kind == QUEUE:
        return action.target in known.queues - known.queues_with_hours
    if action.kind == FLOW:
        return action.target in known.flows
    if action.kind == VOICEMAIL:
        return action.target in known.boxes
    return action.kind in ("refuse", "continue")


def _then_doubts(action: Action, place: str, known: Known) -> Iterable[Doubt]:
    lacking = {
        QUEUE: ("queue", known.queues),
        CALL_BACK: ("queue", known.queues),
        FLOW: ("flow", known.flows),
        VOICEMAIL: ("box", known.boxes),
    }
    agents = known.agents or {}
    if action.kind in lacking and action.target not in lacking[action.kind][1]:
        name = lacking[action.kind][0]
        yield Doubt(ERROR, f"{place}.{name}", f"unknown_{name}", action.target)
    if action.kind == AGENT and action.target not in PERSONS and action.target not in agents:
        yield Doubt(ERROR, f"{place}.agent", "unknown_agent", action.target)
    if action.wanted and action.wanted not in PERSONS:
        if action.wanted not in agents:
            yield Doubt(ERROR, f"{place}.wanted", "unknown_agent", action.wanted)
        elif action.target not in agents[action.wanted]:
            yield Doubt(WARNING, f"{place}.wanted", "serves_not", action.wanted)
    for n, need in enumerate(action.needs):
        if need.skill not in known.skills:
            yield Doubt(ERROR, f"{place}.needs[{n}]", "unknown_skill", need.skill)


def _when_doubts(condition: Condition, place: str, known: Known) -> Iterable[Doubt]:
    names = {"queue": known.queues, "calendar": known.calendars}
    for leaf_place, leaf in _placed(condition, place):
        found = field_of(leaf.fact)
        if found is None:
            continue
        field, parameter = found
        if field.parameter in names and parameter not in names[field.parameter]:
            yield Doubt(ERROR, leaf_place, f"unknown_{field.parameter}", parameter)


def _placed(condition: Condition, place: str) -> Iterable[tuple[str, Leaf]]:
    if isinstance(condition, Leaf):
        yield place, condition
    elif isinstance(condition, Group):
        for n, part in enumerate(condition.parts):
            yield from _placed(part, f"{place}.{condition.how}[{n}]")
    else:
        yield from _placed(condition.part, f"{place}.not")
