"""What the distributor's board takes from the database: signed-in agents and active queues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Max

from apps.acd.engine import floor
from apps.acd.engine.overflow import Rule
from apps.acd.engine.rows import AgentRow, QueueRow
from apps.acd.engine.ways import Ways
from apps.acd.models import (
    AgentSession,
    AgentSkill,
    Queue,
    QueueMember,
    QueueSkill,
    SessionState,
    Strategy,
)
from apps.acd.overflow_rows import overflow_rules, queue_says
from apps.acd.selectors import session_open_list
from apps.calls.models import Leg
from apps.core.tenancy import all_tenants
from apps.prompts.selectors import prompt_mapping

STRATEGIES = {
    Strategy.LONGEST_IDLE: floor.LONGEST_IDLE,
    Strategy.ROUND_ROBIN: floor.ROUND_ROBIN,
    Strategy.RING_ALL: floor.RING_ALL,
    Strategy.FEWEST_CALLS: floor.FEWEST_CALLS,
    Strategy.FIXED: floor.FIXED,
    Strategy.RANDOM: floor.RANDOM,
    Strategy.WEIGHTED: floor.WEIGHTED,
}


@dataclass(frozen=True)
class FloorRows:
    """One reading of the database; ids are Asterisk's names."""

    agents: tuple[AgentRow, ...]
    queues: tuple[QueueRow, ...]
    # By company, how its own prompts are played; only of those that say something in a queue.
    own_prompts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def floor_rows() -> FloorRows:
    """Return every company's signed-in agents and active queues. 6 queries.

    One more for each company that says something in a queue, 2 with overflow to numbers outside.
    """
    with all_tenants("a node serves every company"):
        queues = list(Queue.objects.filter(is_active=True).select_related("tenant"))
        sessions = list(session_open_list().select_related("agent"))
        agents = [session.agent_id for session in sessions]
        members = list(QueueMember.objects.filter(agent__in=agents, queue__in=queues))
        skills = list(
            AgentSkill.objects.filter(agent__in=agents).values_list(
                "agent_id", "skill__name", "level"
            )
        )
        asked = list(
            QueueSkill.objects.filter(queue__in=queues)
            .order_by("queue", "skill__name", "after_s")
            .values_list("queue_id", "skill__name", "after_s", "level")
        )
        rules = overflow_rules(queues)
        talking = {
            queue.tenant_id: queue.tenant.slug for queue in queues if queue_says(queue).is_on
        }
        own = {slug: prompt_mapping(pk, slug) for pk, slug in talking.items()}
    knows: dict[int, dict[str, int]] = {}
    for agent_id, skill, level in skills:
        knows.setdefault(agent_id, {})[skill] = level
    steps: dict[int, dict[str, list[tuple[float, int]]]] = {}
    for queue_id, skill, after_s, level in asked:
        steps.setdefault(queue_id, {}).setdefault(skill, []).append((float(after_s), level))
    served: dict[int, list[QueueMember]] = {}
    for member in members:
        served.setdefault(member.agent_id, []).append(member)
    names = {queue.pk: queue.asterisk_name for queue in queues}
    return FloorRows(
        agents=tuple(
            _agent_row(
                session,
                served.get(session.agent_id, []),
                names,
                knows.get(session.agent_id, {}),
            )
            for session in sessions
        ),
        queues=tuple(
            _queue_row(queue, steps.get(queue.pk, {}), rules.get(queue.pk, ())) for queue in queues
        ),
        own_prompts=own,
    )


def _agent_row(
    session: AgentSession,
    members: Iterable[QueueMember],
    names: dict[int, str],
    skills: dict[str, int],
) -> AgentRow:
    agent = session.agent
    return AgentRow(
        id=agent.sip_username,
        phone=agent.endpoint_for(session.phone_kind),
        endpoints=agent.endpoints,
        is_paused=session.state == SessionState.PAUSED,
        pause_reason=session.pause_reason,
        wish_since=session.state_since,
        signed_in_at=session.signed_in_at,
        wrap_up_over_at=session.wrap_up_over_at,
        wrap_up_until=session.wrap_up_until,
        queues={
            names[row.queue_id]: floor.Membership(
                level=row.penalty, order=agent_order(agent.number), weight=row.weight
            )
            for row in members
        },
        skills=skills,
        number=agent.number,
    )


def agent_order(number: str) -> int:
    """Return an agent's place in fixed order and round robin: by his number."""
    return int(number) % 1_000_000 if number.isdigit() else 0


def _queue_row(
    queue: Queue, steps: dict[str, list[tuple[float, int]]], rules: tuple[Rule, ...]
) -> QueueRow:
    return QueueRow(
        id=queue.asterisk_name,
        strategy=STRATEGIES[Strategy(queue.strategy)],
        ring_s=queue.ring_timeout_s,
        rest_s=queue.retry_s,
        wrap_up_s=queue.wrap_up_s,
        needs=tuple(floor.Need(skill, tuple(found)) for skill, found in steps.items()),
        ways=Ways(rules, queue_says(queue)),
    )


@dataclass(frozen=True)
class Shift:
    """What an agent did since he signed in."""

    agent: str
    taken: int
    idle_since: datetime | None


def shifts() -> list[Shift]:
    """Return how many calls each signed-in agent took, and when his last ended. 1 query."""
    with all_tenants("a node serves every company"):
        legs = (
            Leg.objects.filter(
                result="connected",
                agent__sessions__signed_out_at=None,
                answered_at__gte=F("agent__sessions__signed_in_at"),
            )
            .values("agent__sip_username")
            .annotate(taken=Count("pk"), last=Max("ended_at"))
        )
        return [Shift(row["agent__sip_username"], row["taken"], row["last"]) for row in legs]
