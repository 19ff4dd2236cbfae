"""What the distributor's board takes from the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.choices import PhoneKind
from apps.acd.engine.floor import LONGEST_IDLE, WEIGHTED, Membership, Need
from apps.acd.floor_rows import Shift, floor_rows, shifts
from apps.acd.models import AgentSkill, QueueMember, QueueSkill, Skill
from apps.acd.services import agent_pause, agent_sign_in, agent_sign_out
from apps.core.tenancy import tenant_scope
from tests.factories import LegFactory, QueueFactory, QueueMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> QueueMember:
    found: QueueMember = QueueMemberFactory(
        penalty=2, weight=5, agent__number="1007", queue__wrap_up_s=15, queue__strategy="wrandom"
    )
    with tenant_scope(found.tenant_id):
        agent_sign_in(agent=found.agent, phone=PhoneKind.WEB)
    return found


def test_a_signed_in_agent_with_queues_skills_and_phones(member: QueueMember) -> None:
    with tenant_scope(member.tenant_id):
        english = Skill.objects.create(tenant_id=member.tenant_id, name="english")
        AgentSkill.objects.create(
            tenant_id=member.tenant_id, skill=english, agent=member.agent, level=70
        )
        for after_s, level in ((0, 60), (30, 20)):
            QueueSkill.objects.create(
                tenant_id=member.tenant_id,
                queue=member.queue,
                skill=english,
                after_s=after_s,
                level=level,
            )
    rows = floor_rows()
    agent, queue = rows.agents[0], rows.queues[0]
    assert agent.id == "a1007"
    assert agent.phone == "a1007-web"
    assert agent.endpoints == ("a1007", "a1007-web", "a1007-pstn")
    name = f"{member.tenant.slug}-{member.queue.number}"
    assert agent.queues == {name: Membership(level=2, order=1007, weight=5)}
    assert agent.skills == {"english": 70}
    assert (queue.id, queue.strategy, queue.wrap_up_s) == (name, WEIGHTED, 15)
    assert queue.needs == (Need("english", ((0.0, 60), (30.0, 20))),)


def test_a_wish_is_read_and_who_signs_out_is_gone(member: QueueMember) -> None:
    with tenant_scope(member.tenant_id):
        agent_pause(agent=member.agent, reason="lunch")
        assert floor_rows().agents[0].is_paused
        agent_sign_out(agent=member.agent)
    assert floor_rows().agents == ()


def test_every_company_s_agents_are_read_and_inactive_queues_are_not() -> None:
    for active in (True, True, False):
        found = QueueMemberFactory(queue__is_active=True)
        with tenant_scope(found.tenant_id):
            agent_sign_in(agent=found.agent)
            found.queue.is_active = active
            found.queue.save()
    rows = floor_rows()
    assert len(rows.agents) == 3
    assert len(rows.queues) == 2
    assert sorted(len(agent.queues) for agent in rows.agents) == [0, 1, 1]


def test_the_number_of_queries_does_not_grow(
    django_assert_num_queries: Any, member: QueueMember
) -> None:
    QueueFactory.create_batch(3)
    with django_assert_num_queries(6):
        assert rows_strategy() == {LONGEST_IDLE, WEIGHTED}


def rows_strategy() -> set[str]:
    return {queue.strategy for queue in floor_rows().queues}


def test_a_shift_counts_from_its_own_sign_in(member: QueueMember) -> None:
    now = timezone.now()
    for minutes in (-90, 1, 2):
        LegFactory(
            tenant=member.tenant,
            agent=member.agent,
            result="connected",
            answered_at=now + timedelta(minutes=minutes),
            ended_at=now + timedelta(minutes=minutes + 1),
        )
    LegFactory(tenant=member.tenant, agent=member.agent, result="not_answered")
    assert shifts() == [Shift("a1007", 2, now + timedelta(minutes=3))]
