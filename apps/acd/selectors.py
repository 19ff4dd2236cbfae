"""Read queues, agents' sessions, and what Asterisk's queues should hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.engine.rule_actions import AgentNow
from apps.acd.models import AgentSession, Queue, QueueMember, SessionState, Skill
from apps.calls.choices import VisitEnd
from apps.calls.models import Leg, QueueVisit
from apps.core.tenancy import all_tenants


class QueueRef(TypedDict):
    """A queue as pages and API name it."""

    number: str
    name: str


class AgentState(TypedDict):
    """The agent's own state, as `docs/architecture.md` defines it for streams."""

    number: str
    name: str
    state: str
    pause_reason: str
    since: str | None
    phone: str
    queues: list[QueueRef]


@dataclass(frozen=True)
class MemberWish:
    """One membership that Asterisk's queue should have while the agent is signed in."""

    queue: str
    interface: str
    member_name: str
    penalty: int
    is_paused: bool
    pause_reason: str


def queue_active_list() -> "QuerySet[Queue]":
    """Return the active queues in scope with their company, by company and number. 1 query."""
    rows: QuerySet[Queue] = (
        Queue.objects.filter(is_active=True)
        .select_related("tenant")
        .order_by("tenant__slug", "number")
    )
    return rows


def skill_names(tenant_id: int) -> frozenset[str]:
    """Return the names of a company's skills. 1 query."""
    return frozenset(Skill.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))


def queue_by_asterisk_name(name: str) -> Queue | None:
    """Return the queue behind `<tenant slug>-<number>`, whatever the scope. 1 query."""
    slug, _, number = name.partition("-")
    with all_tenants("the name says which company"):
        found: Queue | None = (
            Queue.objects.select_related("tenant", "department")
            .filter(tenant__slug=slug, number=number)
            .first()
        )
    return found


def queue_agent_user_ids(queue: Queue) -> list[int]:
    """Return the users who are told of news in a queue: its agents and its department's leads."""
    members = set(QueueMember.objects.filter(queue=queue).values_list("agent__user_id", flat=True))
    if queue.department_id is None:
        return sorted(members)
    leads = User.objects.filter(
        tenant_id=queue.tenant_id,
        role=Role.TEAM_LEAD,
        department_id=queue.department_id,
        is_active=True,
    ).values_list("pk", flat=True)
    return sorted(members | set(leads))


def agent_session_open(agent: Agent) -> AgentSession | None:
    """Return the agent's open session, None when signed out. 1 query."""
    found: AgentSession | None = AgentSession.objects.filter(
        agent=agent, signed_out_at=None
    ).first()
    return found


def session_open_list() -> "QuerySet[AgentSession]":
    """Return the open sessions in scope of agents who may still sign in. 1 query."""
    rows: QuerySet[AgentSession] = AgentSession.objects.filter(
        signed_out_at=None, agent__is_active=True, agent__user__is_active=True
    )
    return rows


def agent_state(agent: Agent) -> AgentState:
    """Return what the agent's desk shows of himself. 2 queries."""
    session = agent_session_open(agent)
    queues = [
        QueueRef(number=number, name=name)
        for number, name in QueueMember.objects.filter(agent=agent, queue__is_active=True)
        .order_by("queue__number")
        .values_list("queue__number", "queue__name")
    ]
    return AgentState(
        number=agent.number,
        name=agent.user.display_name,
        state=session.state if session else "signed_out",
        pause_reason=session.pause_reason if session else "",
        since=session.state_since.isoformat(timespec="milliseconds") if session else None,
        phone=session.phone_kind if session else agent.phone_kind,
        queues=queues,
    )


def agent_phone(agent: Agent) -> str:
    """Return the PJSIP endpoint of the phone at which the agent is signed in. 1 query."""
    session = AgentSession.objects.filter(agent=agent, signed_out_at=None).first()
    return agent.endpoint_for(session.phone_kind if session else agent.phone_kind)


