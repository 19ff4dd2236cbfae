"""When a caller goes on elsewhere though he could still wait. Pure; the rules are rows.

The rules of a queue are looked at in their order, of each caller who waits and is not being
offered; the first that is true and that this call has not used yet sends him on. `length` and
`expected` are looked at once, when he joins; `waited`, `nobody` and `condition` again and again.
Each rule once a call and `MOST` overflows altogether: a ring of queues ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.acd.engine.conditions import Condition, Facts, evaluate, facts_asked

WAITED, LENGTH, EXPECTED = "waited", "length", "expected"
NOBODY, CONDITION = "nobody", "condition"
WHENS = (WAITED, LENGTH, EXPECTED, NOBODY, CONDITION)
QUEUE, VOICEMAIL, NUMBER, CALL_BACK, FLOW = "queue", "voicemail", "number", "call-back", "flow"
THENS = (QUEUE, VOICEMAIL, NUMBER, CALL_BACK, FLOW)
MOST = 5
# How often what depends on other queues is looked at when nothing else happens.
AGAIN = timedelta(seconds=1)


@dataclass(frozen=True)
class Rule:
    """One rule of one queue.

    `limit` counts seconds (`waited`, `expected`) or callers (`length`). `target` is a queue's name
    in Asterisk, a box or a dial string, `label` what people know it by. Of another queue: `wait_s`
    its longest wait, `extra` its box, `keeps_place` whether the caller's place is taken along. Of a
    number outside `extra` is the number that is shown.
    """

    id: int
    when: str
    then: str
    limit: int = 0
    condition: Condition | None = None
    target: str = ""
    label: str = ""
    keeps_place: bool = False
    wait_s: int = 0
    extra: str = ""


@dataclass(frozen=True)
class Situation:
    """A caller who waits. `before_him`: callers in the queue when he joined.

    `expected_s` is his expected wait, None unknown; `signed_in` counts paused agents too.
    """

    now: datetime
    joined_at: datetime
    is_joining: bool
    before_him: int
    signed_in: int
    expected_s: float | None
    facts: Facts


@dataclass(frozen=True)
class Due:
    """A rule that is true now, and of what: the seconds or callers that are over its limit."""

    rule: Rule
    was: float | None = None


@dataclass(frozen=True)
class Overflow:
    """Order: send this caller on. `used`: the rules that his call has used, this one included."""

    call: str
    channel: str
    linkedid: str
    queue: str
    due: Due
    used: tuple[int, ...]
    waited_s: float

    @property
    def text(self) -> str:
        """Return what the dialplan is told (`HW_OVERFLOW`): seven fields between `~`."""
        rule = self.due.rule
        parts: tuple[Any, ...] = (
            rule.id,
            rule.then,
            rule.target,
            int(rule.keeps_place),
            rule.wait_s,
            rule.extra,
            ".".join(map(str, self.used)),
        )
        return "~".join(map(str, parts))

    @property
    def record(self) -> dict[str, Any]:
        """Return what is kept with the call."""
        rule = self.due.rule
        return {
            "queue": self.queue,
            "rule": rule.id,
            "when": rule.when,
            "limit": rule.limit,
            "was": None if self.due.was is None else round(self.due.was),
            "then": rule.then,
            "target": rule.label,
            "keeps_place": rule.keeps_place,
            "waited_s": round(self.waited_s),
        }


def first_due(rules: Iterable[Rule], used: frozenset[int], caller: Situation) -> Due | None:
    """Return the first rule that is true of the caller, None when he waits on."""
    if len(used) >= MOST:
        return None
    for rule in rules:
        if rule.id not in used and (due := _due(rule, caller)) is not None:
            return due
    return None


def _due(rule: Rule, caller: Situation) -> Due | None:
    waited_s = max(timedelta(), caller.now - caller.joined_at).total_seconds()
    if rule.when == WAITED:
        return Due(rule, waited_s) if waited_s >= rule.limit else None
    if rule.when == NOBODY:
        return Due(rule) if caller.signed_in == 0 else None
    if rule.when == CONDITION:
        is_true = rule.condition is not None and evaluate(rule.condition, caller.facts).is_true
        return Due(rule) if is_true else None
    if not caller.is_joining:
        return None
    if rule.when == LENGTH:
        return Due(rule, caller.before_him) if caller.before_him > rule.limit else None
    if rule.when == EXPECTED and caller.expected_s is not None:
        return Due(rule, caller.expected_s) if caller.expected_s > rule.limit else None
    return None


def next_at(
    rules: Sequence[Rule], used: frozenset[int], joined_at: datetime, now: datetime
) -> datetime | None:
    """Return when a rule may become true of a waiting caller though nothing happens."""
    if len(used) >= MOST:
        return None
    times = [
        joined_at + timedelta(seconds=rule.limit)
        for rule in rules
        if rule.when == WAITED and rule.id not in used
    ]
    if any(rule.when == CONDITION and rule.id not in used for rule in rules):
        times.append(now + AGAIN)
    return min((at for at in times if at > now), default=None)


def needs_estimate(rules: Iterable[Rule]) -> bool:
    """Say whether a rule asks for the caller's own expected wait."""
    return any(rule.when == EXPECTED for rule in rules)


def used_read(text: str) -> frozenset[int]:
    """Return the rules of `HW_OVERFLOWED`; anything else is none."""
    parts = text.split(".")
    return frozenset(int(part) for part in parts if part.isascii() and part.isdecimal())


__all__ = [
    "MOST",
    "THENS",
    "WHENS",
    "Due",
    "Overflow",
    "Rule",
    "Situation",
    "facts_asked",
    "first_due",
    "needs_estimate",
    "next_at",
    "used_read",
]
