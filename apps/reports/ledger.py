"""Read from the ledger what is rolled up: the whole of a company in a time, in its scope."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.accounts.models import Agent
from apps.acd.agent_times import agents_between
from apps.acd.models import Queue
from apps.calls.agent_calls import LONGEST_CALL, agent_calls
from apps.calls.models import Call, Leg, QueueVisit
from apps.reports.engine.rolling import CLOSED, CallRow, Ledger, Limits, VisitRow

TRUNK_CHANNELS = "PJSIP/trunk-"


def ledger_between(since: datetime, until: datetime) -> Ledger:
    """Return all that is counted in [since, until). 9 queries."""
    agents = list(Agent.objects.all())
    spans = agents_between(agents, since, until, now=until)
    return Ledger(
        visits=visits_between(since, until),
        limits={number: Limits(*limits) for number, limits in queue_limits_ms().items()},
        agent_calls=agent_calls(agents, since, until),
        spans={
            agent_id: [row for row in day.rows if not row.is_open]
            for agent_id, day in spans.items()
        },
        calls=calls_between(since, until),
    )


def queue_limits_ms() -> dict[str, tuple[int, int]]:
    """Return each queue's service level and short abandon by its number. 1 query."""
    return {
        number: (level_s * 1000, short_s * 1000)
        for number, level_s, short_s in Queue.objects.values_list(
            "number", "service_level_s", "short_abandon_s"
        )
    }


def visits_between(since: datetime, until: datetime) -> Iterable[VisitRow]:
    """Return the closed visits that began in [since, until). 1 query, over the calls' index."""
    rows = QueueVisit.objects.filter(
        Q(call__ended_at=None) | Q(call__ended_at__gte=since),
        call__started_at__gte=since - LONGEST_CALL,
        call__started_at__lt=until,
        joined_at__gte=since,
        joined_at__lt=until,
        how__in=CLOSED,
    )
    return [
        VisitRow(*row) for row in rows.values_list("queue_number", "joined_at", "how", "wait_ms")
    ]


def with_trunk(calls: "QuerySet[Call]") -> "QuerySet[Any]":
    """Add `trunk_channel`: the name of a call's first channel to a trunk, '' without."""
    legs = Leg.objects.filter(call=OuterRef("pk"), channel__startswith=TRUNK_CHANNELS)
    first = legs.order_by(F("started_at").asc(nulls_last=True), "pk").values("channel")[:1]
    return calls.annotate(trunk_channel=Coalesce(Subquery(first), Value("")))


def calls_between(since: datetime, until: datetime) -> Iterable[CallRow]:
    """Return the ended calls that began in [since, until). 1 query."""
    rows = with_trunk(Call.objects.filter(started_at__gte=since, started_at__lt=until))
    found = rows.exclude(ended_at=None).values_list(
        "started_at",
        "direction",
        "outcome",
        "dialled",
        "trunk_channel",
        "wait_ms",
        "talk_ms",
        "hold_ms",
        "disposition__disposition_id",
    )
    return [
        CallRow(at, direction, outcome, dialled, trunk, wait or 0, talk or 0, hold or 0, said)
        for at, direction, outcome, dialled, trunk, wait, talk, hold, said in found
    ]
