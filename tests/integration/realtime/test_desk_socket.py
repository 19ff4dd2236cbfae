"""The desk's socket: who may listen, what he hears, and when it is closed."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections, transaction
from django.test import Client

from apps.accounts.models import Agent, User
from apps.acd.services import agent_pause, agent_sign_in, agent_unpause
from apps.core.events import StreamEvent, publish_on_commit, stream_seq, user_stream
from apps.core.node_status import NodeStatus, node_status_set
from apps.core.presence import nudges
from apps.core.tenancy import tenant_scope
from apps.realtime import consumers
from apps.realtime.snapshot import desk_snapshot
from config.asgi import application
from tests.factories import AgentFactory, QueueMemberFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://127.0.0.1"


def client_of(user: User) -> Client:
    """Sign a person in to a browser of his own."""
    client = Client()
    client.force_login(user)
    return client


def socket_of(client: Client | None, origin: str = ORIGIN) -> WebsocketCommunicator:
    """Give a browser's socket, not yet opened."""
    cookies = client.cookies.output(header="", sep=";").strip() if client else ""
    headers = [(b"origin", origin.encode()), (b"cookie", cookies.encode())]
    return WebsocketCommunicator(application, "/ws/desk/", headers=headers)


async def opened(client: Client) -> tuple[WebsocketCommunicator, dict[str, Any]]:
    """Open a browser's socket and give it with the snapshot that comes first."""
    socket = socket_of(client)
    assert (await socket.connect(timeout=5))[0]
    first = await socket.receive_json_from(timeout=5)
    assert first["kind"] == "snapshot"
    return socket, first


async def close_code(socket: WebsocketCommunicator) -> int:
    """Wait until the server closes; give its code."""
    while True:
        message = await socket.receive_output(timeout=5)
        if message["type"] == "websocket.close":
            return int(message["code"])


def publish(user: User, value: int) -> None:
    """Tell a person's pages a value, as a service does."""
    with transaction.atomic():
        publish_on_commit(
            [StreamEvent(user_stream(user.pk), "link.changed", user.tenant_id, {"value": value})]
        )


in_thread = database_sync_to_async


@pytest.fixture(autouse=True)
async def connection_of_the_thread_closed(transactional_db: None) -> AsyncIterator[None]:
    yield
    await in_thread(connections.close_all)()


@pytest.fixture
def agent() -> Agent:
    membership = QueueMemberFactory()
    found: Agent = membership.agent
    return found


async def test_stranger_is_told_to_sign_in() -> None:
    socket = socket_of(None)
    await socket.connect(timeout=5)
    assert await close_code(socket) == consumers.SIGNED_OUT


async def test_person_without_a_company_is_told_to_sign_in() -> None:
    operator = await in_thread(UserFactory)(tenant=None, department=None, is_superuser=True)
    socket = socket_of(await in_thread(client_of)(operator))
    await socket.connect(timeout=5)
    assert await close_code(socket) == consumers.SIGNED_OUT


async def test_page_of_another_site_is_refused(agent: Agent) -> None:
    client = await in_thread(client_of)(agent.user)
    connected, _ = await socket_of(client, origin="https://evil.example").connect(timeout=5)
    assert not connected


async def test_events_follow_the_snapshot_without_a_hole(agent: Agent) -> None:
    await in_thread(publish)(agent.user, 1)
    socket, first = await opened(await in_thread(client_of)(agent.user))
    for value in (2, 3):
        await in_thread(publish)(agent.user, value)
    heard = [await socket.receive_json_from(timeout=5) for _ in range(2)]
    assert first["seq"] == 1
    assert [(event["seq"], event["data"]["value"]) for event in heard] == [(2, 2), (3, 3)]
    await socket.disconnect()


async def test_two_tabs_of_one_person_hear_the_same(agent: Agent) -> None:
    client = await in_thread(client_of)(agent.user)
    one, _ = await opened(client)
    two, _ = await opened(client)
    await in_thread(publish)(agent.user, 7)
    assert await one.receive_json_from(timeout=5) == await two.receive_json_from(timeout=5)
    await one.disconnect()
    await two.disconnect()


async def test_nobody_hears_a_colleague_or_another_company(agent: Agent) -> None:
    colleague = await in_thread(AgentFactory)(tenant=agent.tenant)
    other = await in_thread(AgentFactory)()
    sockets = [
        (await opened(await in_thread(client_of)(person.user)))[0] for person in (colleague, other)
    ]
    mine, _ = await opened(await in_thread(client_of)(agent.user))
    await in_thread(publish)(agent.user, 1)
    assert (await mine.receive_json_from(timeout=5))["data"] == {"value": 1}
    for socket in sockets:
        assert await socket.receive_nothing(timeout=0.3)
        await socket.disconnect()
    await mine.disconnect()


async def test_pong_gives_the_number_of_the_last_event(agent: Agent) -> None:
    socket, first = await opened(await in_thread(client_of)(agent.user))
    await socket.send_json_to({"type": "ping"})
    assert (await socket.receive_json_from(timeout=5))["seq"] == first["seq"] == 0
    await in_thread(publish)(agent.user, 1)
    await socket.receive_json_from(timeout=5)
    await socket.send_json_to({"type": "ping"})
    pong = await socket.receive_json_from(timeout=5)
    assert (pong["kind"], pong["seq"]) == ("pong", 1)
    await socket.disconnect()


