"""Try rules without a call, and say what two versions differ in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.acd.engine import fact_fields as f
from apps.acd.engine.conditions import Condition, Group, Leaf, Not
from apps.acd.engine.fact_fields import Value, field_of
from apps.acd.engine.rule_actions import action_raw
from apps.acd.engine.rules import Rule, RulesError, RuleSet, rules_parse
from apps.core.tenancy import tenant_scope
from apps.ivr.routing import RulesPlan
from apps.ivr.rule_texts import action_told, fact_told, op_told, value_told
from apps.ivr.rulings import RuleVerdict, verdicts_told
from apps.ivr.simulator import CompanyWorld, route_in_company

YES = frozenset({"yes", "true", "1", "是"})


@dataclass(frozen=True)
class Trial:
    """What rules would say of a call now. `rule` is '' when none decides."""

    rule: str
    action: str
    verdicts: tuple[RuleVerdict, ...]


def rules_try(
    rules: RuleSet,
    *,
    name: str,
    tenant_id: int,
    caller: str,
    dialled: str,
    assumed: Mapping[str, str],
    now: datetime | None = None,
) -> Trial:
    """Return what the rules would say; `assumed` facts, as typed, stand before what is read.

    What is typed and makes no sense for its fact is unknown. Writes nothing.
    """
    given: dict[str, Value] = {"caller.number": caller, "dialled": dialled, "language": "zh"}
    for fact, text in assumed.items():
        value = value_read(fact, text)
        if value is not None:
            given[fact] = value
    with tenant_scope(tenant_id):
        world = CompanyWorld(tenant_id, now or timezone.now())
        record = route_in_company(world, RulesPlan(name, 0, rules), given).record
    rule, action = record["rule"], record["action"]
    return Trial(
        rule=str(rule["name"] or rule["id"]) if rule else "",
        action=action_told(action) if action else "",
        verdicts=verdicts_told(record["verdicts"]),
    )


def value_read(fact: str, text: str) -> Value | None:
    """Return a fact's value as people type it, None when it is none."""
    found = field_of(fact)
    if found is None or not text:
        return None
    kind = found[0].kind
    if kind == f.FLAG:
        return text.lower() in YES
    if kind == f.COUNT:
        return float(text) if f.NUMBER_TEXT.fullmatch(text) else None
    if kind == f.TAGS:
        return tuple(one.strip() for one in text.replace("，", ",").split(",") if one.strip())
    return text


# --- Differences ---


@dataclass(frozen=True)
class Difference:
    """One rule that differs: `kind` is added, removed, changed or moved; lines before and after."""

    kind: str
    label: str
    name: str
    before: str
    after: str


def rules_differences(before: object, after: object) -> list[Difference]:
    """Return what differs from one document to another; None before is nothing."""
    old, new = _rules(before), _rules(after)
    labels = {
        "added": _("added"),
        "removed": _("removed"),
        "changed": _("changed"),
        "moved": _("moved"),
    }
    kept = [rule_id for rule_id in old if rule_id in new]
    order = [rule_id for rule_id in new if rule_id in old]
    found = []
    for rule_id, rule in new.items():
        told = rule_told(rule)
        if rule_id not in old:
            found.append(Difference("added", labels["added"], rule.name, "", told))
        elif rule_told(old[rule_id]) != told or old[rule_id].name != rule.name:
            was = old[rule_id]
            found.append(Difference("changed", labels["changed"], rule.name, rule_told(was), told))
        elif kept.index(rule_id) != order.index(rule_id):
            found.append(Difference("moved", labels["moved"], rule.name, "", told))
    found += [
        Difference("removed", labels["removed"], rule.name, rule_told(rule), "")
        for rule_id, rule in old.items()
        if rule_id not in new
    ]
    return found


def _rules(document: object) -> dict[str, Rule]:
    try:
        return {rule.id: rule for rule in rules_parse(document).rules} if document else {}
    except RulesError:
        return {}


def rule_told(rule: Rule) -> str:
    """Return a rule in one line: condition → action."""
    told = f"{condition_told(rule.when)} → {action_told(action_raw(rule.then))}"
    more = []
    if rule.then.kind == "queue":
        more = [_("priority %(number)s") % {"number": rule.then.priority}]
        more += [f"{rule.then.wanted} {rule.then.wanted_s} s"] if rule.then.wanted else []
        more += [
            f"{need.skill} " + ", ".join(f"{after:g} s: {level}" for after, level in need.steps)
            for need in rule.then.needs
        ]
    off = "" if rule.is_on else f" [{_('switched off')}]"
    return told + (f" ({'; '.join(more)})" if more else "") + off


def condition_told(condition: Condition) -> str:
    """Return a condition in words."""
    if isinstance(condition, Leaf):
        value = "" if condition.value is None else " " + value_told(condition.fact, condition.value)
        return f"{fact_told(condition.fact)} {op_told(condition.fact, condition.op)}{value}"
    if isinstance(condition, Not):
        return _("not (%(inner)s)") % {"inner": condition_told(condition.part)}
    return _group_told(condition)


def _group_told(group: Group) -> str:
    if not group.parts:
        return _("always") if group.how == "all" else _("never")
    word = _("and") if group.how == "all" else _("or")
    parts = [
        f"({condition_told(part)})"
        if isinstance(part, Group) and len(part.parts) > 1
        else condition_told(part)
        for part in group.parts
    ]
    return f" {word} ".join(parts)
