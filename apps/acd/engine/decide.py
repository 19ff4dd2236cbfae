"""Who gets which call now, and why each other agent does not. Deterministic: replay gives the same.

Calls are taken in their order (priority, then place) once for each level of membership: first every
call is tried with the agents who serve its queue first, then with the second line, and so on. So in
one queue nobody overtakes an equal who asks for no more than he does, and an agent takes calls of
his first queues first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from apps.acd.engine.floor import READY, RING_ALL, Agent, Floor, Waiting
from apps.acd.engine.ranking import ranked

CHOSEN = "chosen"
LOWER = "lower"
OFFERED_NOW = "offered_now"
KEPT_FOR = "kept_for"
SKILL = "skill"


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
    free = {agent.id: agent for agent in floor.agents.values() if agent.state == READY}
    if not free or not floor.waiting:
        return ()
    by_place = _free_by_place(free.values())
    calls = sorted(
        (call for call in floor.waiting if call.queue in by_place), key=lambda call: call.place
    )
    queues = dict(floor.queues)
    offers: dict[str, Offer] = {}
    taken: set[str] = set()
    for level in sorted({level for levels in by_place.values() for level in levels}):
        for call in calls:
            queue = queues.get(call.queue)
            if call.id in offers or queue is None or len(taken) == len(free):
                continue
            able = [
                agent
                for agent in by_place[call.queue].get(level, ())
                if agent.id not in taken and _obstacle(agent, call, now) is None
            ]
            if not able:
                continue
            best = ranked(able, queue, call)
            chosen = best if queue.strategy == RING_ALL else best[:1]
            offers[call.id] = Offer(
                call=call.id,
                queue=queue.id,
                agents=tuple(agent.id for agent in chosen),
                level=level,
                strategy=queue.strategy,
            )
            taken.update(agent.id for agent in chosen)
            queues[queue.id] = replace(queue, last_order=chosen[-1].queues[queue.id].order)
    order = {call.id: place for place, call in enumerate(calls)}
    return tuple(sorted(offers.values(), key=lambda offer: order[offer.call]))


def explain(
    floor: Floor, call: Waiting, now: datetime, offers: Iterable[Offer] = ()
) -> tuple[Verdict, ...]:
    """Return what became of each agent of the call's queue in the decision that made `offers`.

    Apart from `decide`, which is in a hurry; the same floor and time give the same answer later.
    """
    to = {agent: offer.call for offer in offers for agent in offer.agents}
    found = []
    for agent in floor.agents.values():
        if call.queue not in agent.queues:
            continue
        if agent.state != READY:
            found.append(Verdict(agent.id, agent.state, until=agent.until))
        elif agent.id not in to:
            found.append(_obstacle(agent, call, now) or Verdict(agent.id, LOWER))
        elif to[agent.id] == call.id:
            found.append(Verdict(agent.id, CHOSEN))
        else:
            found.append(Verdict(agent.id, OFFERED_NOW, detail=to[agent.id]))
    return tuple(found)


def _free_by_place(free: Iterable[Agent]) -> dict[str, dict[int, list[Agent]]]:
    found: dict[str, dict[int, list[Agent]]] = {}
    for agent in free:
        for queue, membership in agent.queues.items():
            found.setdefault(queue, {}).setdefault(membership.level, []).append(agent)
    return found


def _obstacle(agent: Agent, call: Waiting, now: datetime) -> Verdict | None:
    """Return what keeps a free agent from a call, None when nothing does."""
    if agent.id != call.wanted and call.is_kept(now):
        return Verdict(agent.id, KEPT_FOR, detail=call.wanted, until=call.wanted_until)
    waited_s = call.waited_s(now)
    for need in call.needs:
        has, asked = agent.skills.get(need.skill, 0), need.level(waited_s)
        if has < asked:
            return Verdict(agent.id, SKILL, detail=f"{need.skill} {has} < {asked}")
    return None
