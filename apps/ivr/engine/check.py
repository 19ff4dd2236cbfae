"""Look a flow over before callers do: what is wrong or doubtful, node by node. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from apps.ivr.engine.documents import Flow
from apps.ivr.engine.node import PREFIX

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One complaint. `level` is error (not published) or warning; `code` never changes."""

    level: str
    node: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"node {self.node!r}: {self.text}"


def flow_languages(flow: Flow) -> frozenset[str]:
    """Return the languages in which the flow may speak."""
    return frozenset({flow.language}.union(*(node.languages for node in flow.nodes.values())))


def flow_check(
    flow: Flow,
    *,
    prompts: Mapping[str, Collection[str]],
    languages: Iterable[str],
    queues: Collection[str],
    calendars: Collection[str],
    boxes: Collection[str] = (),
    flows: Collection[str] | None = None,
    pins: Collection[str] | None = None,
    skills: Collection[str] | None = None,
    http_lookups: Collection[str] | None = None,
    rule_sets: Collection[str] | None = None,
) -> list[Problem]:
    """Return what is wrong, errors first, else in the order of the document.

    `prompts` are the names that exist by language (without `huawu/`), `languages` those in which
    callers are served, `queues` the numbers of the company's queues, `calendars` their names,
    `boxes` the numbers of agents' voicemail boxes, `flows` the names of the published flows and of
    this one (None: not looked at), `pins`, `skills`, `http_lookups` and `rule_sets` (published)
    the names of those (None as before).
    """
    found = [*_ways(flow), *_silent_loops(flow)]
    spoken = sorted(languages)
    for node in flow.nodes.values():
        found += [
            Problem(ERROR, node.id, "unknown_queue", f"there is no queue {queue!r}")
            for queue in node.queues
            if queue not in queues
        ]
        found += [
            Problem(ERROR, node.id, "unknown_box", f"there is no voicemail box {box!r}")
            for box in node.boxes
            if box not in queues and box not in boxes
        ]
        found += [
            Problem(ERROR, node.id, "unknown_flow", f"flow {name!r} was never published")
            for name in node.flows
            if flows is not None and name not in flows
        ]
        found += [
            Problem(ERROR, node.id, "unknown_calendar", f"there is no calendar {calendar!r}")
            for calendar in node.calendars
            if calendar not in calendars
        ]
        found += [
            Problem(ERROR, node.id, "unknown_pin", f"there is no PIN {name!r}")
            for name in node.pins
            if pins is not None and name not in pins
        ]
        found += [
            Problem(ERROR, node.id, "unknown_skill", f"there is no skill {name!r}")
            for name in node.skill_names
            if skills is not None and name not in skills
        ]
        found += [
            Problem(ERROR, node.id, "unknown_rules", f"rules {name!r} were never published")
            for name in node.rule_sets
            if rule_sets is not None and name not in rule_sets
        ]
        found += [
            Problem(ERROR, node.id, "unknown_http_lookup", f"there is no HTTP look-up {name!r}")
            for name in node.http_lookups
            if http_lookups is not None and name not in http_lookups
        ]
        found += [
            Problem(ERROR, node.id, "missing_prompt", f"prompt {name!r} is missing in {language}")
            for name in dict.fromkeys(name.removeprefix(PREFIX) for name in node.prompts)
            for language in spoken
            if name not in prompts.get(language, ())
        ]
        if node.must_speak and not node.prompts:
            text = "the caller hears nothing: it has no prompt"
            found.append(Problem(WARNING, node.id, "no_prompt", text))
        if node.is_failing_silently:
            text = "without on_failed, whoever presses nothing is hung up on"
            found.append(Problem(WARNING, node.id, "no_on_failed", text))
    order = {node_id: place for place, node_id in enumerate(flow.nodes)}
    return sorted(found, key=lambda problem: (problem.level != ERROR, order[problem.node]))


def _ways(flow: Flow) -> Iterable[Problem]:
    """Find nodes to which, and from which, no way leads."""
    onward = {node.id: node.targets() for node in flow.nodes.values()}
    backward: dict[str, list[str]] = {node_id: [] for node_id in onward}
    for node_id, targets in onward.items():
        for target in targets:
            backward[target].append(node_id)
    reached = _closure([flow.start], onward)
    ending = _closure([node.id for node in flow.nodes.values() if node.is_end], backward)
    asking = _closure([node.id for node in flow.nodes.values() if node.is_asking], backward)
    for node_id in flow.nodes:
        if node_id not in reached:
            yield Problem(WARNING, node_id, "unreachable", "no way leads here")
        elif node_id not in ending and node_id not in asking:
            text = "from here the caller goes round for ever and can press nothing"
            yield Problem(ERROR, node_id, "endless", text)
        elif node_id not in ending:
            text = "no way from here leads to a queue, a voicemail box or the end"
            yield Problem(ERROR, node_id, "dead_end", text)


def _silent_loops(flow: Flow) -> Iterable[Problem]:
    """Find loops that ask for no key, so that only a condition leads out of them."""
    left = {node.id: set(node.targets()) for node in flow.nodes.values() if not node.is_asking}
    while True:
        inside = {target for targets in left.values() for target in targets}
        kept = {
            node_id: targets & left.keys()
            for node_id, targets in left.items()
            if targets & left.keys() and node_id in inside
        }
        if kept == left:
            break
        left = kept
    for node_id in left:
        text = "a loop without a key: only a condition leads out"
        yield Problem(WARNING, node_id, "silent_loop", text)


def _closure(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting += edges[node_id]
    return found
