"""What a routing rule may do with a call, and whether it can be done now. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from apps.acd.engine.conditions import Facts, Problem
from apps.acd.engine.floor import Need

QUEUE, AGENT, FLOW, VOICEMAIL = "queue", "agent", "flow", "voicemail"
EXTERNAL, CALL_BACK, REFUSE, CONTINUE = "external", "call_back", "refuse", "continue"
# Which fields each action has; those of `REQUIRED` must be there.
ACTION_FIELDS: Mapping[str, tuple[str, ...]] = {
    QUEUE: ("queue", "priority", "wanted", "wanted_s", "needs"),
    AGENT: ("agent", "ring_s"),
    FLOW: ("flow",),
    VOICEMAIL: ("box",),
    EXTERNAL: ("number", "ring_s"),
    CALL_BACK: ("queue",),
    REFUSE: (),
    CONTINUE: (),
}
REQUIRED = frozenset({"queue", "agent", "flow", "box", "number"})
# Instead of an agent's number: the caller's owner agent, or who talked with him last.
OWNER, LAST_AGENT = "owner", "last_agent"
PERSONS: Mapping[str, str] = {OWNER: "owner.number", LAST_AGENT: "last_agent.number"}

MOST_PRIORITY = 10
RING_LOW_S, RING_HIGH_S, RING_S = 5, 120, 20
MOST_WANTED_S, WANTED_S = 3600, 20
MOST_NEEDS, MOST_STEPS, MOST_AFTER_S, MOST_LEVEL = 10, 10, 7200, 100
NAME_LENGTH = 60

# Why an action cannot be done now.
QUEUE_UNKNOWN, QUEUE_CLOSED = "queue_unknown", "queue_closed"
AGENT_UNKNOWN, AGENT_SIGNED_OUT, AGENT_BUSY = "agent_unknown", "agent_signed_out", "agent_busy"
FLOW_UNKNOWN, BOX_UNKNOWN = "flow_unknown", "box_unknown"
NO_TRUNK, NO_CALL_BACK = "no_trunk", "no_call_back"


@dataclass(frozen=True)
class Action:
    """What becomes of the call.

    `target`: a queue's number, an agent (number, `owner`, `last_agent`), a flow's name, a box, a
    number outside. In a queue he waits with `priority` for agents with the skills of `needs`, and
    for `wanted_s` seconds for the agent `wanted` alone. An agent or number rings for `ring_s`.
    """

    kind: str
    target: str = ""
    priority: int = 0
    wanted: str = ""
    wanted_s: int = 0
    needs: tuple[Need, ...] = ()
    ring_s: int = RING_S


@dataclass(frozen=True)
class AgentNow:
    """An agent as a rule sees him. Ready: signed in, not busy, in no call."""

    is_signed_in: bool
    is_ready: bool
    queues: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Means:
    """What there is to route to. `queues`: open now or not, by number; others do not exist."""

    queues: Mapping[str, bool] = field(default_factory=dict)
    agents: Mapping[str, AgentNow] = field(default_factory=dict)
    boxes: frozenset[str] = frozenset()
    flows: frozenset[str] = frozenset()
    has_trunk: bool = False
    can_call_back: bool = False


def person(who: str, facts: Facts) -> str:
    """Return the agent's number that `owner`, `last_agent` or a number means, '' for nobody."""
    return str(facts.get(PERSONS[who]) or "") if who in PERSONS else who


def action_possible(action: Action, facts: Facts, means: Means) -> tuple[Action | None, str]:
    """Return the action with persons by number, or None and why it cannot be done now.

    A caller is kept for an agent only while that one is signed in and serves the queue: otherwise
    he would wait in vain.
    """
    if action.kind == QUEUE:
        if action.target not in means.queues:
            return None, QUEUE_UNKNOWN
        if not means.queues[action.target]:
            return None, QUEUE_CLOSED
        return _with_wanted(action, facts, means), ""
    if action.kind == AGENT:
        return _ringing(action, facts, means)
    fault = {
        FLOW: "" if action.target in means.flows else FLOW_UNKNOWN,
        VOICEMAIL: "" if action.target in means.boxes else BOX_UNKNOWN,
        EXTERNAL: "" if means.has_trunk else NO_TRUNK,
        CALL_BACK: _call_back_fault(action, means),
    }.get(action.kind, "")
    return (None, fault) if fault else (action, "")


def _call_back_fault(action: Action, means: Means) -> str:
    if action.target not in means.queues:
        return QUEUE_UNKNOWN
    return "" if means.can_call_back else NO_CALL_BACK


def _with_wanted(action: Action, facts: Facts, means: Means) -> Action:
    wanted = person(action.wanted, facts)
    agent = means.agents.get(wanted)
    if agent is None or not agent.is_signed_in or action.target not in agent.queues:
        return replace(action, wanted="", wanted_s=0)
    return replace(action, wanted=wanted)


def _ringing(action: Action, facts: Facts, means: Means) -> tuple[Action | None, str]:
    number = person(action.target, facts)
    agent = means.agents.get(number)
    if agent is None:
        return None, AGENT_UNKNOWN
    if not agent.is_signed_in:
        return None, AGENT_SIGNED_OUT
    if not agent.is_ready:
        return None, AGENT_BUSY
    return replace(action, target=number), ""


# --- From JSON and back ---


