"""Read from the ledger what is rolled up: the whole of a company in a time, in its scope."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least

from apps.accounts.models import Agent
from apps.acd.agent_times import agents_between
from apps.acd.queue_figures import queue_limits
from apps.calls.agent_calls import agent_calls, calls_near
from apps.calls.choices import LegKind
from apps.calls.models import Call, Leg, QueueVisit
from apps.reports.engine.rolling import CLOSED, BusyRow, CallRow, Ledger, Limits, RingRow, VisitRow

TRUNK_CHANNELS = "PJSIP/trunk-"
# Channels of a call that ends are gone within this, in any order.
AT_ONCE = timedelta(seconds=1)


def ledger_between(since: datetime, until: datetime) -> Ledger:
    """Return all that is counted in [since, until). 12 queries."""
    agents = list(Agent.objects.all())
    spans = agents_between(agents, since, until, now=until)
    return Ledger(
        visits=visits_between(since, until),
        limits={number: Limits(*limits) for number, limits in queue_limits_ms().items()},
        agent_calls=agent_calls(agents, since, until),
        transfers=transfers_between(since, until),
        spans={
            agent_id: [row for row in day.rows if not row.is_open]
            for agent_id, day in spans.items()
        },
        calls=calls_between(since, until),
        rings=rings_between(since, until),
        busy=busy_between(since, until),
    )


def queue_limits_ms() -> dict[str, tuple[int, int]]:
    """Return each queue's service level and short abandon by its number. 1 query."""
    return {
        number: (level_s * 1000, short_s * 1000)
        for number, (level_s, short_s) in queue_limits().items()
    }


def visits_between(since: datetime, until: datetime) -> Iterable[VisitRow]:
    """Return the closed visits that began in [since, until). 1 query, over the calls' index."""
    rows = QueueVisit.objects.filter(
        calls_near(since, until),
        joined_at__gte=since,
        joined_at__lt=until,
        how__in=CLOSED,
    )
    return [
        VisitRow(*row)
        for row in with_transfer(rows).values_list(
            "queue_number", "joined_at", "how", "wait_ms", "is_transferred"
        )
    ]


def with_transfer(visits: "QuerySet[QueueVisit]") -> "QuerySet[Any]":
    """Add `is_transferred`: answered, and another went on with the caller.

    Somebody else, rung after the agent had the caller, was still there a second after the last of
    the agent's channels was gone. A colleague who was only asked is gone before.
    """
    mine = Leg.objects.filter(
        call=OuterRef("call"), agent=OuterRef("agent"), answered_at__isnull=False
    )
    gone = mine.order_by().values("call").annotate(gone=Max("ended_at")).values("gone")
    another = Leg.objects.filter(
        call=OuterRef("call"),
        kind__in=(LegKind.AGENT, LegKind.EXTERNAL),
        answered_at__gt=OuterRef("left_at"),
        ended_at__gt=OuterRef("gone") + AT_ONCE,
    ).exclude(agent=OuterRef("agent"))
    return visits.annotate(gone=Subquery(gone)).annotate(
        is_transferred=Q(how="answered") & Exists(another)
    )


def transfers_between(
    since: datetime, until: datetime, calls: Collection[int] | None = None
) -> set[tuple[int, int]]:
    """Return (agent, call) of calls near this time that went on without the agent. 1 query.

    `calls`: only of these, by id; None is all.

    As `with_transfer` of a visit: somebody else answered after the agent did, and was there for
    longer than a second when the last of the agent's channels was gone.
    """
    legs = Leg.objects.filter(
        calls_near(since, until),
        kind__in=(LegKind.AGENT, LegKind.EXTERNAL),
        answered_at__isnull=False,
        ended_at__isnull=False,
    )
    if calls is not None:
        legs = legs.filter(call__in=calls)
    by_call: dict[int, list[tuple[int | None, datetime, datetime]]] = {}
    for call, agent, up, gone in legs.values_list("call_id", "agent_id", "answered_at", "ended_at"):
        assert up is not None  # noqa: S101 - asked for by it
        assert gone is not None  # noqa: S101
        by_call.setdefault(call, []).append((agent, up, gone))
    return {
        (agent, call)
        for call, rows in by_call.items()
        for agent in {one for one, _up, _gone in rows if one is not None}
        if _went_on(agent, rows)
    }


def _went_on(agent: int, rows: list[tuple[int | None, datetime, datetime]]) -> bool:
    since = min(up for one, up, _gone in rows if one == agent)
    until = max(gone for one, _up, gone in rows if one == agent)
    return any(one != agent and up > since and gone > until + AT_ONCE for one, up, gone in rows)


def rings_of_agents(since: datetime, until: datetime) -> "QuerySet[Leg]":
    """Return the rings at agents' phones that began in [since, until) and are over.

    Calls of colleagues among themselves count nowhere, as in the agents' calls.
    """
    rows: QuerySet[Leg] = Leg.objects.filter(
        calls_near(since, until),
        agent__isnull=False,
        offered_at__gte=since,
        offered_at__lt=until,
    )
    return rows.exclude(call__direction="internal").exclude(result="", ended_at=None)


def rings_between(since: datetime, until: datetime) -> dict[int, list[RingRow]]:
    """Return the rings of `rings_of_agents` by agent. 1 query."""
    rows = rings_of_agents(since, until)
    found: dict[int, list[RingRow]] = {}
    for agent_id, at, result in rows.values_list("agent_id", "offered_at", "result"):
        assert at is not None  # noqa: S101 - asked for by it
        found.setdefault(agent_id, []).append(RingRow(at, result))
    return found


def busy_between(since: datetime, until: datetime) -> list[BusyRow]:
    """Return for how long trunks' channels were taken in [since, until), cut to it. 1 query."""
    rows = legs_of_trunks(since, until)
    return [
        BusyRow(*row) for row in rows.values_list("channel", "call__direction", "since", "until")
    ]


def legs_of_trunks(since: datetime, until: datetime) -> "QuerySet[Any]":
    """Return the legs that took trunks' channels in [since, until): from `since` to `until` of it.

    Ended legs, of calls that began a day before at most.
    """
    found: QuerySet[Any] = (
        Leg.objects.filter(
            calls_near(since, until),
            channel__startswith=TRUNK_CHANNELS,
            started_at__lt=until,
            ended_at__gt=since,
        )
        .annotate(since=Greatest(F("started_at"), Value(since)))
        .annotate(until=Least(F("ended_at"), Value(until)))
    )
    return found


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
        "caller_lookup",
        "caller_region",
    )
    return [
        CallRow(at, way, outcome, did, trunk, wait or 0, talk or 0, hold or 0, said, caller, place)
        for at, way, outcome, did, trunk, wait, talk, hold, said, caller, place in found
    ]
