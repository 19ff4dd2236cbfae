"""Read what supervisors see: live calls in scope, who listens, what could be picked up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.models import QueueMember
from apps.calls.choices import Direction
from apps.calls.engine.control import customer_leg
from apps.calls.engine.state import CallState, LegState
from apps.calls.models import Call, Leg
from apps.calls.selectors import call_list_for, call_states
from apps.core.errors import NotFoundError
from apps.supervision.choices import Kind, ListenState
from apps.supervision.engine.policy import NOTHING, Policy, default_policy
from apps.supervision.models import Supervision, SupervisionPolicy
from apps.supervision.pick_up_groups import group_colleague_ids

MAX_LIVE = 200
# A phone rings at most 30 s; who has not come by then does not come.
ASKED_FOR = timedelta(seconds=45)
SUPERVISORS = frozenset({Role.TEAM_LEAD, Role.INSPECTOR, Role.ADMIN})


@dataclass(frozen=True)
class LiveCall:
    """A live call as a supervisor sees it; `agent_leg` is of who talks in it now."""

    call: Call
    state: CallState
    agent: Agent | None
    agent_leg: Leg | None
    since: datetime
    listeners: tuple[Supervision, ...] = field(default=())


def policy_of(user: User) -> Policy:
    """Return what the person may do with calls that he may see. At most 1 query."""
    if user.role not in SUPERVISORS or user.tenant_id is None:
        return NOTHING
    row = SupervisionPolicy.objects.filter(tenant_id=user.tenant_id, role=user.role).first()
    return row.policy if row is not None else default_policy(user.role)


def supervisor_need(user: User) -> Policy:
    """Return the person's policy; NotFoundError for who may do nothing at all."""
    policy = policy_of(user)
    if not policy.may_anything:
        raise NotFoundError("supervision")
    return policy


def live_call_get_for(*, user: User, pk: int) -> Call:
    """Return a live call of the person's scope; NotFoundError otherwise, and for agents."""
    supervisor_need(user)
    found: Call | None = call_list_for(user=user).filter(pk=pk, ended_at=None).first()
    if found is None:
        raise NotFoundError(f"call {pk}")
    return found


def live_call_list_for(*, user: User) -> list[LiveCall]:
    """Return the live calls of the person's scope, oldest first; NotFoundError for agents.

    At most 6 queries, whatever the number of calls.
    """
    supervisor_need(user)
    calls = list(
        call_list_for(user=user)
        .filter(ended_at=None)
        .select_related("customer", "agent__user")
        .order_by("started_at", "pk")[:MAX_LIVE]
    )
    states = call_states(calls)
    legs: dict[int, list[Leg]] = {}
    for leg in _talking_legs().filter(call__in=calls):
        legs.setdefault(leg.call_id, []).append(leg)
    listening: dict[int, list[Supervision]] = {}
    for row in listening_now().filter(call__in=calls):
        listening.setdefault(row.call_id, []).append(row)
    return [
        _live(call, states[call.pk], legs.get(call.pk, []), listening.get(call.pk, []))
        for call in calls
    ]


def _live(call: Call, state: CallState, legs: list[Leg], listening: list[Supervision]) -> LiveCall:
    leg = _foremost(call, legs)
    agent = leg.agent if leg else call.agent
    since = leg.answered_at if leg and leg.answered_at else call.queued_at or call.started_at
    return LiveCall(call, state, agent, leg, since, tuple(listening))


def _talking_legs() -> "QuerySet[Leg]":
    rows: QuerySet[Leg] = Leg.objects.filter(
        agent__isnull=False, ended_at=None, answered_at__isnull=False
    )
    return rows.select_related("agent__user").order_by("answered_at", "pk")


def talking_leg(call: Call) -> Leg | None:
    """Return the leg of the call's agent, else of who talks in it last. 1 query."""
    return _foremost(call, list(_talking_legs().filter(call=call)))


