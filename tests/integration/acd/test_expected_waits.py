"""The expected wait from the ledger's rows: what is counted, and for which company."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.acd.engine.estimate import HANDLE_S, Pace, Staff, expected_wait_s
from apps.acd.expected_waits import expected_waits
from apps.acd.models import Queue
from apps.acd.services import agent_pause, agent_sign_in
from apps.calls.models import QueueVisit
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import AgentFactory, CallFactory, LegFactory, QueueFactory, QueueMemberFactory

NOW = timezone.now()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.fixture
def queue(db: None) -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001", wrap_up_s=20)
    return found


def agents(queue: Queue, count: int, *, paused: int = 0) -> None:
    with all_tenants("test"):
        for number in range(count):
            agent = AgentFactory(tenant=queue.tenant)
            QueueMemberFactory(tenant=queue.tenant, queue=queue, agent=agent)
            agent_sign_in(agent=agent)
            if number < paused:
                agent_pause(agent=agent, reason="break")


def stay(
    queue: Queue,
    joined_s: float,
    *,
    how: str = "waiting",
    left_s: float | None = None,
    offered_s: float | None = None,
    talk_ms: int | None = None,
) -> None:
    """Write a stay that began so many seconds ago."""
    with all_tenants("test"):
        call = CallFactory(
            tenant=queue.tenant,
            started_at=ago(joined_s + 5),
            ended_at=None if left_s is None else NOW,
            talk_ms=talk_ms,
        )
        if offered_s is not None:
            LegFactory(tenant=queue.tenant, call=call, offered_at=ago(offered_s), ended_at=NOW)
        QueueVisit.objects.create(
            tenant=queue.tenant,
            call=call,
            number=0,
            queue_name=queue.asterisk_name,
            queue_number=queue.number,
            joined_at=ago(joined_s),
            left_at=None if left_s is None else ago(left_s),
            how=how,
        )


def expected(queue: Queue) -> float | None:
    with tenant_scope(queue.tenant_id):
        return expected_waits([queue], NOW)[queue.number]


def test_nobody_signed_in_or_all_paused_is_unknown(queue: Queue) -> None:
    assert expected(queue) is None
    agents(queue, 2, paused=2)
    assert expected(queue) is None


def test_an_idle_agent_is_no_wait(queue: Queue) -> None:
    agents(queue, 2, paused=1)
    assert expected(queue) == 0
    stay(queue, 10)
    assert expected(queue) == pytest.approx(HANDLE_S, rel=0.05)


def test_it_is_the_engines_word_on_these_rows(queue: Queue) -> None:
    agents(queue, 2)
    stay(queue, 600, how="answered", offered_s=500, left_s=495, talk_ms=100_000)
    stay(queue, 480, how="abandoned", left_s=400)
    stay(queue, 300, how="answered", offered_s=300, left_s=296, talk_ms=60_000)
    stay(queue, 5000, how="answered", offered_s=4990, left_s=4980, talk_ms=20_000)
    for joined_s in (60, 40, 20):
        stay(queue, joined_s)
    pace = Pace(
        answered=1,
        agent_s=(100 + 80 + 60) * 2,
        gave_up=1,
        waited_s=105 + 80 + 4 + 60 + 40 + 20,
        handle_s=60 + 20,
    )
    assert expected(queue) == pytest.approx(expected_wait_s(4, pace, Staff(2, 2)))


def test_another_companys_callers_of_the_same_number_do_not_count(queue: Queue) -> None:
    agents(queue, 1)
    with all_tenants("test"):
        other: Queue = QueueFactory(number="7001")
    for joined_s in (60, 40, 20):
        stay(other, joined_s)
    assert expected(queue) == 0
    assert expected(other) is None


@pytest.mark.usefixtures("db")
def test_the_number_of_queries_does_not_grow(
    queue: Queue, django_assert_num_queries: object
) -> None:
    with all_tenants("test"):
        more = [QueueFactory(tenant=queue.tenant, number=f"71{n:02}") for n in range(5)]
    agents(queue, 3)
    with tenant_scope(queue.tenant_id), django_assert_num_queries(4):  # type: ignore[operator]
        expected_waits([queue, *more], NOW)
