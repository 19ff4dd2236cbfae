"""Load a company's day from the ledger, as the what-if plays it.

All queues are loaded, whoever asks: agents serve several, so a part of the day cannot be played by
itself. What a person may see is chosen afterwards, from the figures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.acd.engine.floor import Need
from apps.acd.engine.what_if_day import Arrival, Day, Rules, Try
from apps.acd.floor_rows import STRATEGIES
from apps.acd.models import Queue, QueueSkill, Strategy
from apps.acd.what_if_staff import Bounds, seen_of_day, staff_of_day
from apps.calls.agent_calls import calls_began
from apps.calls.choices import VisitEnd
from apps.calls.engine import facts as kinds
from apps.calls.models import CallFact, Leg, QueueVisit

CLOSED = (VisitEnd.ANSWERED, VisitEnd.ABANDONED, VisitEnd.FLOWED_OUT)
# A call that began so long before the day may still keep an agent busy in it.
LONGEST_CALL = timedelta(hours=4)
# Two tellers of one moment differ by less; a ring that ends so near to another end was cut by it.
NEAR = timedelta(seconds=1)


@dataclass(frozen=True)
class LedgerDay:
    """A day and what its ids mean: queue id to number, agent id to number.

    `incomplete`: visits of calls of which the link lost something.
    """

    day: Day
    bounds: Bounds
    queues: Mapping[str, str]
    agents: Mapping[str, str]
    incomplete: int = 0


def day_bounds(on: date, zone: tzinfo) -> Bounds:
    """Return a date's day in the company's time zone, at most until now."""
    begins_at = datetime.combine(on, time(), zone)
    ends_at = datetime.combine(on + timedelta(days=1), time(), zone)
    return Bounds(begins_at, max(begins_at, min(ends_at, timezone.now())))


def what_if_day(on: date, zone: tzinfo) -> LedgerDay:
    """Return the day of the company in scope. 10 queries, however many calls."""
    bounds = day_bounds(on, zone)
    rows = list(Queue.objects.filter(is_active=True).select_related("tenant"))
    ids = {queue.pk: queue.asterisk_name for queue in rows}
    rules = _rules(rows)
    by_number = {queue.number: queue.asterisk_name for queue in rows}
    visits = [visit for visit in _visits(bounds) if visit.queue_number in by_number]
    legs = _legs(bounds)
    seen = seen_of_day(bounds)
    told = _told(bounds, {visit.call.node for visit in visits})
    calls: dict[int, list[Leg]] = {}
    for leg in legs:
        calls.setdefault(leg.call_id, []).append(leg)
    used: set[int] = set()
    arrivals = _arrivals(
        [
            (visit, _arrival(visit, by_number[visit.queue_number], calls, rules, bounds, used))
            for visit in visits
        ],
        told,
        seen.wrap_ups,
    )
    away = {agent: list(spans) for agent, spans in seen.gone.items()}
    for leg in legs:
        began = leg.answered_at or (leg.started_at if leg.offered_at is None else None)
        if leg.pk not in used and leg.agent_id is not None and began is not None:
            away.setdefault(leg.agent_id, []).append(bounds.span(began, leg.ended_at))
    served = [
        (visit.agent_id, by_number[visit.queue_number])
        for visit in visits
        if visit.how == VisitEnd.ANSWERED and visit.agent_id is not None
    ]
    staff = staff_of_day(bounds, ids, away, served)
    return LedgerDay(
        day=Day(bounds.begins_at, tuple(arrivals), tuple(one for _number, one in staff), rules),
        bounds=bounds,
        queues={queue.asterisk_name: queue.number for queue in rows},
        agents={one.id: number for number, one in staff},
        incomplete=sum(visit.call.is_incomplete for visit in visits),
    )


def _rules(queues: Iterable[Queue]) -> dict[str, Rules]:
    """Return each queue's rules as they are today; nobody keeps what they were. 1 query."""
    steps: dict[int, dict[str, list[tuple[float, int]]]] = {}
    for queue, skill, after_s, level in (
        QueueSkill.objects.order_by("queue", "skill__name", "after_s")
    ).values_list("queue_id", "skill__name", "after_s", "level"):
        steps.setdefault(queue, {}).setdefault(skill, []).append((float(after_s), level))
    return {
        queue.asterisk_name: Rules(
            id=queue.asterisk_name,
            strategy=STRATEGIES[Strategy(queue.strategy)],
            ring_ms=queue.ring_timeout_s * 1000,
            rest_ms=queue.retry_s * 1000,
            wrap_up_ms=queue.wrap_up_s * 1000,
            max_wait_ms=queue.max_wait_s * 1000,
            level_ms=queue.service_level_s * 1000,
            short_ms=queue.short_abandon_s * 1000,
            needs=tuple(
                Need(skill, tuple(found)) for skill, found in steps.get(queue.pk, {}).items()
            ),
        )
        for queue in queues
    }


