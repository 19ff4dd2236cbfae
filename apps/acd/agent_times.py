"""What agents do now and did on a day, for people: who may see whom, states, times.

The rows are the distributor's (`AgentStateSpan`); `engine.occupancy` says what their sums mean.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.accounts.scope import restrict
from apps.acd.engine.agent_state import SIGNED_OUT
from apps.acd.engine.occupancy import Row, Times, cut, times_of
from apps.acd.engine.spans import whole_ms
from apps.acd.models import AgentSession, AgentStateSpan, DistributorBeat
from apps.acd.selectors import distributor_seen_at
from apps.core.errors import ForbiddenError, NotFoundError

MAY_STEER = frozenset({Role.TEAM_LEAD, Role.ADMIN})


@dataclass(frozen=True)
class AgentNow:
    """What an agent is now. `is_seen`: Asterisk says so; else it is only his wish."""

    agent: Agent
    state: str
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    queue_number: str = ""
    is_seen: bool = False


@dataclass(frozen=True)
class AgentDay:
    """One agent's day so far; `rows` add up to `times`."""

    agent: Agent
    times: Times
    rows: tuple[Row, ...]


def agents_for(user: User) -> "QuerySet[Agent]":
    """Return the agents that the person may see: himself, of his departments, or all."""
    rows: QuerySet[Agent] = Agent.objects.filter(is_active=True, user__is_active=True)
    return (
        restrict(rows, user=user, own=Q(user=user), department_paths=("user__department",))
        .select_related("user__department", "tenant")
        .order_by("number", "pk")
    )


def agent_get_for(*, user: User, number: str) -> Agent:
    """Return an agent that the person may see. Raises NotFoundError. 1 query."""
    # PostgreSQL takes no NUL, not even to look for.
    is_number = number.isascii() and number.isdigit()
    agent = agents_for(user).filter(number=number).first() if is_number else None
    if agent is None:
        raise NotFoundError(number)
    return agent


def agent_need_steer(*, user: User, agent: Agent) -> None:
    """Raise ForbiddenError unless it is the person himself, or he leads whom he may see."""
    if agent.user_id != user.pk and user.role not in MAY_STEER:
        raise ForbiddenError(user.username)


def agent_now(user: User, *, now: datetime | None = None) -> list[AgentNow]:
    """Return what each agent whom the person may see is now, by number. At most 5 queries."""
    return agents_now(list(agents_for(user)), now=now or timezone.now())


def agents_now(agents: list[Agent], *, now: datetime) -> list[AgentNow]:
    """Return what each of these agents is now, in their order. At most 3 queries."""
    ids = [agent.pk for agent in agents]
    states = states_now(wishes_now(ids), now, ids)
    return [AgentNow(agent, *states.get(agent.pk, OUT)) for agent in agents]


class StateNow(NamedTuple):
    """An agent's state as in `AgentNow`: a board has many each second, and no need of the rest."""

    state: str
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    queue_number: str = ""
    is_seen: bool = False


OUT = StateNow(SIGNED_OUT)


def wishes_now(agent_ids: Collection[int] | None = None) -> dict[int, StateNow]:
    """Return what each of these agents (None: all in scope) who is signed in wishes, by his id.

    1 query, over open sessions: also without `agent_ids` nothing of the past is read.
    """
    rows = AgentSession.objects.filter(signed_out_at=None)
    rows = rows if agent_ids is None else rows.filter(agent__in=agent_ids)
    return {
        agent_id: StateNow(state, reason, since)
        for agent_id, state, reason, since in rows.values_list(
            "agent_id", "state", "pause_reason", "state_since"
        )
    }


def states_now(
    wishes: Mapping[int, StateNow], now: datetime, agent_ids: Collection[int] | None = None
) -> dict[int, StateNow]:
    """Return the state of each who is in `wishes`; who is not there is `OUT`. At most 2 queries."""
    if distributor_seen_at(now) is None:
        return dict(wishes)
    rows = AgentStateSpan.objects.filter(ended_at=None, is_uncertain=False)
    rows = rows if agent_ids is None else rows.filter(agent__in=agent_ids)
    seen = {
        agent_id: StateNow(state, reason, since, until, number, True)
        for agent_id, state, reason, since, until, number in rows.values_list(
            "agent_id", "state", "reason", "started_at", "until_at", "queue_number"
        )
    }
    return {agent_id: seen.get(agent_id, wish) for agent_id, wish in wishes.items()}


