"""What a refresh of the board asks of the database: how often, and that it reads no history."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.acd.agent_times import wishes_now
from apps.acd.engine.estimate import Staff
from apps.acd.expected_waits import staff_now
from apps.acd.models import AgentSession, AgentStateSpan, DistributorBeat, Queue
from apps.acd.services import agent_sign_in
from apps.calls.models import Call, Leg, QueueVisit
from apps.core.tenancy import tenant_scope
from apps.live_board.people import members, people, serving_of
from apps.live_board.selectors import board_now
from apps.tenants.models import Tenant
from tests.factories import (
    AgentFactory,
    CallFactory,
    DidFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
)

pytestmark = pytest.mark.django_db
LEDGER = {model._meta.db_table for model in (Call, Leg, QueueVisit, AgentStateSpan, AgentSession)}
OLD = 3_000
SCANS = "ANALYZE, FORMAT JSON"


@pytest.fixture
def tenant() -> Any:
    found = QueueFactory().tenant
    with tenant_scope(found.pk):
        yield found


def history(member: Any, now: datetime, many: int) -> None:
    """Write calls, legs, stays, states and sessions of the days before, all over."""
    common = {"tenant": member.tenant}
    model: Any = CallFactory(tenant=member.tenant, started_at=now - timedelta(days=40))
    copied = {
        field.attname: getattr(model, field.attname)
        for field in Call._meta.concrete_fields
        if not field.primary_key and field.attname not in ("linkedid", "started_at", "ended_at")
    }
    begun = [now - timedelta(days=2, minutes=10 * n) for n in range(many)]
    length = timedelta(minutes=3)
    calls = Call.objects.bulk_create(
        Call(**copied, linkedid=f"old.{n}", started_at=at, ended_at=at + length)
        for n, at in enumerate(begun)
    )
    Leg.objects.bulk_create(
        Leg(
            **common, call=call, uniqueid=call.linkedid, kind="agent", agent=member.agent,
            started_at=at, offered_at=at, answered_at=at, ended_at=at + length,
        )
        for call, at in zip(calls, begun, strict=True)
    )  # fmt: skip
    QueueVisit.objects.bulk_create(
        QueueVisit(
            **common, call=call, number=0, queue_name="q", queue_number=member.queue.number,
            joined_at=at, left_at=at + length, how="answered", wait_ms=9_000, agent=member.agent,
        )
        for call, at in zip(calls, begun, strict=True)
    )  # fmt: skip
    AgentStateSpan.objects.bulk_create(
        AgentStateSpan(
            **common, agent=member.agent, state="talking", source="test",
            started_at=at, ended_at=at + length,
        )
        for at in begun
    )  # fmt: skip
    AgentSession.objects.bulk_create(
        AgentSession(
            **common, agent=member.agent, phone_kind="web",
            state_since=at, signed_in_at=at, signed_out_at=at + length,
        )
        for at in begun
    )  # fmt: skip


def plans_of_a_refresh(tenant: Tenant, now: datetime) -> list[dict[str, Any]]:
    """Compute a board; return how the database did each of its statements."""
    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        board_now(tenant, now=now, talks={})
    found = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN ({SCANS}) {sql}", params)
            (plan,) = cursor.fetchone()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            found.append(plan[0]["Plan"])
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a plan's steps."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def rows_looked_at(plans: list[dict[str, Any]]) -> int:
    """Return how many of the ledger's rows were looked at, also those that were then left out."""
    return sum(
        node["Actual Loops"]
        * (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        for plan in plans
        for node in nodes(plan)
        if node.get("Relation Name") in LEDGER
    )


@pytest.fixture
def busy(tenant: Tenant) -> datetime:
    """Make a company with a long history and a caller who waits; return the time of now."""
    now = timezone.now()
    members = [QueueMemberFactory(tenant=tenant) for _ in range(3)]
    DidFactory(tenant=tenant)
    # A distributor lives, so that its states are read.
    DistributorBeat.objects.create(node="pbx1", seen_at=now)
    for member in members:
        agent_sign_in(agent=member.agent)
    call = CallFactory(
        tenant=tenant,
        queue_number=members[0].queue.number,
        status="queued",
        outcome="",
        started_at=now - timedelta(seconds=60),
        ended_at=None,
    )
    QueueVisit.objects.create(
        tenant=tenant,
        call=call,
        number=0,
        queue_name=members[0].queue.asterisk_name,
        queue_number=members[0].queue.number,
        joined_at=now - timedelta(seconds=50),
        how="waiting",
    )
    history(members[0], now, OLD)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # So small a table is else read whole: it is asked which index serves.
        cursor.execute("SET LOCAL enable_seqscan = off")
    return now


def test_a_refresh_reads_nothing_of_the_days_before(tenant: Tenant, busy: datetime) -> None:
    looked_at = rows_looked_at(plans_of_a_refresh(tenant, busy))
    assert 0 < looked_at < OLD / 10


def test_no_statement_asks_a_sub_query_of_each_row(tenant: Tenant, busy: datetime) -> None:
    relations = [
        node.get("Parent Relationship")
        for plan in plans_of_a_refresh(tenant, busy)
        for node in nodes(plan)
    ]
    assert "SubPlan" not in relations


def test_a_refresh_asks_as_often_whatever_the_company_has(
    tenant: Tenant, busy: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        member = QueueMemberFactory(tenant=tenant)
        agent_sign_in(agent=member.agent)
        AgentFactory(tenant=tenant)
    # As the pump asks: the mean talks are read once a minute.
    with django_assert_num_queries(16):
        board_now(tenant, now=busy, talks={})


def test_people_are_named_and_phoned_as_everywhere(tenant: Tenant) -> None:
    made = [
        AgentFactory(tenant=tenant, user__first_name="", user__username="li.na"),
        AgentFactory(tenant=tenant, user__first_name="李娜"),
    ]
    found = {one.pk: one for one in people()}
    for agent in made:
        person = found[agent.pk]
        assert person.name == agent.user.display_name
        assert person.endpoints == (agent.endpoint_desk, agent.endpoint_web)


def test_who_serves_a_queue_is_as_the_distributor_reads_it(tenant: Tenant, busy: datetime) -> None:
    queue = QueueFactory(tenant=tenant)
    talking, ready, away, gone = (
        QueueMemberFactory(tenant=tenant, queue=queue).agent for _ in range(4)
    )
    for agent in (talking, ready, away, gone):
        agent_sign_in(agent=agent)
    AgentSession.objects.filter(agent=away).update(state="paused")
    gone.user.is_active = False
    gone.user.save()
    call = CallFactory(tenant=tenant, started_at=busy, ended_at=None, outcome="")
    LegFactory(tenant=tenant, call=call, agent=talking, answered_at=busy, ended_at=None)
    serving = serving_of(people(), wishes_now(), members(), {talking.pk: call.pk})
    assert serving[queue.number] == Staff(2, 1)
    assert serving == staff_now(Queue.objects.all())