def _rows(bounds: Bounds) -> "QuerySet[QueueVisit]":
    rows: QuerySet[QueueVisit] = QueueVisit.objects.filter(
        joined_at__gte=bounds.begins_at, joined_at__lt=bounds.ends_at, how__in=CLOSED
    )
    return rows


def _visits(bounds: Bounds) -> list[QueueVisit]:
    """Return the closed visits of who joined on the day, each call's in their order. 1 query."""
    return list(_rows(bounds).select_related("call", "agent").order_by("call_id", "number"))


def _legs(bounds: Bounds) -> list[Leg]:
    """Return the agents' legs of the day's calls, in the order of ringing. 1 query."""
    return list(
        Leg.objects.filter(
            calls_began(bounds.begins_at - LONGEST_CALL, bounds.ends_at), agent__isnull=False
        )
        .select_related("agent")
        .order_by("call_id", "offered_at", "pk")
    )


def _told(bounds: Bounds, nodes: set[str]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """Return what the first decision about each caller knew of him. 1 query.

    By (node, linkedid, queue id); calls that app_queue served have none. The facts are found by
    their call (index fact_once).
    """
    rows = (
        CallFact.objects.filter(
            kind=kinds.ROUTED,
            node__in=sorted(nodes),
            linkedid__in=_rows(bounds).values("call__linkedid"),
        )
        .order_by("at", "pk")
        .values_list("node", "linkedid", "data__queue", "data__call")
    )
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for node, linkedid, queue, call in rows:
        if isinstance(call, dict):
            found.setdefault((node, linkedid, str(queue)), call)
    return found


def _arrival(
    visit: QueueVisit,
    queue: str,
    calls: Mapping[int, list[Leg]],
    rules: Mapping[str, Rules],
    bounds: Bounds,
    used: set[int],
) -> Arrival:
    """Return a visit as an arrival; the legs that are its own are added to `used`."""
    left_at = visit.left_at or visit.joined_at
    waited_ms = visit.wait_ms if visit.wait_ms is not None else _ms(left_at - visit.joined_at)
    tries, talk_ms = [], None
    for leg in calls.get(visit.call_id, ()):
        rung_at = leg.offered_at
        if rung_at is None or leg.agent is None:
            continue
        if not visit.joined_at - NEAR <= rung_at <= left_at + NEAR:
            continue
        used.add(leg.pk)
        is_his = visit.how == VisitEnd.ANSWERED and leg.agent_id == visit.agent_id
        if is_his and leg.answered_at is not None:
            one = Try(leg.agent.sip_username, _ms(leg.answered_at - rung_at), is_answered=True)
            talk_ms = _ms((leg.ended_at or bounds.ends_at) - leg.answered_at)
        else:
            one = _missed(leg, rung_at, left_at, rules[queue].ring_ms)
        tries.append(replace(one, after_ms=_ms(rung_at - visit.joined_at)))
    if visit.how == VisitEnd.ANSWERED and talk_ms is None and visit.call.talk_ms is not None:
        talk_ms = visit.call.talk_ms + (visit.call.hold_ms or 0)
    is_known = visit.how == VisitEnd.ABANDONED or (
        visit.how == VisitEnd.FLOWED_OUT and visit.reason != "timeout"
    )
    return Arrival(
        id=f"{visit.call_id}.{visit.number}",
        queue=queue,
        at_ms=bounds.ms(visit.joined_at),
        how=visit.how,
        reason=visit.reason,
        waited_ms=waited_ms,
        patience_ms=waited_ms if is_known else None,
        agent=visit.agent.sip_username if visit.agent else "",
        talk_ms=talk_ms,
        tries=tuple(tries),
    )


def _missed(leg: Leg, rung_at: datetime, left_at: datetime, ring_ms: int) -> Try:
    assert leg.agent is not None  # noqa: S101 - the query asks for it
    name = leg.agent.sip_username
    is_near = leg.ended_at is None or abs(leg.ended_at - left_at) <= NEAR
    if leg.ended_at is None or (is_near and leg.result != "not_answered"):
        # The caller left, or a colleague was quicker: of that Asterisk (22.10) says CANCEL.
        return Try(name, _ms(left_at - rung_at), is_cut=True)
    rung_ms = _ms(leg.ended_at - rung_at)
    return Try(name, None if rung_ms >= ring_ms - _ms(NEAR) else rung_ms)


def _arrivals(
    found: list[tuple[QueueVisit, Arrival]],
    told: Mapping[tuple[str, str, str], Mapping[str, Any]],
    wrap_ups: Mapping[tuple[int, str], int],
) -> list[Arrival]:
    """Return the arrivals that come by themselves; a caller's later queues hang on his first."""
    chains: list[list[Arrival]] = []
    ids: set[str] = set()
    before: QueueVisit | None = None
    for visit, plain in found:
        key = (visit.call.node, visit.call.linkedid, plain.queue)
        arrival = _knowing(plain, told.get(key), visit)
        if arrival.id in ids:
            arrival = replace(arrival, id=plain.id)
        ids.add(arrival.id)
        if visit.agent_id is not None:
            wrap_up_ms = wrap_ups.get((visit.agent_id, visit.call.linkedid))
            arrival = replace(arrival, wrap_up_ms=wrap_up_ms)
        follows = before is not None and before.call_id == visit.call_id
        if follows and before is not None and before.how != VisitEnd.ABANDONED:
            chains[-1].append(arrival)
        else:
            chains.append([arrival])
        before = visit
    return [_chained(chain) for chain in chains]


def _chained(chain: list[Arrival]) -> Arrival:
    last: Arrival | None = None
    for arrival in reversed(chain):
        if last is not None:
            ended = arrival.at_ms + arrival.waited_ms
            if arrival.how == VisitEnd.ANSWERED:
                ended += arrival.talk_ms or 0
            arrival = replace(arrival, then=last, then_after_ms=max(0, last.at_ms - ended))
        last = arrival
    assert last is not None  # noqa: S101 - a chain has a first
    return last


def _knowing(arrival: Arrival, told: Mapping[str, Any] | None, visit: QueueVisit) -> Arrival:
    """Add what the distributor knew: his id in its draws, priority, needs, the agent wanted.

    Of a call's later queues the id is another one: ids of a day are unique.
    """
    if told is None:
        return arrival
    try:
        until = datetime.fromisoformat(told["wanted_until"]) if told["wanted_until"] else None
        return replace(
            arrival,
            id=arrival.id if visit.number else str(told["id"]),
            priority=int(told["priority"]),
            needs=tuple(
                Need(str(skill), tuple((float(after), int(level)) for after, level in steps))
                for skill, steps in told["needs"]
            ),
            wanted=str(told["wanted"]) if until else "",
            wanted_ms=_ms(until - visit.joined_at) if until else 0,
        )
    except (KeyError, TypeError, ValueError):
        # An older or broken record: he counts as one who asks for nothing.
        return arrival


def _ms(time: timedelta) -> int:
    return max(0, round(time.total_seconds() * 1000))
