"""Read queues, agents' sessions, and what Asterisk's queues should hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.engine.rule_actions import AgentNow
from apps.acd.models import (
    AgentSession,
    AgentStateSpan,
    DistributorBeat,
    LiveState,
    Queue,
    QueueMember,
    SessionState,
    Skill,
)
from apps.calls.choices import VisitEnd
from apps.calls.models import Leg, QueueVisit
from apps.core.phones import interface_of, is_outside
from apps.core.tenancy import all_tenants

# A distributor that lives says so every two seconds.
FRESH = timedelta(seconds=8)


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
    live_state: str
    live_since: str | None
    until: str | None


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


def distributor_seen_at(now: datetime) -> datetime | None:
    """Return up to when a distributor that lives has seen its agents, None without one. 1 query."""
    beat = (
        DistributorBeat.objects.filter(is_seeing=True, seen_at__gte=now - FRESH)
        .order_by("-seen_at")
        .first()
    )
    return beat.seen_at if beat else None


def agent_wrap_up(agent: Agent, now: datetime) -> AgentStateSpan | None:
    """Return the agent's open wrap-up as the distributor sees it, None without. 2 queries."""
    if distributor_seen_at(now) is None:
        return None
    found: AgentStateSpan | None = AgentStateSpan.objects.filter(
        agent=agent, ended_at=None, is_uncertain=False, state=LiveState.WRAP_UP
    ).first()
    return found


def session_idle_list(now: datetime) -> "QuerySet[AgentSession]":
    """Return the open sessions in scope of agents who could be rung. 1 query before it.

    A distributor that lives knows from phones and wishes who is ready. Without one it is who
    wishes to be and has no live leg; whether his phone answers, only ringing tells.
    """
    sessions = session_open_list()
    if distributor_seen_at(now) is not None:
        ready = AgentStateSpan.objects.filter(
            agent=OuterRef("agent_id"), ended_at=None, is_uncertain=False, state=LiveState.READY
        )
        return sessions.filter(Exists(ready))
    on_a_call = Leg.objects.filter(call__ended_at=None, ended_at=None, agent=OuterRef("agent_id"))
    return sessions.filter(~Exists(on_a_call), state=SessionState.READY)


def agent_state(agent: Agent) -> AgentState:
    """Return what the agent's desk shows of himself. 4 queries."""
    return agent_states([agent])[agent.pk]


def agent_states(agents: Sequence[Agent]) -> dict[int, AgentState]:
    """Return what each agent's desk shows of himself, by his id; with their users. 4 queries.

    `live_state` is what he does, '' while no distributor sees it; `until` when it ends by itself.
    """
    ids = [agent.pk for agent in agents]
    sessions = {
        session.agent_id: session
        for session in AgentSession.objects.filter(agent__in=ids, signed_out_at=None)
    }
    queues: dict[int, list[QueueRef]] = {}
    for agent_id, number, name in (
        QueueMember.objects.filter(agent__in=ids, queue__is_active=True)
        .order_by("queue__number")
        .values_list("agent_id", "queue__number", "queue__name")
    ):
        queues.setdefault(agent_id, []).append(QueueRef(number=number, name=name))
    spans: dict[int, AgentStateSpan] = {}
    if distributor_seen_at(timezone.now()) is not None:
        spans = {
            span.agent_id: span
            for span in AgentStateSpan.objects.filter(
                agent__in=ids, ended_at=None, is_uncertain=False
            )
        }
    return {
        agent.pk: _agent_state(
            agent, sessions.get(agent.pk), queues.get(agent.pk, []), spans.get(agent.pk)
        )
        for agent in agents
    }


def _agent_state(
    agent: Agent,
    session: AgentSession | None,
    queues: list[QueueRef],
    span: AgentStateSpan | None,
) -> AgentState:
    if session is None:
        span = None
    return AgentState(
        number=agent.number,
        name=agent.user.display_name,
        state=session.state if session else "signed_out",
        pause_reason=session.pause_reason if session else "",
        since=session.state_since.isoformat(timespec="milliseconds") if session else None,
        phone=session.phone_kind if session else agent.phone_kind,
        queues=queues,
        live_state=span.state if span else "",
        live_since=span.started_at.isoformat(timespec="milliseconds") if span else None,
        until=span.until_at.isoformat(timespec="milliseconds") if span and span.until_at else None,
    )


def agent_phone(agent: Agent) -> str:
    """Return the phone at which the agent is signed in (`core.phones`). 1 query."""
    session = AgentSession.objects.filter(agent=agent, signed_out_at=None).first()
    return agent.endpoint_for(session.phone_kind if session else agent.phone_kind)


def agent_phones(agent: Agent) -> tuple[str, ...]:
    """Return which of his phones ring when he is called: desk and browser, or the outside one with
    which he works. 1 query.
    """
    phone = agent_phone(agent)
    return (phone,) if is_outside(phone) else (agent.endpoint_desk, agent.endpoint_web)


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
                interface=interface_of(row.agent.endpoint_for(by_agent[row.agent_id].phone_kind)),
                member_name=row.agent.sip_username,
                penalty=row.penalty,
                is_paused=by_agent[row.agent_id].state == SessionState.PAUSED,
                pause_reason=by_agent[row.agent_id].pause_reason,
            )
            for row in rows
            if row.agent_id in by_agent
        ]


def agents_now(numbers: Iterable[str], now: datetime) -> dict[str, AgentNow]:
    """Return the company's active agents of these numbers as rules see them. 0 to 5 queries.

    Ready is whom `session_idle_list` has.
    """
    wanted = list(numbers)
    if not wanted:
        return {}
    agents = list(Agent.objects.filter(number__in=wanted, is_active=True, user__is_active=True))
    signed_in = set(session_open_list().filter(agent__in=agents).values_list("agent_id", flat=True))
    idle = set(session_idle_list(now).filter(agent__in=agents).values_list("agent_id", flat=True))
    served: dict[int, set[str]] = {}
    for agent_id, number in QueueMember.objects.filter(
        agent__in=agents, queue__is_active=True
    ).values_list("agent_id", "queue__number"):
        served.setdefault(agent_id, set()).add(number)
    return {
        agent.number: AgentNow(
            is_signed_in=agent.pk in signed_in,
            is_ready=agent.pk in idle,
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
    """Return how the queue of this number in scope is now, None when there is none. 4 queries."""
    queue = Queue.objects.filter(number=number, is_active=True).first()
    if queue is None:
        return None
    waiting = QueueVisit.objects.filter(
        queue_number=number, how=VisitEnd.WAITING, call__ended_at=None
    ).aggregate(count=Count("pk"), oldest=Min("joined_at"))
    idle = session_idle_list(timezone.now()).filter(agent__memberships__queue=queue).count()
    return QueueLive(waiting["count"], idle, waiting["oldest"])
