"""Calls of agents in a time, each with the figures in which it counts (docs/figures.md)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from apps.accounts.models import Agent
from apps.calls.engine.figures import AgentCall, AgentLeg, agent_call
from apps.calls.models import Leg
from apps.core.tenancy import current_tenant_id

# A call may have begun so long before it rang at the agent; a longer one is kept in no queue.
LONGEST_CALL = timedelta(days=1)


def calls_near(since: datetime, until: datetime) -> Q:
    """Return the condition on rows of a call that it was there in [since, until).

    What was over before has nothing in it: of the calls of a day few are left to read.
    """
    found = Q(call__ended_at=None) | Q(call__ended_at__gte=since)
    return found & calls_began(since - LONGEST_CALL, until)


def calls_began(since: datetime, until: datetime) -> Q:
    """Return the condition on rows of a call that it began in [since, until).

    The company is named beside its rows' own policy, which no index can be asked with: without it
    the times are looked for in an index that begins with a number, all of it, of all years.
    """
    found = Q(call__started_at__gte=since, call__started_at__lt=until)
    tenant_id = current_tenant_id()
    return found if tenant_id is None else found & Q(call__tenant=tenant_id)


def agent_calls(
    agents: Iterable[Agent], since: datetime, until: datetime
) -> Mapping[int, list[AgentCall]]:
    """Return each agent's calls that began for him in [since, until), by his id. 1 query.

    The agents' tier is the caller's to look at: this returns what it is asked for.
    """
    found: dict[int, list[AgentCall]] = {agent.pk: [] for agent in agents}
    rows = (
        Leg.objects.filter(calls_near(since, until), agent__in=list(found))
        .annotate(at=Coalesce("offered_at", "started_at", "call__started_at"))
        .annotate(
            direction=F("call__direction"),
            linkedid=F("call__linkedid"),
            is_call_back=F("call__is_call_back"),
            answered=F("call__answered_at"),
            ended=F("call__ended_at"),
        )
        .values_list(
            "agent_id",
            "call_id",
            "at",
            "direction",
            "uniqueid",
            "linkedid",
            "is_call_back",
            "ended_at",
            "result",
            "answered",
            "ended",
        )
    )
    legs: dict[tuple[int, int], list[AgentLeg]] = {}
    for agent_id, call_id, at, direction, uniqueid, linkedid, again, over, result, up, down in rows:
        legs.setdefault((agent_id, call_id), []).append(
            AgentLeg(
                call_id=call_id,
                at=at,
                direction=direction,
                is_first=uniqueid == linkedid,
                is_call_back=again,
                # Whether a call that goes on is taken by another, nobody knows yet.
                is_live=down is None and (over is None or result == ""),
                result=result,
                is_call_answered=up is not None,
            )
        )
    for (agent_id, _call), mine in legs.items():
        call = agent_call(mine)
        if call is not None and since <= call.at < until:
            found[agent_id].append(call)
    return found
