"""A decision about one call as data that can be kept: who could be rung, and why not.

The record is the part of the floor that matters to the call. Deciding on it again gives the same
offer, and the same reasons, without the rest: an agent whom another call got in the same decision
is marked as taken, and the queue's round begins where it stood when this call's turn came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.acd.engine.decide import OFFERED_NOW, Offer, Verdict, decide, explain
from apps.acd.engine.floor import Agent, Floor, Membership, Need, Queue, Waiting

VERSION = 1
# Of a larger queue the agents that were chosen and the first of the others are kept.
MOST_AGENTS = 200


def make_record(
    floor: Floor, call: Waiting, now: datetime, offers: Iterable[Offer]
) -> dict[str, Any]:
    """Return what was decided about `call` when `decide(floor, now)` returned `offers`."""
    offers = tuple(offers)
    to = {agent: offer.call for offer in offers for agent in offer.agents}
    agents = [agent for agent in floor.agents.values() if call.queue in agent.queues]
    agents.sort(key=lambda agent: (to.get(agent.id) != call.id, agent.id != call.wanted, agent.id))
    queue = floor.queues[call.queue]
    return {
        "v": VERSION,
        "now": now.isoformat(),
        "queue": queue.id,
        "strategy": queue.strategy,
        "last_order": _last_order(floor, queue, call, offers),
        "call": _call(call),
        "agents": [_agent(agent, call, to.get(agent.id, "")) for agent in agents[:MOST_AGENTS]],
        "chosen": next((list(offer.agents) for offer in offers if offer.call == call.id), []),
        "left_out": max(len(agents) - MOST_AGENTS, 0),
    }


def replay(record: Mapping[str, Any]) -> Offer | None:
    """Decide again; None when nobody was free for the call. Raises ValueError if unreadable."""
    return replay_explained(record)[0]


def verdicts(record: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """Return what became of each agent. Raises ValueError if unreadable."""
    return replay_explained(record)[1]


def replay_explained(record: Mapping[str, Any]) -> tuple[Offer | None, tuple[Verdict, ...]]:
    """Return what `replay` and `verdicts` do, deciding once. Raises ValueError if unreadable."""
    floor, call, now = _read(record)
    offers = decide(floor, now)
    to = {item["id"]: item["to"] for item in record["agents"]}
    told = tuple(
        replace(found, detail=to[found.agent]) if found.code == OFFERED_NOW else found
        for found in explain(floor, call, now, offers)
    )
    return (offers[0] if offers else None), told


def _last_order(floor: Floor, queue: Queue, call: Waiting, offers: tuple[Offer, ...]) -> int:
    """Return where the queue's round stood when this call's turn came."""
    last = queue.last_order
    # `decide` goes level by level; within one, offers are in its order.
    for offer in sorted(offers, key=lambda offer: offer.level):
        if offer.call == call.id:
            break
        if offer.queue == queue.id:
            last = floor.agents[offer.agents[-1]].queues[queue.id].order
    return last


def _call(call: Waiting) -> dict[str, Any]:
    return {
        "id": call.id,
        "joined_at": call.joined_at.isoformat(),
        "priority": call.priority,
        "needs": [[need.skill, [list(step) for step in need.steps]] for need in call.needs],
        "wanted": call.wanted,
        "wanted_until": _text(call.wanted_until),
        "missed": sorted(call.missed),
        "attempt": call.attempt,
        "is_call_back": call.is_call_back,
    }


def _agent(agent: Agent, call: Waiting, to: str) -> dict[str, Any]:
    membership = agent.queues[call.queue]
    asked = {need.skill for need in call.needs}
    return {
        "id": agent.id,
        "state": agent.state,
        "until": _text(agent.until),
        "idle_since": agent.idle_since.isoformat(),
        "taken": agent.taken,
        "level": membership.level,
        "order": membership.order,
        "weight": membership.weight,
        "skills": {skill: level for skill, level in agent.skills.items() if skill in asked},
        "to": to,
    }


def _read(record: Mapping[str, Any]) -> tuple[Floor, Waiting, datetime]:
    try:
        if record["v"] != VERSION:
            raise ValueError(f"version {record['v']!r}")
        queue = Queue(str(record["queue"]), str(record["strategy"]), int(record["last_order"]))
        call = _read_call(record["call"], queue.id)
        agents = {item["id"]: _read_agent(item, queue.id, call.id) for item in record["agents"]}
        floor = Floor(agents=agents, queues={queue.id: queue}, waiting=(call,))
        return floor, call, datetime.fromisoformat(record["now"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a decision: {error!r}") from error


def _read_call(data: Mapping[str, Any], queue: str) -> Waiting:
    return Waiting(
        id=data["id"],
        queue=queue,
        joined_at=datetime.fromisoformat(data["joined_at"]),
        priority=data["priority"],
        needs=tuple(
            Need(skill, tuple((after_s, level) for after_s, level in steps))
            for skill, steps in data["needs"]
        ),
        wanted=data["wanted"],
        wanted_until=_time(data["wanted_until"]),
        missed=frozenset(data["missed"]),
        attempt=data["attempt"],
        is_call_back=data["is_call_back"],
    )


def _read_agent(data: Mapping[str, Any], queue: str, call: str) -> Agent:
    taken_elsewhere = data["to"] not in ("", call)
    return Agent(
        id=data["id"],
        state=OFFERED_NOW if taken_elsewhere else data["state"],
        idle_since=datetime.fromisoformat(data["idle_since"]),
        queues={queue: Membership(data["level"], data["order"], data["weight"])},
        skills=data["skills"],
        taken=data["taken"],
        until=_time(data["until"]),
    )


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
