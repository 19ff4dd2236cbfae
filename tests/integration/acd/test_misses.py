"""An agent who misses calls in a row is made busy."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Agent
from apps.acd.misses import MISSED, miss_noted
from apps.acd.models import Queue
from apps.acd.selectors import agent_session_open
from apps.acd.services import agent_pause, agent_sign_in, agent_unpause
from apps.core.tenancy import tenant_scope
from tests.factories import CallFactory, LegFactory, QueueMemberFactory


@pytest.fixture
def queue(db: None) -> Queue:
    """Give a queue that allows 3 misses, with an agent who is ready."""
    membership = QueueMemberFactory()
    found: Queue = membership.queue
    found.auto_pause_misses = 3
    found.save()
    with tenant_scope(found.tenant_id):
        agent_sign_in(agent=membership.agent)
    return found


def agent_of(queue: Queue) -> Agent:
    found: Agent = queue.members.get().agent
    return found


def offers(queue: Queue, results: str) -> bool:
    """Tell of offers, oldest first (m missed, c connected, x gone elsewhere); note the last."""
    agent, noted = agent_of(queue), False
    words = {"m": "not_answered", "c": "connected", "x": ""}
    for result in results:
        LegFactory(
            tenant=queue.tenant,
            call=CallFactory(tenant=queue.tenant),
            agent=agent,
            offered_at=timezone.now(),
            result=words[result],
        )
        if result == "m":
            noted = miss_noted(agent=agent, queue=queue)
    return noted


def state(queue: Queue) -> tuple[str, str]:
    session = agent_session_open(agent_of(queue))
    assert session is not None
    return session.state, session.pause_reason


@pytest.mark.parametrize(
    ("results", "is_busy"),
    [("mmm", True), ("mm", False), ("mmcm", False), ("mmcmmm", True), ("mxmxm", True)],
)
def test_misses_in_a_row_make_him_busy(queue: Queue, results: str, is_busy: bool) -> None:
    with tenant_scope(queue.tenant_id):
        assert offers(queue, results) == is_busy
        assert state(queue) == (("paused", MISSED) if is_busy else ("ready", ""))


def test_who_is_ready_again_begins_anew(queue: Queue) -> None:
    with tenant_scope(queue.tenant_id):
        offers(queue, "mmm")
        agent_unpause(agent=agent_of(queue), now=timezone.now() + timedelta(milliseconds=1))
        assert not offers(queue, "mm")
        assert state(queue)[0] == "ready"


def test_a_break_of_his_own_stays_what_it_is(queue: Queue) -> None:
    with tenant_scope(queue.tenant_id):
        agent_pause(agent=agent_of(queue), reason="meal")
        assert not offers(queue, "mmmm")
        assert state(queue) == ("paused", "meal")


def test_a_queue_may_allow_any_number(queue: Queue) -> None:
    queue.auto_pause_misses = 0
    queue.save()
    with tenant_scope(queue.tenant_id):
        assert not offers(queue, "m" * 30)
