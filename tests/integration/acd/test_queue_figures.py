"""Figures of queues: what the database adds up is what the definitions say, whoever asks."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.models import Queue
from apps.acd.queue_figures import QueueFigures, queue_figures, queue_visits, total_of
from apps.acd.services import agent_pause, agent_sign_in
from apps.calls.engine.figures import ClosedVisit, Counts, counts_of
from apps.calls.models import QueueVisit
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import (
    AgentFactory,
    CallFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    UserFactory,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def queue(db: None) -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001", service_level_s=20, short_abandon_s=5)
    return found


def person(queue: Queue, role: str = Role.ADMIN, **fields: object) -> User:
    with all_tenants("test"):
        found: User = UserFactory(tenant=queue.tenant, role=role, **fields)
    return found


def visit(
    queue: Queue, how: str, wait_ms: int | None, at: datetime = NOON, is_live: bool = False
) -> QueueVisit:
    with all_tenants("test"):
        call = CallFactory(
            tenant=queue.tenant, started_at=at, ended_at=None if is_live else at + timedelta(1)
        )
        found: QueueVisit = QueueVisit.objects.create(
            tenant=queue.tenant,
            call=call,
            number=0,
            queue_name=queue.asterisk_name,
            queue_number=queue.number,
            joined_at=at,
            how=how,
            wait_ms=wait_ms,
        )
    return found


def figures(user: User, since: datetime = NOON, hours: float = 24) -> dict[str, QueueFigures]:
    with tenant_scope(user.tenant_id):
        found = queue_figures(user=user, since=since, until=since + timedelta(hours=hours))
    return {one.number: one for one in found}


@pytest.mark.parametrize("seed", range(5))
def test_the_database_adds_up_as_the_definitions_do(queue: Queue, seed: int) -> None:
    draw = random.Random(seed)
    made = [
        (
            draw.choice(["answered", "abandoned", "flowed_out", "waiting", "left"]),
            draw.choice([0, 4999, 5000, 5001, 19_999, 20_000, 20_001, 90_000]),
        )
        for _visit in range(draw.randint(0, 40))
    ]
    for how, wait_ms in made:
        visit(queue, how, wait_ms)
    closed = [
        ClosedVisit(how, wait_ms, level_ms=20_000, short_ms=5_000)
        for how, wait_ms in made
        if how not in ("waiting", "left")
    ]
    counts = figures(person(queue))["7001"].counts
    assert counts == counts_of(closed)
    assert counts.offered == counts.answered + counts.abandoned + counts.flowed_out


def test_rows_behind_each_figure_are_as_many(queue: Queue) -> None:
    for how in ("answered", "answered", "abandoned", "flowed_out", "waiting"):
        visit(queue, how, 1000)
    admin = person(queue)
    counts = figures(admin)["7001"].counts
    until = NOON + timedelta(hours=24)
    with tenant_scope(admin.tenant_id):
        for how, count in (
            ("", counts.offered),
            ("answered", counts.answered),
            ("abandoned", counts.abandoned),
            ("flowed_out", counts.flowed_out),
        ):
            rows = queue_visits(user=admin, number="7001", since=NOON, until=until, how=how)
            assert rows.count() == count


def test_intervals_that_meet_count_each_caller_once(queue: Queue) -> None:
    for minute in (0, 30, 59, 60, 61, 119):
        visit(queue, "answered", 1000, NOON + timedelta(minutes=minute))
    admin = person(queue)
    first, second = figures(admin, NOON, 1), figures(admin, NOON + timedelta(hours=1), 1)
    both = figures(admin, NOON, 2)
    assert (first["7001"].counts.offered, second["7001"].counts.offered) == (3, 3)
    assert first["7001"].counts + second["7001"].counts == both["7001"].counts


def test_no_calls_give_no_rate(queue: Queue) -> None:
    found = figures(person(queue))["7001"]
    assert found.counts == Counts()
    assert (found.rates.service_level, found.rates.asa_ms) == (None, None)
    assert total_of([]).rates.abandon_rate is None


def test_who_sees_which_queue(queue: Queue) -> None:
    with all_tenants("test"):
        agent = AgentFactory(tenant=queue.tenant)
        QueueMemberFactory(tenant=queue.tenant, queue=queue, agent=agent)
        other = QueueFactory(tenant=queue.tenant, number="7002")
        strange = QueueFactory(number="7001")
    lead = person(queue, Role.TEAM_LEAD)
    with all_tenants("test"):
        Queue.objects.filter(pk=other.pk).update(department=lead.department)
    visit(strange, "answered", 1000)
    assert set(figures(person(queue))) == {"7001", "7002"}
    assert set(figures(lead)) == {"7002"}
    assert set(figures(agent.user)) == {"7001"}
    assert figures(agent.user)["7001"].counts.offered == 0, "another company's"


def test_now_counts_who_waits_and_who_could_be_rung(queue: Queue) -> None:
    now = timezone.now()
    visit(queue, "waiting", None, now - timedelta(seconds=70), is_live=True)
    visit(queue, "waiting", None, now - timedelta(seconds=10), is_live=True)
    visit(queue, "waiting", None, now - timedelta(hours=1))  # its end was never heard
    with all_tenants("test"):
        agents = [AgentFactory(tenant=queue.tenant) for _agent in range(4)]
        for agent in agents:
            QueueMemberFactory(tenant=queue.tenant, queue=queue, agent=agent)
        for agent in agents[:3]:
            agent_sign_in(agent=agent)
        agent_pause(agent=agents[1], reason="short_break")
        LegFactory(
            tenant=queue.tenant,
            call=CallFactory(tenant=queue.tenant, ended_at=None),
            agent=agents[2],
            ended_at=None,
        )
    admin = person(queue)
    with tenant_scope(admin.tenant_id):
        (found,) = queue_figures(user=admin, since=NOON, until=now, now=now)
    assert (found.live.waiting, found.live.longest_s) == (2, 70)
    assert (found.live.signed_in, found.live.idle) == (3, 1)


def test_the_page_shows_the_figures_and_the_rows_behind_them(queue: Queue) -> None:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for how in ("answered", "answered", "abandoned"):
        visit(queue, how, 1000, today)
    client = Client(headers={"accept-language": "en"})
    client.force_login(person(queue))
    page = client.get("/queues/?period=today").content.decode()
    assert page.count('data-testid="queue-row"') == 1
    assert 'data-offered="3"' in page
    rows = client.get("/queues/visits/?period=today&queue=7001&how=answered").content.decode()
    assert rows.count('data-testid="visit-row"') == 2
    for period in ("", "x", "../..", "99999999"):
        assert client.get("/queues/", {"period": period}).status_code == 200
    assert client.get("/queues/visits/?how=burnt&queue=7001").status_code == 200
