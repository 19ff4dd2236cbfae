"""The board's sockets: whose rows they give, one computation for all, and when they are closed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.core.cache import cache
from django.db import connections
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.acd.services import agent_sign_in
from apps.core.events import Envelope
from apps.core.tenancy import tenant_scope
from apps.live_board.models import Wall
from apps.live_board.selectors import board_now
from apps.live_board.services import wall_make, wall_revoke
from apps.realtime import board_consumers, board_pump, board_tick
from apps.realtime.board_consumers import FULL
from apps.realtime.board_pump import BoardPump, pump
from apps.realtime.consumers import SIGNED_OUT, TOO_MUCH
from config.asgi import application
from tests.factories import QueueMemberFactory, UserFactory
from tests.integration.live_board.test_board import live_call

pytestmark = pytest.mark.django_db(transaction=True)

in_thread = database_sync_to_async


@pytest.fixture(autouse=True)
async def quick(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let rounds follow each other quickly, and let nothing of another test be kept."""
    monkeypatch.setattr(board_pump, "EVERY_S", 0.05)
    monkeypatch.setattr(board_tick, "LEASE_S", 2)
    cache.clear()
    yield
    await pump.rested()
    await in_thread(connections.close_all)()


@pytest.fixture
def member() -> Any:
    return QueueMemberFactory()


def person_of(tenant: Any, role: str, **values: Any) -> Any:
    return UserFactory(tenant=tenant, role=role, **values)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


async def connected(path: str, user: User | None = None) -> WebsocketCommunicator:
    client = await in_thread(client_of)(user) if user else None
    return await opened(path, client)


async def opened(path: str, client: Client | None) -> WebsocketCommunicator:
    cookies = client.cookies.output(header="", sep=";").strip() if client else ""
    headers = [(b"origin", b"http://127.0.0.1"), (b"cookie", cookies.encode())]
    socket = WebsocketCommunicator(application, path, headers=headers)
    assert (await socket.connect(timeout=20))[0]
    return socket