def _foremost(call: Call, legs: list[Leg]) -> Leg | None:
    """Return the customer's agent before a colleague whom he consults."""
    own = [leg for leg in legs if leg.agent_id == call.agent_id]
    return next(reversed(own or legs), None)


def agent_legs(agent: Agent) -> "QuerySet[Leg]":
    """Return the live legs of an agent's phones, ringing ones too."""
    rows: QuerySet[Leg] = Leg.objects.filter(agent=agent, ended_at=None, call__ended_at=None)
    return rows.select_related("call").order_by("pk")


def outside_leg(call: Call) -> LegState | None:
    """Return the live channel of the call's party outside, None without one. 1 query."""
    found = customer_leg(call_states([call])[call.pk])
    return found if found is not None and found.is_live and found.kind != "agent" else None


def listening_now(now: datetime | None = None) -> "QuerySet[Supervision]":
    """Return who listens, or whose phone rings for it; who never came is left out."""
    since = (now or timezone.now()) - ASKED_FOR
    rows: QuerySet[Supervision] = Supervision.objects.filter(
        Q(state=ListenState.RUNNING) | Q(state=ListenState.ASKED, asked_at__gte=since),
        kind=Kind.LISTEN,
        ended_at=None,
        call__ended_at=None,
    )
    return rows.select_related("user", "agent", "call").order_by("pk")


def listening_of(user: User) -> Supervision | None:
    """Return where the person listens, None when he does not. 1 query."""
    return listening_now().filter(user=user).last()


def listeners_told_to(agent: Agent) -> list[Supervision]:
    """Return who listens to the agent and has said so. 1 query."""
    rows = listening_now().filter(agent=agent, state=ListenState.RUNNING)
    return [row for row in rows if row.announce != "silent"]


def supervisions_of_call(*, user: User, call: Call) -> list[Supervision]:
    """Return who came into a call, for supervisors; agents see nothing of it. At most 2 queries.

    Give only a call that `call_get_for` returned.
    """
    if not policy_of(user).may_anything:
        return []
    rows = Supervision.objects.filter(call=call).select_related("user", "agent__user")
    return list(rows.order_by("asked_at", "pk"))


def ringing_at_colleagues(agent: Agent) -> list[Leg]:
    """Return the legs that ring at colleagues and that the agent may pick up, one a call.

    Those of his pick-up groups, whatever call it is, then those of queues that he serves. A
    consultation is left out: who asks wants this colleague. At most 4 queries.
    """
    queues = [
        member.queue.asterisk_name
        for member in QueueMember.objects.filter(agent=agent, queue__is_active=True).select_related(
            "queue__tenant"
        )
    ]
    group = group_colleague_ids(agent)
    offered = Q(call__queue_name__in=queues, offered_at__isnull=False)
    consulting = Leg.objects.filter(
        call=OuterRef("call_id"), agent__isnull=False, answered_at__isnull=False, ended_at=None
    ).exclude(uniqueid=OuterRef("call__linkedid"))
    rows = (
        Leg.objects.filter(
            offered | Q(agent__in=group),
            call__ended_at=None,
            call__direction__in=(Direction.IN, Direction.INTERNAL),
            call__tenant_id=agent.tenant_id,
            agent__isnull=False,
            answered_at=None,
            ended_at=None,
        )
        .exclude(agent=agent)
        # The first channel is the caller's: an agent who calls does not ring.
        .exclude(uniqueid=F("call__linkedid"))
        .exclude(Exists(consulting))
        .select_related("call__customer", "agent__user")
        .order_by("started_at", "pk")[:MAX_LIVE]
    )
    found = list(_one_a_call(rows))
    found.sort(key=lambda leg: leg.agent_id not in group)
    return found


def _one_a_call(legs: Iterable[Leg]) -> list[Leg]:
    found: dict[int, Leg] = {}
    for leg in legs:
        found.setdefault(leg.call_id, leg)
    return list(found.values())
