"""A ruling about one call as data that is kept: verdicts, values seen, and all that replay needs.

Pure. The record names the rule set's version; deciding again with that version on the facts and
means that were kept gives the same ruling.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.acd.engine.conditions import Leaf, Told
from apps.acd.engine.fact_fields import Value, facts_raw, facts_read
from apps.acd.engine.rule_actions import Action, AgentNow, Means, action_raw, person
from apps.acd.engine.rules import LATER, RuleSet, Ruling, rules_decide

VERSION = 1


def make_record(
    *,
    name: str,
    number: int,
    rules: RuleSet,
    facts: Mapping[str, Value],
    means: Means,
    ruling: Ruling,
) -> dict[str, Any]:
    """Return what was decided by version `number` of the rule set `name`."""
    asked = rules.facts_asked
    return {
        "v": VERSION,
        "rules": name,
        "version": number,
        "rule": {"id": ruling.rule.id, "name": ruling.rule.name} if ruling.rule else None,
        "action": action_raw(ruling.action) if ruling.action else None,
        "verdicts": [
            {
                "rule": verdict.rule,
                "name": verdict.name,
                "code": verdict.code,
                # Of rules after the one that decided nobody asks for each comparison.
                "seen": _seen(verdict.told) if verdict.told and verdict.code != LATER else [],
            }
            for verdict in ruling.verdicts
        ],
        "facts": facts_raw({fact: value for fact, value in facts.items() if fact in asked}),
        "means": means_raw(means, rules, facts),
    }


def _seen(told: Told) -> list[dict[str, Any]]:
    found = []
    for leaf in told.leaves():
        if not isinstance(leaf.condition, Leaf):
            continue
        was = list(leaf.was) if isinstance(leaf.was, tuple) else leaf.was
        value = leaf.condition.value
        found.append(
            {
                "fact": leaf.condition.fact,
                "op": leaf.condition.op,
                "value": list(value) if isinstance(value, tuple) else value,
                "was": was,
                "is_true": leaf.is_true,
            }
        )
    return found


def means_raw(means: Means, rules: RuleSet, facts: Mapping[str, Value]) -> dict[str, Any]:
    """Return the means that the rules name: of a big company nobody keeps every queue."""
    targets = {rule.then.target for rule in rules.active}
    persons = {person(who, facts) for rule in rules.active for who in _persons(rule.then)}
    return {
        "queues": {
            number: is_open for number, is_open in means.queues.items() if number in targets
        },
        "agents": {
            number: {
                "is_signed_in": agent.is_signed_in,
                "is_ready": agent.is_ready,
                "queues": sorted(agent.queues & targets),
            }
            for number, agent in means.agents.items()
            if number in persons
        },
        "boxes": sorted(means.boxes & targets),
        "flows": sorted(means.flows & targets),
        "has_trunk": means.has_trunk,
        "can_call_back": means.can_call_back,
    }


def _persons(action: Action) -> tuple[str, str]:
    return action.target, action.wanted


def means_read(raw: Mapping[str, Any]) -> Means:
    """Return means that were kept. Raises ValueError."""
    try:
        return Means(
            queues={str(number): bool(is_open) for number, is_open in raw["queues"].items()},
            agents={
                str(number): AgentNow(
                    bool(agent["is_signed_in"]),
                    bool(agent["is_ready"]),
                    frozenset(map(str, agent["queues"])),
                )
                for number, agent in raw["agents"].items()
            },
            boxes=frozenset(map(str, raw["boxes"])),
            flows=frozenset(map(str, raw["flows"])),
            has_trunk=bool(raw["has_trunk"]),
            can_call_back=bool(raw["can_call_back"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no means: {error!r}") from error


@dataclass(frozen=True)
class Replay:
    """A ruling made again; `is_same` says whether rule, action and verdicts are as they were."""

    ruling: Ruling
    is_same: bool


def ruling_replay(record: Mapping[str, Any], rules: RuleSet) -> Replay:
    """Decide again with the version's rules on what was kept. Raises ValueError."""
    try:
        if record["v"] != VERSION:
            raise ValueError(f"version {record['v']!r}")
        facts, means = facts_read(record["facts"]), means_read(record["means"])
        was = [(verdict["rule"], verdict["code"]) for verdict in record["verdicts"]]
        action = record["action"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a ruling: {error!r}") from error
    ruling = rules_decide(rules, facts, means)
    again = [(verdict.rule, verdict.code) for verdict in ruling.verdicts]
    is_same = again == was and (action_raw(ruling.action) if ruling.action else None) == action
    return Replay(ruling, is_same)