async def test_pong_tells_that_a_silent_listener_is_heard_again(
    agent: Agent, settings: Any
) -> None:
    settings.HUAWU_NODE = "silent"
    # A snapshot of a moment in which its word had expired; nothing is announced afterwards.
    socket, first = await opened(await in_thread(client_of)(agent.user))
    assert first["data"]["link"]["up"] is False
    for is_up in (False, True):
        await in_thread(node_status_set)(NodeStatus("silent", is_up, "2026-12-01"))
        await socket.send_json_to({"type": "ping"})
        assert (await socket.receive_json_from(timeout=5))["data"]["link"] is is_up
    await socket.disconnect()


@pytest.mark.parametrize(
    "text", [" ", "{", "[]", "null", '{"type": "sql"}', '{"type": ["ping"]}', "x" * 3000]
)
async def test_anything_but_the_two_questions_closes_the_socket(agent: Agent, text: str) -> None:
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    await socket.send_to(text_data=text)
    assert await close_code(socket) == consumers.TOO_MUCH


async def test_bytes_close_the_socket(agent: Agent) -> None:
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    await socket.send_to(bytes_data=b"\x00" * 10)
    assert await close_code(socket) == consumers.TOO_MUCH


async def test_page_that_asks_without_end_is_closed(agent: Agent) -> None:
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    for _ in range(consumers.MESSAGES_A_MINUTE + 1):
        await socket.send_json_to({"type": "ping"})
    assert await close_code(socket) == consumers.TOO_MUCH


async def test_sign_out_closes_that_browser_and_no_other(agent: Agent) -> None:
    office, home = await in_thread(client_of)(agent.user), await in_thread(client_of)(agent.user)
    at_office, _ = await opened(office)
    at_home, _ = await opened(home)
    await in_thread(office.post)("/logout/")
    assert await close_code(at_office) == consumers.SIGNED_OUT
    await in_thread(publish)(agent.user, 1)
    assert (await at_home.receive_json_from(timeout=5))["data"] == {"value": 1}
    await at_home.disconnect()


@pytest.mark.parametrize("how", ["barred", "password"])
async def test_session_that_no_longer_stands_is_closed_at_the_next_look(
    agent: Agent, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    monkeypatch.setattr(consumers, "SESSION_CHECK_S", 0.0)
    await socket.send_json_to({"type": "ping"})
    assert (await socket.receive_json_from(timeout=5))["kind"] == "pong"

    if how == "barred":
        agent.user.is_active = False
    else:
        agent.user.set_password("another one")
    await in_thread(agent.user.save)()
    await socket.send_json_to({"type": "ping"})
    assert await close_code(socket) == consumers.SIGNED_OUT


def snapshot_of(user: User) -> dict[str, Any]:
    """Give what a page that opens now shows."""
    return desk_snapshot(user)[1]


async def test_agent_state_before_plus_events_is_the_state_after(agent: Agent) -> None:
    socket, first = await opened(await in_thread(client_of)(agent.user))
    shown = first["data"]["agent"]
    assert shown["state"] == "signed_out"
    steps: list[tuple[Callable[..., object], dict[str, str]]] = [
        (agent_sign_in, {}),
        (agent_pause, {"reason": "meal"}),
        (agent_unpause, {}),
    ]

    def do(service: Callable[..., object], more: dict[str, str]) -> None:
        with tenant_scope(agent.tenant_id):
            service(agent=agent, **more)

    states = []
    for service, more in steps:
        await in_thread(do)(service, more)
        event = await socket.receive_json_from(timeout=5)
        assert event["kind"] == "agent.changed"
        shown = event["data"]
        states.append(shown["state"])
        assert shown == (await in_thread(snapshot_of)(agent.user))["agent"]
    assert states == ["ready", "paused", "ready"]
    assert await in_thread(stream_seq)(user_stream(agent.user_id)) == len(steps)
    await socket.disconnect()


async def test_fifty_events_arrive_in_their_order(agent: Agent) -> None:
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    for value in range(50):
        await in_thread(publish)(agent.user, value)
    heard = [(await socket.receive_json_from(timeout=5))["data"]["value"] for _ in range(50)]
    assert heard == list(range(50))
    await socket.disconnect()


async def test_who_shows_the_directory_hears_when_a_colleague_changes_and_nobody_else(
    agent: Agent,
) -> None:
    colleague = await in_thread(AgentFactory)(tenant=agent.tenant)
    stranger = await in_thread(AgentFactory)(number="1999", sip_username="other-1999")
    watching, _ = await opened(await in_thread(client_of)(colleague.user))
    foreign, _ = await opened(await in_thread(client_of)(stranger.user))
    other, _ = await opened(await in_thread(client_of)(colleague.user))
    for socket in (watching, foreign):
        await socket.send_json_to({"type": "presence"})
        await socket.send_json_to({"type": "ping"})
        assert (await socket.receive_json_from(timeout=5))["kind"] == "pong"

    def sign_in() -> None:
        with tenant_scope(agent.tenant_id):
            agent_sign_in(agent=agent)

    await in_thread(sign_in)()
    heard = await watching.receive_json_from(timeout=5)
    # What a colleague does is not told, only that the list is to be asked for anew.
    assert (heard["kind"], heard["data"]) == ("presence", {})
    assert await foreign.receive_nothing(timeout=0.3)
    assert await other.receive_nothing(timeout=0.1)
    for socket in (watching, foreign, other):
        await socket.disconnect()


async def test_page_that_asks_no_more_is_told_no_more(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "PRESENCE_S", -1.0)
    socket, _ = await opened(await in_thread(client_of)(agent.user))
    await socket.send_json_to({"type": "presence"})
    await socket.send_json_to({"type": "ping"})
    assert (await socket.receive_json_from(timeout=5))["kind"] == "pong"
    await in_thread(nudges.touch)(agent.tenant_id)
    assert await socket.receive_nothing(timeout=0.5)
    await socket.disconnect()