class ActionReader:
    """Reads one action; every fault is added to `problems` with its place."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def read(self, raw: object, place: str) -> Action | None:
        """Return the action of some JSON, None when it has faults."""
        if not isinstance(raw, Mapping):
            return self._wrong(place, "not_an_action", raw)
        kind = raw.get("kind")
        if not isinstance(kind, str) or kind not in ACTION_FIELDS:
            return self._wrong(f"{place}.kind", "unknown_action", kind)
        names = ACTION_FIELDS[kind]
        if unknown := set(raw) - {"kind", *names}:
            return self._wrong(place, "unknown_field", sorted(map(str, unknown)))
        before = len(self._problems)
        target = ""
        for name in names:
            if name in REQUIRED:
                target = self._target(name, raw.get(name), f"{place}.{name}")
        wanted = self._wanted(raw.get("wanted", ""), f"{place}.wanted")
        action = Action(
            kind=kind,
            target=target,
            priority=self._whole(raw, "priority", 0, MOST_PRIORITY, 0, place),
            wanted=wanted,
            wanted_s=self._whole(raw, "wanted_s", 1, MOST_WANTED_S, WANTED_S, place)
            if wanted
            else 0,
            needs=self._needs(raw.get("needs", []), f"{place}.needs"),
            ring_s=self._whole(raw, "ring_s", RING_LOW_S, RING_HIGH_S, RING_S, place),
        )
        return action if len(self._problems) == before else None

    def _target(self, name: str, raw: object, place: str) -> str:
        checks: Mapping[str, Callable[[str], bool]] = {
            "agent": lambda text: text in PERSONS or _is_number(text, 10),
            "flow": lambda text: 0 < len(text) <= NAME_LENGTH and text.isprintable(),
            "number": lambda text: len(text) > 2 and _is_number(text, 20),
        }
        if raw in (None, ""):
            self._wrong(place, "no_value")
        elif not isinstance(raw, str) or not checks.get(name, _is_short_number)(raw):
            self._wrong(place, f"not_a_{name}", raw)
        else:
            return raw
        return ""

    def _wanted(self, raw: object, place: str) -> str:
        if raw == "":
            return ""
        if not isinstance(raw, str) or not (raw in PERSONS or _is_number(raw, 10)):
            self._wrong(place, "not_a_agent", raw)
            return ""
        return raw

    def _whole(
        self, raw: Mapping[str, object], name: str, low: int, high: int, default: int, place: str
    ) -> int:
        value = raw.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(f"{place}.{name}", "out_of_range", f"{low}-{high}")
            return default
        return value

    def _needs(self, raw: object, place: str) -> tuple[Need, ...]:
        if not isinstance(raw, list) or len(raw) > MOST_NEEDS:
            self._wrong(place, "not_a_list", raw)
            return ()
        found = [self._need(one, f"{place}[{n}]") for n, one in enumerate(raw)]
        needs = tuple(need for need in found if need is not None)
        if len({need.skill for need in needs}) < len(needs):
            self._wrong(place, "skill_twice")
        return needs

    def _need(self, raw: object, place: str) -> Need | None:
        if not isinstance(raw, Mapping) or set(raw) != {"skill", "steps"}:
            self._wrong(place, "not_a_need", raw)
            return None
        skill, steps = raw["skill"], raw["steps"]
        if not isinstance(skill, str) or not 0 < len(skill) <= 40:
            self._wrong(f"{place}.skill", "no_value")
            return None
        if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
            self._wrong(f"{place}.steps", "not_a_list", steps)
            return None
        found = [self._step(one, f"{place}.steps[{n}]") for n, one in enumerate(steps)]
        if [after for after, _ in found] != sorted({after for after, _ in found}):
            self._wrong(f"{place}.steps", "wrong_order")
        return Need(skill, tuple(found))

    def _step(self, raw: object, place: str) -> tuple[float, int]:
        if not isinstance(raw, Mapping) or set(raw) != {"after_s", "level"}:
            self._wrong(place, "not_a_step", raw)
            return 0, 0
        after_s = self._whole(raw, "after_s", 0, MOST_AFTER_S, 0, place)
        return after_s, self._whole(raw, "level", 0, MOST_LEVEL, 0, place)

    def _wrong(self, place: str, code: str, detail: object = "") -> Action | None:
        self._problems.append(Problem(place, code, str(detail)[:200]))
        return None


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most


def _is_short_number(text: str) -> bool:
    return _is_number(text, 10)


def needs_raw(needs: Sequence[Need]) -> list[dict[str, object]]:
    """Return needs as JSON has them."""
    return [
        {
            "skill": need.skill,
            "steps": [{"after_s": int(after), "level": level} for after, level in need.steps],
        }
        for need in needs
    ]


def action_raw(action: Action) -> dict[str, object]:
    """Return the JSON of an action; reading it gives the same action."""
    values: dict[str, object] = {
        "priority": action.priority,
        "wanted": action.wanted,
        "wanted_s": action.wanted_s,
        "needs": needs_raw(action.needs),
        "ring_s": action.ring_s,
    }
    raw: dict[str, object] = {"kind": action.kind}
    for name in ACTION_FIELDS[action.kind]:
        if name in REQUIRED:
            raw[name] = action.target
        elif name != "wanted_s" or action.wanted:
            raw[name] = values[name]
    return raw
