"""A wrap-up is ended or lengthened by the agent, within the queue's limit."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.engine.agent_state import READY, TALKING, WRAP_UP, Live
from apps.acd.engine.spans import Span
from apps.acd.errors import NotSignedInError, NotWrappingUpError, WrapUpLimitError
from apps.acd.floor_rows import floor_rows
from apps.acd.models import QueueMember
from apps.acd.selectors import agent_session_open
from apps.acd.services import (
    agent_pause,
    agent_sign_in,
    agent_unpause,
    agent_wrap_up_end,
    agent_wrap_up_extend,
)
from apps.acd.state_spans import Beat, spans_apply
from apps.core.tenancy import tenant_scope
from tests.factories import QueueMemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db: None) -> Iterator[QueueMember]:
    found: QueueMember = QueueMemberFactory(queue__wrap_up_s=30, queue__wrap_up_limit_s=120)
    with tenant_scope(found.tenant_id):
        agent_sign_in(agent=found.agent)
        yield found


@pytest.fixture
def now() -> datetime:
    return timezone.now().replace(microsecond=0)


def is_now(member: QueueMember, state: str, at: datetime, until: datetime | None = None) -> None:
    """Let the distributor say what the agent is."""
    name = f"{member.tenant.slug}-{member.queue.number}"
    span = Span(member.agent.sip_username, at, Live(state, until, queue=name))
    spans_apply([span], Beat("n", at, is_seeing=True))


def test_more_time_is_a_minute_each_up_to_the_queues_limit(
    member: QueueMember, now: datetime
) -> None:
    is_now(member, WRAP_UP, now, now + timedelta(seconds=30))
    agent = member.agent
    assert agent_wrap_up_extend(agent=agent, now=now) == now + timedelta(seconds=90)
    # The distributor has not said so yet: it goes on from the wish.
    assert agent_wrap_up_extend(agent=agent, now=now) == now + timedelta(seconds=120)
    with pytest.raises(WrapUpLimitError):
        agent_wrap_up_extend(agent=agent, now=now)
    assert floor_rows().agents[0].wrap_up_until == now + timedelta(seconds=120)


def test_a_queue_without_a_limit_gives_no_more_time(member: QueueMember, now: datetime) -> None:
    member.queue.wrap_up_limit_s = 0
    member.queue.save()
    is_now(member, WRAP_UP, now, now + timedelta(seconds=30))
    with pytest.raises(WrapUpLimitError):
        agent_wrap_up_extend(agent=member.agent, now=now)


def test_without_a_wrap_up_that_is_seen_there_is_nothing_to_lengthen(
    member: QueueMember, now: datetime
) -> None:
    with pytest.raises(NotWrappingUpError):
        agent_wrap_up_extend(agent=member.agent, now=now)
    is_now(member, TALKING, now)
    with pytest.raises(NotWrappingUpError):
        agent_wrap_up_extend(agent=member.agent, now=now)
    is_now(member, WRAP_UP, now + timedelta(seconds=1), now + timedelta(seconds=30))
    with pytest.raises(NotWrappingUpError):
        agent_wrap_up_extend(agent=member.agent, now=now + timedelta(minutes=5))


def test_ready_in_a_wrap_up_ends_it_and_forgets_the_wish_for_more(
    member: QueueMember, now: datetime
) -> None:
    is_now(member, WRAP_UP, now, now + timedelta(seconds=30))
    agent_wrap_up_extend(agent=member.agent, now=now)
    agent_unpause(agent=member.agent, now=now + timedelta(seconds=5))
    row = floor_rows().agents[0]
    assert (row.wrap_up_over_at, row.wrap_up_until) == (now + timedelta(seconds=5), None)


def test_ready_without_a_wrap_up_changes_nothing(member: QueueMember, now: datetime) -> None:
    is_now(member, READY, now)
    agent_unpause(agent=member.agent, now=now)
    assert floor_rows().agents[0].wrap_up_over_at is None


def test_busy_ends_a_wrap_up_too(member: QueueMember, now: datetime) -> None:
    agent_pause(agent=member.agent, reason="meal", now=now)
    session = agent_session_open(member.agent)
    assert session is not None
    assert session.wrap_up_over_at == now


def test_who_is_signed_out_has_no_wrap_up(now: datetime) -> None:
    agent: Agent = QueueMemberFactory().agent
    with tenant_scope(agent.tenant_id):
        for service in (agent_wrap_up_end, agent_wrap_up_extend):
            with pytest.raises(NotSignedInError):
                service(agent=agent, now=now)