def day_of(agent_or_user: Agent | User, day: date) -> tuple[datetime, datetime]:
    """Return a day's beginning and end in the company's time zone."""
    tenant = agent_or_user.tenant
    zone = ZoneInfo(tenant.timezone if tenant else "UTC")
    # The calendar's last day has no next one.
    day = min(day, date.max - timedelta(days=1))
    start = datetime.combine(day, time.min, zone)
    return start, datetime.combine(day + timedelta(days=1), time.min, zone)


def today_of(agent_or_user: Agent | User, now: datetime | None = None) -> date:
    """Return the company's date of now."""
    tenant = agent_or_user.tenant
    zone = ZoneInfo(tenant.timezone if tenant else "UTC")
    return (now or timezone.now()).astimezone(zone).date()


def agent_day(agent: Agent, day: date, *, now: datetime | None = None) -> AgentDay:
    """Return an agent's times of a day and the rows behind them. At most 4 queries."""
    return agent_days([agent], day, now=now)[agent.pk]


def agent_days(
    agents: Iterable[Agent], day: date, *, now: datetime | None = None
) -> Mapping[int, AgentDay]:
    """Return the day of each agent (of one company), by his id. At most 4 queries.

    An open span counts up to now, and up to its distributor's last beat when that is dead.
    """
    everybody = list(agents)
    if not everybody:
        return {}
    return agents_between(everybody, *day_of(everybody[0], day), now=now)


def agents_between(
    agents: Iterable[Agent], since: datetime, until: datetime, *, now: datetime | None = None
) -> Mapping[int, AgentDay]:
    """Return what each agent did in [since, until), by his id. At most 4 queries.

    Open spans count as in `agent_days`.
    """
    everybody = list(agents)
    now = now or timezone.now()
    open_until = whole_ms(_open_until(now))
    rows: dict[int, list[Row]] = {agent.pk: [] for agent in everybody}
    # Plain rows: of a day of 500 agents there are 50,000.
    names = ("state", "started_at", "ended_at", "reason", "queue_number", "linkedid")
    spans: Any = _spans_of(everybody, since, until)
    for agent_id, is_uncertain, state, began, ended, reason, number, call in spans.values_list(
        "agent_id", "is_uncertain", *names
    ):
        row = Row(
            state=state,
            started_at=began,
            ended_at=ended or max(open_until, began),
            reason=reason,
            queue_number=number,
            linkedid=call,
            is_uncertain=is_uncertain,
            is_open=ended is None,
        )
        part = cut(row, since, until)
        if part is not None:
            rows[agent_id].append(part)
    return {
        agent.pk: AgentDay(agent, times_of(rows[agent.pk]), tuple(rows[agent.pk]))
        for agent in everybody
    }


def open_rows(
    agent_ids: Iterable[int], since: datetime, until: datetime, *, now: datetime
) -> dict[int, Row]:
    """Return the part in [since, until) of each agent's state that still lasts. 2 to 3 queries.

    For who has the ended ones already; open spans count as in `agent_days`.
    """
    open_until = whole_ms(_open_until(now))
    found = {}
    for span in AgentStateSpan.objects.filter(agent__in=list(agent_ids), ended_at=None):
        row = Row(
            state=span.state,
            started_at=span.started_at,
            ended_at=max(open_until, span.started_at),
            reason=span.reason,
            queue_number=span.queue_number,
            linkedid=span.linkedid,
            is_uncertain=span.is_uncertain,
            is_open=True,
        )
        part = cut(row, since, until)
        if part is not None:
            found[span.agent_id] = part
    return found


def _spans_of(agents: list[Agent], since: datetime, until: datetime) -> "QuerySet[AgentStateSpan]":
    """Return the spans that may be in an interval, by their beginning. 2 queries.

    Those that began in it, and of each agent the last before: by index, whatever is kept of years.
    """
    before = AgentStateSpan.objects.filter(agent=OuterRef("pk"), started_at__lt=since)
    last = Agent.objects.filter(pk__in=[agent.pk for agent in agents]).annotate(
        span=Subquery(before.order_by("-started_at").values("pk")[:1])
    )
    ids = [pk for pk in last.values_list("span", flat=True) if pk is not None]
    began = Q(agent__in=agents, started_at__gte=since, started_at__lt=until)
    rows: QuerySet[AgentStateSpan] = AgentStateSpan.objects.filter(began | Q(pk__in=ids))
    return rows.order_by("started_at", "pk")


def _open_until(now: datetime) -> datetime:
    """Return up to when open spans count: a distributor that is silent sees nobody talk."""
    if distributor_seen_at(now) is not None:
        return now
    last = DistributorBeat.objects.aggregate(last=Max("seen_at"))["last"]
    return min(last, now) if last is not None else now
