"""Look a draft over, however unfinished: every problem at its node, in the person's language."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.acd.selectors import skill_names
from apps.ivr.complaints import structure_told
from apps.ivr.engine.check import ERROR, Problem, flow_check, flow_languages
from apps.ivr.engine.documents import Flow, FlowError, flow_parse
from apps.ivr.engine.node import COMMON, Fields, Node
from apps.ivr.engine.nodes import NODE_KINDS
from apps.ivr.engine.nodes.destinations import Hangup
from apps.ivr.selectors import (
    calendar_names,
    flow_names_published,
    http_lookup_names,
    pin_names,
    queue_numbers,
    rule_set_names_published,
)
from apps.prompts.selectors import prompt_names
from apps.voicemail.selectors import agent_box_numbers


@dataclass(frozen=True)
class CompanyFacts:
    """What a draft may name: prompts by language, numbers and names."""

    prompts: Mapping[str, frozenset[str]]
    queues: frozenset[str]
    calendars: frozenset[str]
    boxes: frozenset[str]
    flows: frozenset[str]
    pins: frozenset[str]
    skills: frozenset[str]
    http_lookups: frozenset[str]
    rule_sets: frozenset[str]


QUOTED = re.compile(r"'(.*?)'(?: |$)")


@dataclass(frozen=True)
class DraftProblem:
    """One problem for a page. `node` '' means the whole flow, `field` '' the whole node."""

    level: str
    node: str
    field: str
    code: str
    text: str


def company_facts(tenant_id: int) -> CompanyFacts:
    """Return what the company's drafts may name. 8 queries."""
    return CompanyFacts(
        prompts=prompt_names(tenant_id),
        queues=queue_numbers(tenant_id),
        calendars=calendar_names(tenant_id),
        boxes=agent_box_numbers(tenant_id),
        flows=flow_names_published(tenant_id),
        pins=pin_names(tenant_id),
        skills=skill_names(tenant_id),
        http_lookups=http_lookup_names(tenant_id),
        rule_sets=rule_set_names_published(tenant_id),
    )


def draft_problems(
    document: Mapping[str, Any], *, name: str, facts: CompanyFacts
) -> list[DraftProblem]:
    """Return everything that is wrong, errors first; `name` is the flow's own.

    A node that cannot be read hides none of the others' problems: it counts as an end.
    """
    raw = document.get("nodes")
    if not isinstance(raw, Mapping) or not raw:
        return [DraftProblem(ERROR, "", "", "empty", _("The flow has no nodes yet."))]
    nodes, found = _nodes(raw)
    start = document.get("start")
    if not isinstance(start, str) or start not in raw:
        text = _("No node is the start: choose where callers enter.")
        found.append(DraftProblem(ERROR, "", "start", "no_start", text))
        start = next(iter(raw))
    if not found:
        try:
            flow = flow_parse(document)
        except FlowError as error:
            return [_structure("", error)]
    else:
        language = document.get("language", "zh")
        flow = Flow("", start, nodes, language if language in ("zh", "en") else "zh")
    # Ends in place of what cannot be read or is not there: the ways through the rest still count.
    ends = {
        target: Hangup(id=target, prompts=())
        for node in nodes.values()
        for target in node.targets()
        if target not in nodes
    }
    whole = Flow(flow.name, start, {**nodes, **ends}, flow.language)
    problems = flow_check(
        whole,
        prompts=facts.prompts,
        languages=flow_languages(whole),
        queues=facts.queues,
        calendars=facts.calendars,
        boxes=facts.boxes,
        flows=facts.flows | {name},
        pins=facts.pins,
        skills=facts.skills,
        http_lookups=facts.http_lookups,
        rule_sets=facts.rule_sets,
    )
    found += [_told(problem) for problem in problems if problem.node in raw]
    return sorted(found, key=lambda problem: problem.level != ERROR)


@dataclass(frozen=True)
class _Unread(Hangup):
    """A node that cannot be read yet: callers could end here, or go on where it leads."""

    ways: tuple[str, ...] = ()

    def targets(self) -> tuple[str, ...]:
        """Return the ids that it leads to."""
        return self.ways

    @property
    def is_end(self) -> bool:
        """Say yes: nobody knows better yet."""
        return True


def _nodes(raw: Mapping[str, Any]) -> tuple[dict[str, Node], list[DraftProblem]]:
    nodes: dict[str, Node] = {}
    found: list[DraftProblem] = []
    for node_id, value in raw.items():
        exits = list(_exits(value))
        missing = [*_missing(node_id, value), *_half_drawn(node_id, exits, raw)]
        found += missing
        try:
            nodes[node_id] = _read(node_id, value)
        except FlowError as error:
            ways = tuple(target for _field, target, _needed in exits if target in raw)
            nodes[node_id] = _Unread(id=node_id, prompts=(), ways=ways)
            if all(problem.code == "no_target" for problem in missing):
                found.append(_structure(node_id, error))
    return nodes, found