def member_wishes(agent: Agent | None = None) -> list[MemberWish]:
    """Return the memberships that signed-in agents should have; all agents when None. 1 query.

    Order: queue, then penalty, then agent number. Every company: the caller is the node's process.
    """
    with all_tenants("a node serves every company"):
        sessions = session_open_list()
        if agent is not None:
            sessions = sessions.filter(agent=agent)
        rows = (
            QueueMember.objects.filter(queue__is_active=True, agent__in=sessions.values("agent_id"))
            .select_related("queue__tenant", "agent")
            .order_by("queue__tenant__slug", "queue__number", "penalty", "agent__number")
        )
        by_agent = {session.agent_id: session for session in sessions}
        return [
            MemberWish(
                queue=row.queue.asterisk_name,
                interface=f"PJSIP/{row.agent.endpoint_for(by_agent[row.agent_id].phone_kind)}",
                member_name=row.agent.sip_username,
                penalty=row.penalty,
                is_paused=by_agent[row.agent_id].state == SessionState.PAUSED,
                pause_reason=by_agent[row.agent_id].pause_reason,
            )
            for row in rows
            if row.agent_id in by_agent
        ]


def agents_now(numbers: Iterable[str]) -> dict[str, AgentNow]:
    """Return the company's active agents of these numbers as routing rules see them. 0, 3 queries.

    Ready is who is signed in, ready and has no live leg.
    """
    wanted = list(numbers)
    if not wanted:
        return {}
    on_a_call = Leg.objects.filter(call__ended_at=None, ended_at=None, agent=OuterRef("pk"))
    agents = Agent.objects.filter(number__in=wanted, is_active=True, user__is_active=True).annotate(
        is_on_a_call=Exists(on_a_call)
    )
    states = dict(session_open_list().filter(agent__in=agents).values_list("agent_id", "state"))
    served: dict[int, set[str]] = {}
    for agent_id, number in QueueMember.objects.filter(
        agent__in=agents, queue__is_active=True
    ).values_list("agent_id", "queue__number"):
        served.setdefault(agent_id, set()).add(number)
    return {
        agent.number: AgentNow(
            is_signed_in=agent.pk in states,
            is_ready=states.get(agent.pk) == SessionState.READY and not agent.is_on_a_call,
            queues=frozenset(served.get(agent.pk, ())),
        )
        for agent in agents
    }


def queue_boxes_for(user: User) -> list[str]:
    """Return the voicemail boxes that are the person's: his own, and his queues'. 2 queries."""
    own = Agent.objects.filter(user=user).values_list("tenant__slug", "number")
    served = (
        QueueMember.objects.filter(agent__user=user)
        .order_by("queue__number")
        .values_list("tenant__slug", "queue__number")
    )
    return [f"{slug}-{number}" for slug, number in (*own, *served)]


@dataclass(frozen=True)
class QueueLive:
    """A queue now: callers who wait, agents who could be rung, when the longest wait began."""

    waiting: int
    idle: int
    oldest_joined_at: datetime | None


def queue_live(number: str) -> QueueLive | None:
    """Return how the queue of this number in scope is now, None when there is none. 3 queries.

    Idle is who is signed in, ready and has no live leg; whether his phone answers, only ringing
    tells.
    """
    queue = Queue.objects.filter(number=number, is_active=True).first()
    if queue is None:
        return None
    waiting = QueueVisit.objects.filter(
        queue_number=number, how=VisitEnd.WAITING, call__ended_at=None
    ).aggregate(count=Count("pk"), oldest=Min("joined_at"))
    on_a_call = Leg.objects.filter(call__ended_at=None, ended_at=None, agent=OuterRef("agent_id"))
    idle = (
        session_open_list()
        .filter(~Exists(on_a_call), state=SessionState.READY, agent__memberships__queue=queue)
        .count()
    )
    return QueueLive(waiting["count"], idle, waiting["oldest"])
