"""What the rule editor's template draws: a document with every choice and its label."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Agent
from apps.acd.engine import fact_fields as f
from apps.acd.engine import rule_actions as act
from apps.acd.engine.fact_fields import FIELDS
from apps.acd.engine.rules import ERROR, Doubt, RuleSet
from apps.acd.models import Queue, Skill
from apps.console.rule_form import field_split, list_input
from apps.ivr.models import Calendar, FlowVersion
from apps.ivr.rule_texts import (
    ACTIONS,
    FACTS,
    OPTIONS,
    PERSONS,
    fact_told,
    op_told,
    problem_told,
)
from apps.voicemail.selectors import agent_box_numbers

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Offered:
    """What the company has to choose from, as (value, label)."""

    queues: Choices
    agents: Choices
    flows: Choices
    boxes: Choices
    calendars: Choices
    skills: Choices


def rule_choices(tenant_id: int) -> Offered:
    """Return the choices of the editor's fields. 6 queries."""
    queues = [
        (queue.number, f"{queue.number} {queue.name}")
        for queue in Queue.objects.filter(tenant_id=tenant_id, is_active=True).order_by("number")
    ]
    calendars = Calendar.objects.filter(tenant_id=tenant_id).values_list("name", flat=True)
    people = Agent.objects.filter(tenant_id=tenant_id, is_active=True).select_related("user")
    agents = [(one.number, f"{one.number} {one.user.display_name}") for one in people]
    boxes = agent_box_numbers(tenant_id)
    flows = FlowVersion.objects.filter(tenant_id=tenant_id).values_list("flow__name", flat=True)
    return Offered(
        queues=queues,
        agents=agents,
        flows=_named(flows),
        boxes=[*queues, *(one for one in agents if one[0] in boxes)],
        calendars=_named(calendars),
        skills=_named(Skill.objects.filter(tenant_id=tenant_id).values_list("name", flat=True)),
    )


def _named(names: Iterable[str]) -> Choices:
    return [(name, name) for name in sorted(set(names))]


def rules_view(document: Mapping[str, Any], offered: Offered) -> list[dict[str, Any]]:
    """Return the rules for the template."""
    rules = document.get("rules", ())
    return [
        {
            "id": rule["id"],
            "number": n + 1,
            "place": f"r.{rule['id']}",
            "name": rule.get("name", ""),
            "is_on": rule.get("is_on", True),
            "when": _condition(rule.get("when", {"all": []}), f"r.{rule['id']}.w", offered),
            "then": _action(rule.get("then", {}), f"r.{rule['id']}", offered),
            "is_first": n == 0,
            "is_last": n == len(rules) - 1,
        }
        for n, rule in enumerate(rules)
    ]


def _condition(raw: Mapping[str, Any], place: str, offered: Offered) -> dict[str, Any]:
    is_not = "not" in raw
    inner = raw["not"] if is_not else raw
    if "fact" in inner:
        return {**_leaf(inner, place, offered), "is_not": is_not}
    how = "any" if "any" in inner else "all"
    parts = [_condition(part, f"{place}.{n}", offered) for n, part in enumerate(inner.get(how, ()))]
    return {
        "is_leaf": False,
        "place": place,
        "is_not": is_not,
        "how": how,
        "count": len(parts),
        "parts": parts,
        "is_top": place.endswith(".w"),
    }


def _leaf(raw: Mapping[str, Any], place: str, offered: Offered) -> dict[str, Any]:
    field, parameter = field_split(str(raw.get("fact", "")))
    op = str(raw.get("op", ""))
    value = raw.get("value", "")
    listed = value if isinstance(value, list) else [value]
    how = list_input(field, op)
    kinds = {f.CLOCK: "time", f.COUNT: "number"}
    options = OPTIONS.get(field.name, {one: one for one in field.options})
    return {
        "is_leaf": True,
        "place": place,
        "fields": [_option(one.name, str(FACTS[one.name]), field.name) for one in FIELDS],
        "parameter": _parameter(field.parameter, parameter, offered),
        "ops": [_option(one, op_told(field.name, one), op) for one in field.ops],
        "how": how,
        "type": kinds.get(field.kind, "text"),
        "value": ", ".join(map(str, listed)) if how == "list" else str(listed[0] if listed else ""),
        "value2": str(listed[1]) if len(listed) > 1 else "",
        "is_no": value is False,
        "options": [(code, str(label), code in listed) for code, label in options.items()],
    }


