"""Who gets which call now, and why each other agent does not. Deterministic: replay gives the same.

Calls are taken in their order (priority, then place) once for each level of membership: first every
call is tried with the agents who serve its queue first, then with the second line, and so on. So in
one queue nobody overtakes an equal who asks for no more than he does, and an agent takes calls of
his first queues first.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.acd.engine.floor import READY, RING_ALL, Agent, Floor, Queue, Waiting
from apps.acd.engine.ranking import Line

CHOSEN = "chosen"
LOWER = "lower"
OFFERED_NOW = "offered_now"
KEPT_FOR = "kept_for"
SKILL = "skill"
# For whom in these states nobody waits.
AWAY = frozenset({"paused", "unreachable"})


@dataclass(frozen=True)
class Verdict:
    """What became of one agent for one call.

    `code`: chosen; lower (free, but another was before him); offered_now (another call got him in
    this decision); kept_for (the call waits for `detail`); skill (`detail` as `english 40 < 50`);
    or his state, with `until` when it ends by itself.
    """

    agent: str
    code: str
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Offer:
    """Ring these agents for this call; several only with ring all."""

    call: str
    queue: str
    agents: tuple[str, ...]
    level: int
    strategy: str


def decide(floor: Floor, now: datetime) -> tuple[Offer, ...]:
    """Return the offers to make now, in the order of the calls that get them."""
    lines, free = _lines(floor, {call.queue for call in floor.waiting})
    served = {queue for of_level in lines.values() for queue in of_level}
    calls = sorted(
        (call for call in floor.waiting if call.queue in served), key=lambda call: call.place
    )
    kept = {call.id for call in calls if call.wanted and is_kept(floor, call, now)}
    last_order = {queue.id: queue.last_order for queue in floor.queues.values()}
    offers: dict[str, Offer] = {}
    taken: set[str] = set()
    for level in sorted(lines):
        of_level = lines[level]
        for call in calls:
            line = of_level.get(call.queue)
            if line is None or call.id in offers:
                continue
            if len(taken) == free:
                break
            able = line.able(call, taken, last_order[call.queue])
            chosen = _chosen(able, call, line.queue, now, is_kept=call.id in kept)
            if not chosen:
                continue
            offers[call.id] = Offer(
                call=call.id,
                queue=call.queue,
                agents=tuple(agent.id for agent in chosen),
                level=level,
                strategy=line.queue.strategy,
            )
            taken.update(agent.id for agent in chosen)
            last_order[call.queue] = chosen[-1].queues[call.queue].order
    return tuple(offers[call.id] for call in calls if call.id in offers)


def is_kept(floor: Floor, call: Waiting, now: datetime) -> bool:
    """Say whether the call waits for the agent whom it wants.

    Not for one who is signed out, does not serve the queue, is paused or has no phone.
    """
    wanted = floor.agents.get(call.wanted)
    return (
        wanted is not None
        and call.queue in wanted.queues
        and wanted.state not in AWAY
        and call.is_kept(now)
    )


def explain(
    floor: Floor, call: Waiting, now: datetime, offers: Iterable[Offer] = ()
) -> tuple[Verdict, ...]:
    """Return what became of each agent of the call's queue in the decision that made `offers`.

    Apart from `decide`, which is in a hurry; the same floor and time give the same answer later.
    """
    to = {agent: offer.call for offer in offers for agent in offer.agents}
    kept = is_kept(floor, call, now)
    found = []
    for agent in floor.agents.values():
        if call.queue not in agent.queues:
            continue
        if agent.state != READY:
            found.append(Verdict(agent.id, agent.state, until=agent.until))
        elif agent.id not in to:
            found.append(_obstacle(agent, call, now, is_kept=kept) or Verdict(agent.id, LOWER))
        elif to[agent.id] == call.id:
            found.append(Verdict(agent.id, CHOSEN))
        else:
            found.append(Verdict(agent.id, OFFERED_NOW, detail=to[agent.id]))
    return tuple(found)


def _lines(floor: Floor, queues: Container[str]) -> tuple[dict[int, dict[str, Line]], int]:
    """Return the lines of free agents by level and queue, and how many agents are free."""
    found: dict[int, dict[str, list[Agent]]] = {}
    free = 0
    for agent in floor.agents.values():
        if agent.state != READY:
            continue
        is_wanted = False
        for queue, membership in agent.queues.items():
            if queue in queues and queue in floor.queues:
                is_wanted = True
                found.setdefault(membership.level, {}).setdefault(queue, []).append(agent)
        free += is_wanted
    lines = {
        level: {queue: Line(floor.queues[queue], agents) for queue, agents in by_queue.items()}
        for level, by_queue in found.items()
    }
    return lines, free


def _chosen(
    able: Iterator[Agent], call: Waiting, queue: Queue, now: datetime, *, is_kept: bool
) -> list[Agent]:
    """Return the first of those who may be rung, all of them with ring all; missed ones last."""
    missed = []
    chosen = []
    is_picky = is_kept or bool(call.needs)
    # A call-back is made from one phone, whose agent then calls the customer.
    rings_all = queue.strategy == RING_ALL and not call.is_call_back
    for agent in able:
        if is_picky and _obstacle(agent, call, now, is_kept=is_kept) is not None:
            continue
        if agent.id in call.missed:
            missed.append(agent)
            continue
        chosen.append(agent)
        if not rings_all:
            return chosen
    if rings_all:
        return chosen + missed
    return missed[:1]


def _obstacle(agent: Agent, call: Waiting, now: datetime, *, is_kept: bool) -> Verdict | None:
    """Return what keeps a free agent from a call, None when nothing does."""
    if is_kept and agent.id != call.wanted:
        return Verdict(agent.id, KEPT_FOR, detail=call.wanted, until=call.wanted_until)
    waited_s = call.waited_s(now)
    for need in call.needs:
        has, asked = agent.skills.get(need.skill, 0), need.level(waited_s)
        if has < asked:
            return Verdict(agent.id, SKILL, detail=f"{need.skill} {has} < {asked}")
    return None