def _exits(value: object) -> Iterator[tuple[str, str, bool]]:
    """Yield each way out that is drawn or must be: field, target, whether it must lead somewhere.

    Read from the schema's shapes, so that a node too wrong to be read has its ways too.
    """
    kind = NODE_KINDS.get(str(value.get("kind"))) if isinstance(value, Mapping) else None
    if kind is None or not isinstance(value, Mapping):
        return
    for field, shape in kind.shape.items():
        given = value.get(field)
        if _is_target(shape):
            yield field, _text(given), field in kind.required
        elif isinstance(given, Mapping) and _is_target(shape.get("additionalProperties")):
            for target in given.values():
                yield field, _text(target), True
        elif isinstance(given, list):
            inside = shape.get("items", {}).get("properties", {})
            names = [name for name, inner in inside.items() if _is_target(inner)]
            for part in given:
                for name in names if isinstance(part, Mapping) else ():
                    yield field, _text(part.get(name)), True


def _is_target(shape: object) -> bool:
    return isinstance(shape, Mapping) and str(shape.get("description", "")).startswith(
        "the id of a node"
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _half_drawn(
    node_id: str, exits: list[tuple[str, str, bool]], raw: Mapping[str, Any]
) -> list[DraftProblem]:
    wrong = dict.fromkeys(
        (field, target)
        for field, target, is_needed in exits
        if (target or is_needed) and target not in raw
    )
    return [
        DraftProblem(ERROR, node_id, field, "no_target", _no_target(target))
        for field, target in wrong
    ]


def _read(node_id: str, value: object) -> Node:
    fields = Fields(node_id, value)
    kind = fields.text("kind")
    if kind not in NODE_KINDS:
        raise fields.wrong(f"there is no kind {kind!r}")
    node = NODE_KINDS[kind]
    fields.only(COMMON | node.shape.keys())
    fields.text("note")
    return node.read(fields)


def _missing(node_id: str, value: object) -> list[DraftProblem]:
    """Return the fields that must be filled in and are not; ways out are told elsewhere."""
    kind = NODE_KINDS.get(str(value.get("kind"))) if isinstance(value, Mapping) else None
    if kind is None or not isinstance(value, Mapping):
        return []
    return [
        DraftProblem(ERROR, node_id, field, "no_value", _("Fill in this field."))
        for field in kind.required
        if value.get(field) in (None, "", [], {}) and not _is_target(kind.shape.get(field))
    ]


def _no_target(target: str) -> str:
    if target:
        return _("A way out leads to “%(node)s”, which does not exist.") % {"node": target}
    return _("A way out leads nowhere yet.")


def _structure(node_id: str, error: FlowError) -> DraftProblem:
    field, text = structure_told(str(error))
    return DraftProblem(ERROR, node_id, field, "structure", text)


def _told(problem: Problem) -> DraftProblem:
    tell = TEXTS.get(problem.code)
    quoted = QUOTED.search(problem.text)
    what = quoted[1] if quoted else ""
    text = tell(what, problem.text.rpartition(" ")[2]) if tell else problem.text
    return DraftProblem(problem.level, problem.node, "", problem.code, text)


def _prompt_text(name: str, language: str) -> str:
    spoken = {"zh": _("Chinese"), "en": _("English")}.get(language, language)
    return _("Prompt “%(name)s” has no sound in %(language)s.") % {
        "name": name,
        "language": spoken,
    }


TEXTS: Mapping[str, Callable[[str, str], str]] = {
    "unknown_queue": lambda what, _last: _("There is no queue %(what)s in use.") % {"what": what},
    "unknown_box": lambda what, _last: _("There is no voicemail box %(what)s.") % {"what": what},
    "unknown_flow": lambda what, _last: _("Flow “%(what)s” was never published.") % {"what": what},
    "unknown_calendar": lambda what, _last: _("There is no calendar “%(what)s”.") % {"what": what},
    "unknown_pin": lambda what, _last: _("There is no PIN “%(what)s”.") % {"what": what},
    "unknown_skill": lambda what, _last: _("There is no skill “%(what)s”.") % {"what": what},
    "unknown_http_lookup": lambda what, _last: (
        _("There is no HTTP look-up “%(what)s”.") % {"what": what}
    ),
    "unknown_rules": lambda what, _last: (
        _("Routing rules “%(what)s” were never published.") % {"what": what}
    ),
    "missing_prompt": _prompt_text,
    "no_prompt": lambda _what, _last: _("The caller hears nothing: choose a prompt."),
    "no_on_failed": lambda _what, _last: _(
        "Who presses nothing or a wrong key is hung up on: say where to go then."
    ),
    "unreachable": lambda _what, _last: _("No way leads here."),
    "endless": lambda _what, _last: _(
        "From here the caller goes round for ever and can press nothing."
    ),
    "dead_end": lambda _what, _last: _(
        "No way from here leads to a queue, a voicemail box or the end."
    ),
    "silent_loop": lambda _what, _last: _("A loop without a key: only a condition leads out."),
}