def _option(value: str, label: str, chosen: str) -> tuple[str, str, bool]:
    return value, label, value == chosen


def _parameter(what: str, value: str, offered: Offered) -> dict[str, Any] | None:
    if not what:
        return None
    lists: Mapping[str, Choices] = {"queue": offered.queues, "calendar": offered.calendars}
    label = {"queue": _("Queue"), "calendar": _("Calendar"), "variable": _("Variable")}[what]
    return {"label": label, "value": value, "choices": _chosen(lists.get(what), value)}


def _chosen(choices: Choices | None, value: str) -> list[tuple[str, str, bool]] | None:
    """Return the choices, with an empty one first; one that is gone stays to be seen."""
    if choices is None:
        return None
    known = {code for code, _label in choices}
    gone = [(value, f"{value} ?")] if value and value not in known else []
    return [(code, label, code == value) for code, label in [("", "–"), *gone, *choices]]


def _action(raw: Mapping[str, Any], place: str, offered: Offered) -> dict[str, Any]:
    kind = str(raw.get("kind", act.CONTINUE))
    names = act.ACTION_FIELDS.get(kind, ())
    persons = [(code, str(label)) for code, label in PERSONS.items()]
    lists: Mapping[str, tuple[str, Choices]] = {
        "queue": (_("Queue"), offered.queues),
        "agent": (_("Agent"), [*persons, *offered.agents]),
        "flow": (_("Flow"), offered.flows),
        "box": (_("Voicemail box"), offered.boxes),
        "wanted": (_("Kept for"), [*persons, *offered.agents]),
    }
    numbers = {
        "priority": (_("Priority (0 to 10)"), 0, act.MOST_PRIORITY, 0),
        "wanted_s": (_("For at most (s)"), 1, act.MOST_WANTED_S, act.WANTED_S),
        "ring_s": (_("Ring (s)"), act.RING_LOW_S, act.RING_HIGH_S, act.RING_S),
    }
    return {
        "place": place,
        "kinds": [_option(code, str(label), kind) for code, label in ACTIONS.items()],
        "selects": [
            (name, lists[name][0], _chosen(lists[name][1], str(raw.get(name, ""))))
            for name in names
            if name in lists
        ],
        "numbers": [
            (name, numbers[name][0], raw.get(name, numbers[name][3]), *numbers[name][1:3])
            for name in names
            if name in numbers and (name != "wanted_s" or raw.get("wanted"))
        ],
        "outside": raw.get("number", "") if "number" in names else None,
        "needs": _needs(raw, place, offered) if "needs" in names else None,
    }


def _needs(raw: Mapping[str, Any], place: str, offered: Offered) -> list[dict[str, Any]]:
    rows = [(need["skill"], step) for need in raw.get("needs", ()) for step in need["steps"]]
    return [
        {
            "number": n,
            "place": f"{place}.needs.{n}",
            "skills": _chosen(offered.skills, skill),
            "after_s": step["after_s"],
            "level": step["level"],
        }
        for n, (skill, step) in enumerate(rows)
    ]


def doubts_view(doubts: Iterable[Doubt], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the problems for the template, each with its rule's name and number."""
    rules = document.get("rules", ())
    found = []
    for doubt in doubts:
        inside = doubt.place.removeprefix("rules[").partition("]")[0]
        rule = rules[int(inside)] if inside.isdigit() and int(inside) < len(rules) else None
        found.append(
            {
                "is_error": doubt.level == ERROR,
                "rule": f"{int(inside) + 1} {rule['name']}".strip() if rule else "",
                "anchor": f"rule-{rule['id']}" if rule else "",
                "text": problem_told(doubt.code, doubt.detail),
            }
        )
    return found


def assumptions_view(rules: RuleSet, given: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what a dry run may assume: each fact that the rules ask, its label, what is typed."""
    typed = {"caller.number", "dialled"}
    return [
        (fact, fact_told(fact), given.get(fact, "")) for fact in sorted(rules.facts_asked - typed)
    ]
