"""The toolbar's socket: the session comes in the protocol's name."""

from collections.abc import AsyncIterator

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connections

from apps.accounts.models import Agent
from apps.core.tenancy import all_tenants, tenant_scope
from apps.toolbar.models import ToolbarOrigin
from apps.toolbar.services import launch_make, launch_redeem
from config.asgi import application
from tests.factories import AgentFactory

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
CRM = "https://crm.example.com"


@pytest.fixture(autouse=True)
async def connection_of_the_thread_closed(transactional_db: None) -> AsyncIterator[None]:
    yield
    await database_sync_to_async(connections.close_all)()


@pytest.fixture
def agent(transactional_db: None) -> Agent:
    """Give an agent whose company lets its CRM show the toolbar."""
    made: Agent = AgentFactory()
    with all_tenants("test"):
        ToolbarOrigin.objects.create(tenant=made.tenant, origin=CRM)
    return made


def session_of(agent: Agent) -> str:
    """Return the key of a session of the toolbar."""
    with tenant_scope(agent.tenant_id):
        launch = launch_make(actor=agent.user, agent=agent, origin=CRM)
    return launch_redeem(launch.token).session_key


def socket(protocol: str, origin: bytes = b"http://127.0.0.1") -> WebsocketCommunicator:
    """Give the frame's socket, not yet opened."""
    headers = [(b"origin", origin), (b"host", b"testserver")]
    return WebsocketCommunicator(application, "/ws/desk/", headers, [protocol])


async def test_socket_is_the_agent_s_and_names_its_protocol(agent: Agent) -> None:
    name = f"huawu-toolbar.{await database_sync_to_async(session_of)(agent)}"
    opened = socket(name)
    assert await opened.connect(timeout=10) == (True, name)
    snapshot = await opened.receive_json_from(timeout=10)
    assert snapshot["kind"] == "snapshot"
    assert snapshot["data"]["agent"]["number"] == agent.number
    await opened.disconnect()


async def test_page_around_cannot_open_the_socket_itself(agent: Agent) -> None:
    name = f"huawu-toolbar.{await database_sync_to_async(session_of)(agent)}"
    connected, _ = await socket(name, CRM.encode()).connect(timeout=10)
    assert not connected


@pytest.mark.parametrize("key", ["", "0" * 32, "x; sessionid=y"])
async def test_socket_with_a_made_up_key_is_closed(key: str) -> None:
    made_up = socket(f"huawu-toolbar.{key}")
    connected, _ = await made_up.connect(timeout=10)
    assert connected
    message = await made_up.receive_output(timeout=10)
    assert (message["type"], message["code"]) == ("websocket.close", 4401)
