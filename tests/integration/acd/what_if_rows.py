"""Write a day that the engine made into the ledger, as the listener would have."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from apps.accounts.models import Agent
from apps.acd.engine.what_if_day import Arrival, Day, Played, Stay
from apps.acd.models import AgentSession, AgentStateChange, Queue
from apps.acd.what_if_ledger import day_bounds
from apps.calls.models import Call, Leg, QueueVisit
from apps.tenants.models import Tenant
from tests.factories import AgentFactory, QueueFactory, QueueMemberFactory, TenantFactory

ON = date(2026, 11, 23)
# That of a company unless it says otherwise.
ZONE = ZoneInfo("Asia/Shanghai")
NINE_MS = 9 * 3_600_000


def at(ms: int) -> datetime:
    """Return a moment of the day."""
    return day_bounds(ON, ZONE).begins_at + timedelta(milliseconds=ms)


def company(agents: int = 4) -> tuple[Queue, Queue, list[Agent]]:
    """Make two queues and agents who serve both, the second queue in the second line."""
    tenant: Tenant = TenantFactory()
    first = QueueFactory(tenant=tenant, number="7001", wrap_up_s=10, max_wait_s=90, retry_s=2)
    second = QueueFactory(tenant=tenant, number="7002", strategy="fewestcalls", max_wait_s=60)
    people = AgentFactory.create_batch(agents, tenant=tenant)
    for agent in people:
        QueueMemberFactory(tenant=tenant, queue=first, agent=agent)
        QueueMemberFactory(tenant=tenant, queue=second, agent=agent, penalty=1)
    return first, second, people


def at_work(agent: Agent, start_ms: int, end_ms: int, pause: tuple[int, int] | None = None) -> None:
    """Sign an agent in from nine to five or so, with a pause."""
    AgentSession.objects.create(
        tenant=agent.tenant,
        agent=agent,
        phone_kind="desk",
        state="ready",
        state_since=at(start_ms),
        signed_in_at=at(start_ms),
        signed_out_at=at(end_ms),
    )
    marks = [(start_ms, "signed_out", "ready"), (end_ms, "ready", "signed_out")]
    if pause is not None:
        marks += [(pause[0], "ready", "paused"), (pause[1], "paused", "ready")]
    for ms, before, after in sorted(marks):
        AgentStateChange.objects.create(
            tenant=agent.tenant, agent=agent, from_state=before, to_state=after, at=at(ms)
        )


def callers(seed: int, queues: list[Queue], count: int, hours: float) -> tuple[Arrival, ...]:
    """Return callers with patience, talks, from nine o'clock on."""
    draw = Random(seed)
    return tuple(
        Arrival(
            id=f"c{number}",
            queue=draw.choice(queues).asterisk_name,
            at_ms=NINE_MS + draw.randrange(int(hours * 3_600_000)),
            patience_ms=round(draw.expovariate(1 / 60_000)),
            talk_ms=round(draw.expovariate(1 / 90_000)),
        )
        for number in range(count)
    )


def write(day: Day, played: Played, queues: list[Queue], agents: list[Agent]) -> None:
    """Write calls, legs and visits of what was played."""
    by_id = {queue.asterisk_name: queue for queue in queues}
    people = {agent.sip_username: agent for agent in agents}
    for number, stay in enumerate(played.stays):
        write_stay(stay, by_id[stay.queue], people, day.rules[stay.queue].ring_ms, number)


def write_stay(
    stay: Stay, queue: Queue, people: Mapping[str, Agent], ring_ms: int, number: int
) -> Call:
    """Write one."""
    left = stay.joined_ms + stay.wait_ms
    call = Call.objects.create(
        tenant=queue.tenant,
        node="pbx1",
        linkedid=f"pbx1-{number}",
        status="ended",
        started_at=at(stay.joined_ms - 5_000),
        queued_at=at(stay.joined_ms),
        ended_at=at(left + stay.talk_ms),
        talk_ms=stay.talk_ms,
    )
    QueueVisit.objects.create(
        tenant=queue.tenant,
        call=call,
        number=0,
        queue_name=queue.asterisk_name,
        queue_number=queue.number,
        joined_at=at(stay.joined_ms),
        left_at=at(left),
        wait_ms=stay.wait_ms,
        how=stay.how,
        reason=stay.reason,
        agent=people.get(stay.agent),
    )
    for place, one in enumerate(stay.tries):
        rung = stay.joined_ms + one.after_ms
        ends = rung + (ring_ms if one.ring_ms is None else one.ring_ms)
        Leg.objects.create(
            tenant=queue.tenant,
            call=call,
            uniqueid=f"pbx1-{number}-{place}",
            kind="agent",
            agent=people[one.agent],
            started_at=at(rung),
            offered_at=at(rung),
            answered_at=at(ends) if one.is_answered else None,
            ended_at=at(ends + stay.talk_ms if one.is_answered else ends),
            result="connected" if one.is_answered else "" if one.is_cut else "not_answered",
        )
    return call
