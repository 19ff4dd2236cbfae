"""What a person asks "what if" of: more or fewer calls and agents, other rules. Pure.

The changed day is an ordinary day; nothing else knows that it was changed.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from apps.acd.engine.floor import Membership
from apps.acd.engine.what_if_day import HALF_HOUR_MS, Arrival, Day, Rules, Span, Staff
from apps.acd.engine.what_if_draws import of_seed
from apps.acd.engine.what_if_spans import length, without

# More copies of a caller than this no factor on the page asks for.
MOST_CALLS = 10.0


@dataclass(frozen=True)
class StaffChange:
    """So many agents more (or, below 0, fewer) in a queue in a span of the day.

    Who comes serves only this queue, first in line, with every skill that it asks for. Who goes is
    taken from those there longest in that span, of them first who serve the fewest other queues; he
    is then in none of his queues.
    """

    queue: str
    agents: int
    span: Span


@dataclass(frozen=True)
class QueueChange:
    """Other rules of a queue; None leaves what was."""

    strategy: str | None = None
    ring_ms: int | None = None
    wrap_up_ms: int | None = None
    max_wait_ms: int | None = None
    level_ms: int | None = None
    open: Span | None = None
    overflow_to: str | None = None


@dataclass(frozen=True)
class MemberChange:
    """An agent serves a queue at this level, or, with None, no more."""

    agent: str
    queue: str
    level: int | None


@dataclass(frozen=True)
class SkillChange:
    """An agent knows something at this level."""

    agent: str
    skill: str
    level: int


@dataclass(frozen=True)
class Changes:
    """Everything asked for. The factors are for the queues `within`, empty for all.

    `is_varied`: the day is not replayed caller by caller, but drawn from its half hours anew for
    each seed, so that the spread is that of days like it.
    """

    calls: float = 1.0
    talks: float = 1.0
    within: frozenset[str] = frozenset()
    is_varied: bool = False
    staff: tuple[StaffChange, ...] = ()
    queues: Mapping[str, QueueChange] = field(default_factory=dict)
    members: tuple[MemberChange, ...] = ()
    skills: tuple[SkillChange, ...] = ()


def changed(day: Day, changes: Changes, seed: int) -> Day:
    """Return the day with the changes. The seed says which callers come twice or not at all.

    Raises ValueError for a queue or an agent that the day does not have, or a factor that is not
    above 0 and up to `MOST_CALLS`.
    """
    _check(day, changes)
    rules = {queue: _rules(one, changes) for queue, one in day.rules.items()}
    people = {staff.id: staff for staff in day.staff}
    for member in changes.members:
        people[member.agent] = _member(people[member.agent], member)
    for skill in changes.skills:
        known = people[skill.agent]
        people[skill.agent] = replace(known, skills={**known.skills, skill.skill: skill.level})
    for number, ask in enumerate(changes.staff):
        _staff(people, ask, rules[ask.queue], number)
    arrivals = [
        copy
        for arrival in day.arrivals
        for copy in _copies(_new_wrap_up(arrival, changes), changes, seed)
    ]
    return replace(day, arrivals=tuple(arrivals), staff=tuple(people.values()), rules=rules)


def _check(day: Day, changes: Changes) -> None:
    queues = {*changes.within, *changes.queues, *(ask.queue for ask in changes.staff)}
    queues |= {one.queue for one in changes.members}
    queues |= {one.overflow_to for one in changes.queues.values() if one.overflow_to}
    if not queues <= set(day.rules):
        raise ValueError(f"unknown queues: {sorted(queues - set(day.rules))}")
    agents = {one.agent for one in changes.members} | {one.agent for one in changes.skills}
    if not agents <= {staff.id for staff in day.staff}:
        raise ValueError(f"unknown agents: {sorted(agents - {staff.id for staff in day.staff})}")
    if not all(0 < factor <= MOST_CALLS for factor in (changes.calls, changes.talks)):
        raise ValueError(f"a factor must be above 0 and up to {MOST_CALLS:g}")


def _is_within(queue: str, changes: Changes) -> bool:
    return not changes.within or queue in changes.within


def _rules(rules: Rules, changes: Changes) -> Rules:
    if _is_within(rules.id, changes):
        rules = replace(rules, talk_factor=changes.talks)
    ask = changes.queues.get(rules.id)
    if ask is None:
        return rules
    new = {
        name: getattr(ask, name)
        for name in ("strategy", "ring_ms", "wrap_up_ms", "max_wait_ms", "level_ms", "overflow_to")
        if getattr(ask, name) is not None
    }
    if ask.open is not None:
        new["open"] = (ask.open,)
    return replace(rules, **new)


def _new_wrap_up(arrival: Arrival, changes: Changes) -> Arrival:
    """Forget the recorded wrap-up where the queue gets another one."""
    ask = changes.queues.get(arrival.queue)
    if ask is not None and ask.wrap_up_ms is not None:
        arrival = replace(arrival, wrap_up_ms=None)
    if arrival.then is not None:
        arrival = replace(arrival, then=_new_wrap_up(arrival.then, changes))
    return arrival


def _member(staff: Staff, ask: MemberChange) -> Staff:
    queues = dict(staff.queues)
    if ask.level is None:
        queues.pop(ask.queue, None)
    else:
        before = queues.get(ask.queue) or next(iter(queues.values()), Membership())
        queues[ask.queue] = replace(before, level=ask.level)
    return replace(staff, queues=queues)


def _staff(people: dict[str, Staff], ask: StaffChange, rules: Rules, number: int) -> None:
    for place in range(ask.agents):
        name = f"+{number}.{place}"
        skills = {
            need.skill: max((level for _after_s, level in need.steps), default=0)
            for need in rules.needs
        }
        served = {ask.queue: Membership(order=900_000 + place)}
        people[name] = Staff(name, served, (ask.span,), skills)
    there = sorted(
        (one for one in people.values() if ask.queue in one.queues),
        key=lambda one: (-_overlap(one.spans, ask.span), len(one.queues), one.id),
    )
    for staff in there[: max(0, -ask.agents)]:
        people[staff.id] = replace(staff, spans=without(staff.spans, [ask.span]))


def _overlap(spans: Iterable[Span], span: Span) -> int:
    return length(spans) - length(without(spans, [span]))


def _copies(arrival: Arrival, changes: Changes, seed: int) -> list[Arrival]:
    """Return the caller as often as he comes: the first time as he did, then in his half hour."""
    if not _is_within(arrival.queue, changes) or (changes.calls == 1 and not changes.is_varied):
        return [arrival]
    chance = of_seed(seed)(f"{arrival.id} copies")
    if changes.is_varied:
        count = _poisson(changes.calls, chance)
    else:
        whole = math.floor(changes.calls)
        count = whole + (chance.random() < changes.calls - whole)
    half = arrival.at_ms // HALF_HOUR_MS * HALF_HOUR_MS
    found = [arrival] if count else []
    for copy in range(1, count):
        moved = replace(arrival, at_ms=half + chance.randrange(HALF_HOUR_MS))
        found.append(_renamed(moved, copy))
    return found


def _renamed(arrival: Arrival, copy: int) -> Arrival:
    then = _renamed(arrival.then, copy) if arrival.then is not None else None
    return replace(arrival, id=f"{arrival.id}+{copy}", then=then)


def _poisson(mean: float, chance: Random) -> int:
    """Return a Poisson number (Knuth; the means here are small)."""
    count, product, floor = 0, chance.random(), math.exp(-mean)
    while product > floor:
        count += 1
        product *= chance.random()
    return count