class Page:
    """What a page knows: it applies what it hears and complains about holes."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket
        self.rows: dict[str, dict[str, Any]] = {}
        self.seq = 0
        self.snapshots = 0

    async def hear(self) -> None:
        """Take one message."""
        told = await self.socket.receive_json_from(timeout=20)
        data = told["data"]
        if told["kind"] == "snapshot":
            self.rows, self.seq = data["rows"], told["seq"]
            self.snapshots += 1
            return
        assert told["seq"] == self.seq + 1
        self.seq = told["seq"]
        for part, gone in data["gone"].items():
            for key in gone:
                del self.rows[part][key]
        for part, rows in data["rows"].items():
            self.rows.setdefault(part, {}).update(rows)

    async def until(self, is_so: Any) -> None:
        """Listen until something is so."""
        for _turn in range(200):
            if self.rows and is_so(self.rows):
                return
            await self.hear()
        raise AssertionError(self.rows)


async def page_of(user: User) -> Page:
    page = Page(await connected("/ws/board/", user))
    await page.hear()
    assert page.snapshots == 1
    return page


async def close_code(socket: WebsocketCommunicator) -> int:
    while True:
        message = await socket.receive_output(timeout=20)
        if message["type"] == "websocket.close":
            return int(message["code"])


async def test_change_is_pushed_and_seen_by_whom_it_concerns(member: Any) -> None:
    tenant = member.tenant
    admin = await in_thread(person_of)(tenant, Role.ADMIN)
    lead = await in_thread(person_of)(tenant, Role.TEAM_LEAD, department=member.queue.department)
    other = await in_thread(person_of)(tenant, Role.TEAM_LEAD)
    agent = await in_thread(person_of)(tenant, Role.AGENT)
    pages = [await page_of(user) for user in (admin, lead)]
    blind = [await page_of(user) for user in (other, agent)]
    call = await in_thread(live_call)(member.queue)
    for page in pages:
        await page.until(lambda rows: str(call.pk) in rows["calls"])
        await page.until(lambda rows: rows["queues"][member.queue.number]["waiting"] == 1)
        assert "_department" not in page.rows["calls"][str(call.pk)]
    seq = pages[0].seq
    for page in blind:
        while page.seq < seq:
            await page.hear()
        assert page.rows.get("calls", {}) == {}
        assert page.rows.get("queues", {}) == {}
        assert page.rows.get("agents", {}) == {}
    for page in (*pages, *blind):
        await page.socket.disconnect()


async def test_agent_sees_himself_and_his_own_queues(member: Any) -> None:
    await in_thread(QueueMemberFactory)(tenant=member.tenant)
    page = await page_of(member.agent.user)

    def sign_in() -> None:
        with tenant_scope(member.tenant_id):
            agent_sign_in(agent=member.agent)

    await in_thread(sign_in)()
    number = member.agent.number
    await page.until(lambda rows: rows["agents"][number]["state"] == "ready")
    assert list(page.rows["agents"]) == [number]
    assert list(page.rows["queues"]) == [member.queue.number]
    await page.socket.disconnect()


async def test_another_companys_socket_hears_nothing_of_it(member: Any) -> None:
    stranger = await in_thread(UserFactory)(role=Role.ADMIN)
    admin = await in_thread(person_of)(member.tenant, Role.ADMIN)
    own, foreign = await page_of(admin), await page_of(stranger)
    call = await in_thread(live_call)(member.queue)
    await own.until(lambda rows: str(call.pk) in rows["calls"])
    seen_at = foreign.seq
    await foreign.until(lambda rows: foreign.seq > seen_at + 2)
    assert str(member.queue.number) not in str(foreign.rows)
    assert "13800138000" not in str(foreign.rows)
    for page in (own, foreign):
        await page.socket.disconnect()


async def test_two_hundred_viewers_are_one_computation(
    member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    def counting(tenant: Any, **values: Any) -> Any:
        counted.append(tenant.pk)
        return board_now(tenant, **values)

    monkeypatch.setattr(board_tick, "board_now", counting)
    monkeypatch.setattr(board_pump, "EVERY_S", 1.0)
    admin = await in_thread(person_of)(member.tenant, Role.ADMIN)
    client = await in_thread(client_of)(admin)
    pages = [Page(await opened("/ws/board/", client)) for _ in range(200)]
    call = await in_thread(live_call)(member.queue)

    async def see(page: Page) -> None:
        await page.until(lambda rows: str(call.pk) in rows["calls"])

    await asyncio.gather(*(see(page) for page in pages))
    seqs = {page.seq for page in pages}
    # As many computations as numbers were given, whoever looked on.
    assert len(counted) <= max(seqs) + 1
    assert len(counted) < 60
    # Of this company: a socket that another test left to itself is still counted.
    assert pump._viewers[member.tenant_id] == 200
    await asyncio.gather(*(page.socket.disconnect() for page in pages))
    assert member.tenant_id not in pump._viewers


async def test_a_lost_number_is_healed_by_a_snapshot(member: Any) -> None:
    admin = await in_thread(person_of)(member.tenant, Role.ADMIN)
    page = await page_of(admin)
    before = page.snapshots
    # As if the cache had been emptied: numbers begin anew.
    await in_thread(cache.delete)(board_tick._key("board", member.tenant_id))
    call = await in_thread(live_call)(member.queue)
    await page.until(lambda rows: str(call.pk) in rows["calls"])
    assert page.snapshots == before + 1
    await page.socket.disconnect()


async def test_a_board_of_long_ago_is_not_shown(
    member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_thread(board_tick.board_tick)(member.tenant_id, "an earlier process")
    monkeypatch.setattr(board_tick, "FRESH", timedelta(0))
    assert await in_thread(board_tick.board_fresh)(member.tenant_id) is None
    monkeypatch.setattr(board_tick, "FRESH", timedelta(minutes=1))
    assert await in_thread(board_tick.board_fresh)(member.tenant_id) is not None


async def test_who_may_see_more_now_gets_it(member: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_consumers.BoardConsumer, "look_s", 0.1)
    user = await in_thread(person_of)(member.tenant, Role.TEAM_LEAD)
    page = await page_of(user)
    assert page.rows["queues"] == {}
    user.role = Role.ADMIN
    await in_thread(user.save)()
    await page.until(lambda rows: member.queue.number in rows["queues"])
    await page.socket.disconnect()


async def test_signing_out_closes_the_board(member: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_consumers.BoardConsumer, "look_s", 0.1)
    user = await in_thread(person_of)(member.tenant, Role.ADMIN)
    page = await page_of(user)
    user.is_active = False
    await in_thread(user.save)()
    assert await close_code(page.socket) == SIGNED_OUT


async def test_stranger_is_told_to_sign_in() -> None:
    assert await close_code(await connected("/ws/board/")) == SIGNED_OUT


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "desk"}', "x" * 3000])
async def test_anything_else_closes_the_socket(member: Any, text: str) -> None:
    user = await in_thread(person_of)(member.tenant, Role.ADMIN)
    page = await page_of(user)
    await page.socket.send_to(text_data=text)
    assert await close_code(page.socket) == TOO_MUCH


async def test_too_many_viewers_are_sent_away(member: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_pump, "MOST_VIEWERS", 0)
    user = await in_thread(person_of)(member.tenant, Role.ADMIN)
    assert await close_code(await connected("/ws/board/", user)) == FULL


async def test_rounds_go_on_after_a_fault_and_end_with_the_last_viewer() -> None:
    rounds: list[int] = []
    loop, enough = asyncio.get_running_loop(), asyncio.Event()

    def tick(tenant_id: int) -> None:
        rounds.append(tenant_id)
        if len(rounds) == 3:
            loop.call_soon_threadsafe(enough.set)
        raise OSError("the database is away")

    own = BoardPump(tick)
    assert own.join(7)
    task = own._tasks[7]
    await asyncio.wait_for(enough.wait(), 5)
    own.leave(7)
    await own.rested()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_rounds_end_when_they_are_cancelled_while_they_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Layer:
        async def group_send(self, _group: str, _message: object) -> None:
            asyncio.get_running_loop().call_soon(task.cancel)

    monkeypatch.setattr(board_pump, "get_channel_layer", Layer)
    envelope = Envelope(v=1, seq=1, kind="board", tenant=7, at="", data={})
    own = BoardPump(lambda _tenant_id: envelope)
    assert own.join(7)
    task = own._tasks[7]
    done, _ = await asyncio.wait([task], timeout=5)
    assert done == {task}
    assert task.cancelled()
    own.leave(7)
    await own.rested()


def test_of_two_processes_one_computes(member: Any) -> None:
    assert board_tick.board_tick(member.tenant_id, "one")
    assert board_tick.board_tick(member.tenant_id, "other") is None
    assert board_tick.board_tick(member.tenant_id, "one")


def made_wall(member: Any, **values: Any) -> tuple[Wall, str, User]:
    admin = person_of(member.tenant, Role.ADMIN)
    given = {"name": "Hall", "queues": [member.queue.number], "tiles": ["queues", "agents"]}
    with tenant_scope(member.tenant_id):
        wall, token = wall_make(user=admin, **{**given, **values})
    return wall, token, admin


async def wall_page(token: str) -> Page:
    page = Page(await connected("/ws/board/wall/"))
    await page.socket.send_json_to({"type": "wall", "token": token})
    return page


async def test_wall_shows_its_queues_and_never_a_caller(member: Any) -> None:
    other = await in_thread(QueueMemberFactory)(tenant=member.tenant)
    _wall, token, _admin = await in_thread(made_wall)(member)
    page = await wall_page(token)
    await in_thread(live_call)(member.queue)
    await in_thread(live_call)(other.queue)
    await page.until(lambda rows: rows["queues"][member.queue.number]["waiting"] == 1)
    assert sorted(page.rows) == ["agents", "link", "queues"]
    assert list(page.rows["queues"]) == [member.queue.number]
    assert list(page.rows["agents"]) == [member.agent.number]
    assert "138" not in str(page.rows["queues"])
    await page.socket.disconnect()


async def test_revoked_wall_closes_at_once_and_stays_closed(member: Any) -> None:
    wall, token, admin = await in_thread(made_wall)(member)
    page = await wall_page(token)
    await page.hear()

    def revoke() -> None:
        with tenant_scope(member.tenant_id):
            wall_revoke(user=admin, pk=wall.pk)
            wall_revoke(user=admin, pk=wall.pk)

    await in_thread(revoke)()
    assert await close_code(page.socket) == SIGNED_OUT
    assert await close_code((await wall_page(token)).socket) == SIGNED_OUT


async def test_wall_whose_revocation_was_not_heard_is_closed_by_the_next_look(
    member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_consumers.WallConsumer, "look_s", 0.1)
    _wall, token, admin = await in_thread(made_wall)(member)
    page = await wall_page(token)
    await page.hear()
    admin.is_active = False
    await in_thread(admin.save)()
    assert await close_code(page.socket) == SIGNED_OUT


@pytest.mark.parametrize("token", ["", "x" * 43, "é" * 43, "a" * 500])
async def test_strange_token_opens_nothing(member: Any, token: str) -> None:
    await in_thread(made_wall)(member)
    assert await close_code((await wall_page(token)).socket) == SIGNED_OUT


async def test_wall_without_a_token_is_closed_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_consumers, "TOKEN_WITHIN_S", 0.1)
    assert await close_code(await connected("/ws/board/wall/")) == SIGNED_OUT


async def test_wall_asks_nothing_before_its_token() -> None:
    socket = await connected("/ws/board/wall/")
    await socket.send_json_to({"type": "snapshot"})
    assert await close_code(socket) == TOO_MUCH
