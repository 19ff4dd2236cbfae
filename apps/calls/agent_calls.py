"""Calls of agents in a time, each with the figures in which it counts (docs/figures.md)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from apps.accounts.models import Agent
from apps.calls.engine.figures import AgentCall, AgentLeg, agent_call
from apps.calls.models import Leg

# A call may have begun so long before it rang at the agent; a longer one is kept in no queue.
LONGEST_CALL = timedelta(days=1)


def agent_calls(
    agents: Iterable[Agent], since: datetime, until: datetime
) -> Mapping[int, list[AgentCall]]:
    """Return each agent's calls that began for him in [since, until), by his id. 1 query.

    The agents' tier is the caller's to look at: this returns what it is asked for.
    """
    found: dict[int, list[AgentCall]] = {agent.pk: [] for agent in agents}
    rows = (
        Leg.objects.filter(
            # What was over before has no leg in it: of the calls of a day few are left to read.
            Q(call__ended_at=None) | Q(call__ended_at__gte=since),
            agent__in=list(found),
            call__started_at__gte=since - LONGEST_CALL,
            call__started_at__lt=until,
        )
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
