"""Sign-in, pause and sign-out: rows, events and what Asterisk's queues should hold."""

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from apps.accounts.choices import PhoneKind
from apps.accounts.models import Agent
from apps.acd.errors import NoQueueError, NotSignedInError
from apps.acd.models import AgentSession, AgentStateChange
from apps.acd.selectors import agent_state, member_wishes
from apps.acd.services import agent_pause, agent_sign_in, agent_sign_out, agent_unpause
from apps.calls.ports import phone_system
from apps.core.events import stream_seq, user_stream
from apps.core.tenancy import tenant_scope
from tests.factories import AgentFactory, QueueFactory, QueueMemberFactory


class SyncCounter:
    """A phone system that only remembers which agents it was asked to bring in line."""

    synced: list[int] = []

    def agent_sync(self, *, agent_id: int, user_stream: str = "") -> None:
        self.synced.append(agent_id)


@pytest.fixture(autouse=True)
def phones(settings: Any) -> Iterator[type[SyncCounter]]:
    settings.HUAWU_PHONE_SYSTEM = f"{__name__}.SyncCounter"
    phone_system.cache_clear()
    SyncCounter.synced = []
    yield SyncCounter
    phone_system.cache_clear()


@pytest.fixture
def agent(db: None) -> Iterator[Agent]:
    membership = QueueMemberFactory(penalty=3)
    with tenant_scope(membership.tenant_id):
        yield membership.agent


def test_sign_in_makes_one_session_and_one_wish_a_queue(
    agent: Agent, django_capture_on_commit_callbacks: Any, phones: type[SyncCounter]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        agent_sign_in(agent=agent, phone=PhoneKind.WEB)
        agent_sign_in(agent=agent, phone=PhoneKind.WEB)
    assert AgentSession.objects.filter(agent=agent).count() == 1
    [wish] = member_wishes(agent)
    assert wish.interface == f"PJSIP/{agent.sip_username}-web"
    assert (wish.penalty, wish.is_paused) == (3, False)
    assert phones.synced == [agent.pk]
    assert stream_seq(user_stream(agent.user_id)) == 1


def test_sign_in_with_the_other_phone_moves_the_agent(agent: Agent) -> None:
    agent_sign_in(agent=agent, phone=PhoneKind.WEB)
    agent_sign_in(agent=agent, phone=PhoneKind.DESK)
    [wish] = member_wishes(agent)
    assert wish.interface == f"PJSIP/{agent.sip_username}"


def test_agent_without_a_queue_is_told_so(db: None) -> None:
    lonely = AgentFactory()
    QueueFactory(tenant=lonely.tenant)
    with tenant_scope(lonely.tenant_id), pytest.raises(NoQueueError):
        agent_sign_in(agent=lonely)


def test_pause_keeps_reason_and_history(agent: Agent) -> None:
    agent_sign_in(agent=agent)
    agent_pause(agent=agent, reason="午餐")
    [wish] = member_wishes(agent)
    assert (wish.is_paused, wish.pause_reason) == (True, "午餐")
    assert agent_state(agent)["state"] == "paused"
    agent_unpause(agent=agent)
    agent_sign_out(agent=agent)
    assert member_wishes(agent) == []
    assert list(AgentStateChange.objects.order_by("pk").values_list("from_state", "to_state")) == [
        ("signed_out", "ready"),
        ("ready", "paused"),
        ("paused", "ready"),
        ("ready", "signed_out"),
    ]


def test_pause_of_a_signed_out_agent_is_refused(agent: Agent) -> None:
    with pytest.raises(NotSignedInError):
        agent_pause(agent=agent, reason="")


@pytest.mark.django_db(transaction=True)
def test_two_pages_signing_in_at_once_make_one_session() -> None:
    membership = QueueMemberFactory()
    barrier = Barrier(2)
    errors: list[BaseException] = []

    def click() -> None:
        try:
            with tenant_scope(membership.tenant_id):
                barrier.wait(5)
                agent_sign_in(agent=membership.agent)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    with tenant_scope(membership.tenant_id):
        assert AgentSession.objects.filter(signed_out_at=None).count() == 1
