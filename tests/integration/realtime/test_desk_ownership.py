"""One desk for a person: the page that was opened last, on whatever machine."""

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client

from apps.accounts.models import Agent, User
from apps.realtime import consumers
from apps.realtime.models import DeskOwner
from apps.realtime.ownership import desk_claim, desk_is_owned_by, page_name
from config.asgi import application
from tests.factories import AgentFactory
from tests.integration.realtime.test_desk_socket import (  # noqa: F401 - fixtures
    ORIGIN,
    agent,
    client_of,
    close_code,
    connection_of_the_thread_closed,
    in_thread,
    opened,
    publish,
)

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND = "page-first", "page-second"


def page_of(client: Client, page: str, *, claim: bool) -> WebsocketCommunicator:
    """Give the socket of a page that has a name."""
    cookies = client.cookies.output(header="", sep=";").strip()
    headers = [(b"origin", ORIGIN.encode()), (b"cookie", cookies.encode())]
    query = f"page={page}" + ("&claim=1" if claim else "")
    return WebsocketCommunicator(application, f"/ws/desk/?{query}", headers=headers)


async def at_desk(user: User, page: str, *, claim: bool = True) -> WebsocketCommunicator:
    """Open a page at a browser of its own; it gets the snapshot."""
    socket = page_of(await in_thread(client_of)(user), page, claim=claim)
    assert (await socket.connect(timeout=5))[0]
    heard = [await socket.receive_json_from(timeout=5)]
    while heard[-1]["kind"] != "snapshot":
        heard.append(await socket.receive_json_from(timeout=5))
    return socket


async def test_newest_page_takes_the_desk_and_the_older_one_is_told(agent: Agent) -> None:  # noqa: F811
    older = await at_desk(agent.user, FIRST)
    newer = await at_desk(agent.user, SECOND)
    assert await close_code(older) == consumers.TAKEN
    await newer.send_json_to({"type": "ping"})
    kinds = [(await newer.receive_json_from(timeout=5))["kind"]]
    while kinds[-1] != "pong":
        kinds.append((await newer.receive_json_from(timeout=5))["kind"])
    assert set(kinds) <= {"desk.taken", "pong"}
    await newer.disconnect()


async def test_page_that_comes_back_keeps_its_desk(agent: Agent) -> None:  # noqa: F811
    page = await at_desk(agent.user, FIRST)
    await page.disconnect()
    again = await at_desk(agent.user, FIRST, claim=False)
    await again.disconnect()


async def test_page_that_comes_back_takes_nothing_from_a_newer_one(agent: Agent) -> None:  # noqa: F811
    await in_thread(desk_claim)(user=agent.user, page=SECOND)
    socket = page_of(await in_thread(client_of)(agent.user), FIRST, claim=False)
    await socket.connect(timeout=5)
    assert await close_code(socket) == consumers.TAKEN
    # He asks for it: his again.
    mine = await at_desk(agent.user, FIRST)
    assert await in_thread(desk_is_owned_by)(user=agent.user, page=FIRST)
    await mine.disconnect()


async def test_page_whose_notice_was_lost_is_told_at_the_next_ping(agent: Agent) -> None:  # noqa: F811
    page = await at_desk(agent.user, FIRST)
    await in_thread(DeskOwner.objects.filter(user=agent.user).update)(page=SECOND)
    await page.send_json_to({"type": "ping"})
    assert await close_code(page) == consumers.TAKEN


async def test_who_only_looks_on_takes_nothing_and_is_not_closed(agent: Agent) -> None:  # noqa: F811
    desk = await at_desk(agent.user, FIRST)
    watcher, _ = await opened(await in_thread(client_of)(agent.user))
    assert await in_thread(desk_is_owned_by)(user=agent.user, page=FIRST)
    other = await at_desk(agent.user, SECOND)
    assert await close_code(desk) == consumers.TAKEN
    assert (await watcher.receive_json_from(timeout=5))["kind"] == "desk.taken"
    await watcher.disconnect()
    await other.disconnect()


async def test_nobody_takes_a_colleagues_desk(agent: Agent) -> None:  # noqa: F811
    colleague = await in_thread(AgentFactory)(tenant=agent.tenant)
    mine = await at_desk(agent.user, FIRST)
    # Even with my page's name: the desk is the signed-in person's.
    his = await at_desk(colleague.user, FIRST)
    await in_thread(publish)(agent.user, 1)
    kinds = []
    while "link.changed" not in kinds:
        kinds.append((await mine.receive_json_from(timeout=5))["kind"])
    await mine.disconnect()
    await his.disconnect()


@pytest.mark.parametrize("text", ["", "short", "x" * 41, "page name", "<script>", "página-uno"])
def test_a_page_has_a_plain_name(text: str) -> None:
    assert page_name(text) == ""
    assert page_name("0b0c9a9e-1111-4222-8333-444455556666") != ""
