"""What agents are now and did on a day, and who may see it; idle counts from what they do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Agent, User
from apps.acd.agent_times import (
    agent_day,
    agent_days,
    agent_get_for,
    agent_need_steer,
    agent_now,
    agents_for,
)
from apps.acd.engine.agent_state import PAUSED, READY, SIGNED_OUT, TALKING, UNREACHABLE, Live
from apps.acd.engine.occupancy import times_of
from apps.acd.engine.spans import Span
from apps.acd.models import Queue
from apps.acd.queue_figures import queue_figures
from apps.acd.selectors import queue_live
from apps.acd.services import agent_pause, agent_sign_in
from apps.acd.state_spans import Beat, spans_apply
from apps.core.errors import ForbiddenError, NotFoundError
from apps.core.tenancy import all_tenants, tenant_scope
from tests.factories import (
    AgentFactory,
    DepartmentFactory,
    LegFactory,
    QueueFactory,
    QueueMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# 2026-11-24 in Shanghai begins at 16:00 UTC of the 23rd.
MIDNIGHT = datetime(2026, 11, 23, 16, tzinfo=UTC)
DAY = date(2026, 11, 24)


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def span(
    agent: Agent, start: float, end: float | None, state: str, *, is_uncertain: bool = False
) -> Span:
    end_at = None if end is None else at(end)
    return Span(
        agent.sip_username, at(start), Live(state), ended_at=end_at, is_uncertain=is_uncertain
    )


def beat(seconds: float, *, is_seeing: bool = True) -> Beat:
    return Beat("n", at(seconds), is_seeing=is_seeing)


@pytest.fixture
def queue(db: None) -> Queue:
    with all_tenants("test"):
        found: Queue = QueueFactory(number="7001")
    return found


@pytest.fixture
def member(queue: Queue) -> Callable[..., Agent]:
    def make(**fields: object) -> Agent:
        with all_tenants("test"):
            found: Agent = QueueMemberFactory(tenant=queue.tenant, queue=queue, **fields).agent
        return found

    return make


def test_a_day_is_cut_at_the_companys_midnight_and_rows_add_up(
    member: Callable[..., Agent],
) -> None:
    agent = member()
    spans_apply(
        [
            span(agent, -100, 50, READY),
            span(agent, 50, 80, TALKING),
            span(agent, 80, 90, TALKING, is_uncertain=True),
            span(agent, 86_390, 86_500, PAUSED),
        ],
        None,
    )
    with tenant_scope(agent.tenant_id):
        day = agent_day(agent, DAY)
    assert [(row.state, row.ms) for row in day.rows] == [
        (READY, 50_000),
        (TALKING, 30_000),
        (TALKING, 10_000),
        (PAUSED, 10_000),
    ]
    assert sum(row.ms for row in day.rows) == day.times.signed_in_ms == 100_000
    assert times_of(day.rows) == day.times
    assert (day.times.ms(TALKING), day.times.unseen_ms) == (30_000, 10_000)
    assert day.times.occupancy == 30 / 80


def test_an_open_talk_counts_up_to_now_or_to_the_last_beat_of_a_dead_distributor(
    member: Callable[..., Agent],
) -> None:
    agent = member()
    spans_apply([span(agent, 0, None, TALKING)], beat(60))
    with tenant_scope(agent.tenant_id):
        assert agent_day(agent, DAY, now=at(62)).times.ms(TALKING) == 62_000
        assert agent_day(agent, DAY, now=at(7200)).times.ms(TALKING) == 60_000
        assert agent_days([], DAY) == {}


def test_each_sees_himself_the_lead_his_department_the_admin_all(
    queue: Queue, member: Callable[..., Agent]
) -> None:
    with all_tenants("test"):
        sales = DepartmentFactory(tenant=queue.tenant)
        mine, other = member(), member()
        mine.user.department = sales
        mine.user.save()
        lead: User = UserFactory(tenant=queue.tenant, role=Role.TEAM_LEAD, department=sales)
        admin: User = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
        inspector: User = UserFactory(tenant=queue.tenant, role=Role.INSPECTOR)
        stranger = AgentFactory()
    with tenant_scope(queue.tenant_id):
        assert list(agents_for(mine.user)) == [mine]
        assert list(agents_for(lead)) == [mine]
        assert set(agents_for(admin)) == {mine, other}
        for number in (other.number, stranger.number):
            with pytest.raises(NotFoundError):
                agent_get_for(user=lead, number=number)
        agent_need_steer(user=lead, agent=mine)
        agent_need_steer(user=mine.user, agent=mine)
        with pytest.raises(ForbiddenError):
            agent_need_steer(user=inspector, agent=mine)
        assert agent_get_for(user=inspector, number=mine.number) == mine


def test_now_is_what_the_distributor_sees_else_the_wish_else_signed_out(
    queue: Queue, member: Callable[..., Agent]
) -> None:
    seen, unseen, out = (member(agent__number=number) for number in ("1", "2", "3"))
    now = timezone.now()
    with tenant_scope(queue.tenant_id):
        agent_sign_in(agent=seen)
        agent_sign_in(agent=unseen)
        agent_pause(agent=unseen, reason="meal")
        talk = Span(seen.sip_username, now, Live(TALKING, queue=queue.asterisk_name))
        spans_apply([talk], Beat("n", now, is_seeing=True))
        with all_tenants("test"):
            admin: User = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
        found = agent_now(admin)
        assert [(one.agent, one.state, one.is_seen) for one in found] == [
            (seen, TALKING, True),
            (unseen, PAUSED, False),
            (out, SIGNED_OUT, False),
        ]
        assert (found[0].queue_number, found[1].reason) == ("7001", "meal")
        later = agent_now(admin, now=now + timedelta(minutes=1))
        assert [one.state for one in later] == [READY, PAUSED, SIGNED_OUT]


def test_idle_is_who_the_distributor_says_is_ready_else_who_wishes_and_has_no_leg(
    queue: Queue, member: Callable[..., Agent]
) -> None:
    gone, talks, free = (member() for _ in range(3))
    now = timezone.now()
    with tenant_scope(queue.tenant_id):
        for agent in (gone, talks, free):
            agent_sign_in(agent=agent)
        with all_tenants("test"):
            LegFactory(tenant=queue.tenant, agent=talks, call__ended_at=None, ended_at=None)
            admin: User = UserFactory(tenant=queue.tenant, role=Role.ADMIN)
        live = queue_live("7001")
        assert live is not None
        assert live.idle == 2
        states = ((gone, UNREACHABLE), (talks, TALKING), (free, READY))
        spans_apply(
            [Span(agent.sip_username, now, Live(state)) for agent, state in states],
            Beat("n", now, is_seeing=True),
        )
        live = queue_live("7001")
        assert live is not None
        assert live.idle == 1
        [figures] = queue_figures(user=admin, since=now, until=now)
        assert (figures.live.signed_in, figures.live.idle) == (3, 1)
        spans_apply([], Beat("n", None, is_seeing=False))
        live = queue_live("7001")
        assert live is not None
        assert live.idle == 2
