"""The API's calls and the audio behind them: who may, who may not, and ranges."""

import wave
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    CallFactory,
    DepartmentFactory,
    LegFactory,
    RecordingFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FIELDS = {
    "id",
    "linkedid",
    "direction",
    "caller",
    "dialled",
    "started_at",
    "answered_at",
    "ended_at",
    "wait_ms",
    "talk_ms",
    "queue",
    "agent",
    "path",
    "outcome",
    "recording",
    "survey",
    "disposition",
    "note",
}


class World:
    """A company with an answered, recorded call of one agent, and people who want to hear it."""

    def __init__(self, folder: Path) -> None:
        self.agent = AgentFactory()
        self.tenant = self.agent.tenant
        self.call = CallFactory(tenant=self.tenant, agent=self.agent, queue_number="7001")
        LegFactory(tenant=self.tenant, call=self.call, agent=self.agent)
        self.recording = RecordingFactory(
            tenant=self.tenant, call=self.call, agent=self.agent, path="a.wav", state="ready"
        )
        (folder / "recordings").mkdir()
        self.wav = folder / "recordings" / "a.wav"
        with wave.open(str(self.wav), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(range(256)) * 125)
        self.url = f"/recordings/{self.recording.pk}/audio"

    def person(self, role: Role, *, department: Any = None, tenant: Any = None) -> Client:
        """Give the signed-in browser of somebody."""
        tenant = tenant or self.tenant
        user = UserFactory(
            tenant=tenant, role=role, department=department or DepartmentFactory(tenant=tenant)
        )
        client = Client()
        client.force_login(user)
        return client

    def own(self) -> Client:
        """Give the agent's own browser."""
        client = Client()
        client.force_login(self.agent.user)
        return client


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    cache.clear()
    return World(tmp_path)


def let_go(response: Any) -> None:
    """Close the file behind an answer; `response.close()` would end the test's transaction too."""
    for close in response._resource_closers:
        close()


def body(response: Any) -> bytes:
    """Give the whole answer of a streamed or plain response, and close it."""
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    let_go(response)
    return whole


def status(client: Client, url: str, **headers: str) -> int:
    """Give the status of a GET whose answer is not looked at."""
    response = client.get(url, **headers)
    let_go(response)
    return response.status_code


def test_agent_hears_his_own_recording_whole(world: World) -> None:
    response = world.own().get(world.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "audio/wav"
    assert response["Accept-Ranges"] == "bytes"
    assert body(response) == world.wav.read_bytes()


@pytest.mark.parametrize(
    ("header", "expected"),
    [("bytes=0-3", slice(0, 4)), ("bytes=100-", slice(100, None)), ("bytes=-10", slice(-10, None))],
)
def test_player_seeks_by_range(world: World, header: str, expected: slice) -> None:
    response = world.own().get(world.url, HTTP_RANGE=header)
    assert response.status_code == 206
    whole = world.wav.read_bytes()
    assert body(response) == whole[expected]
    assert response["Content-Range"].endswith(f"/{len(whole)}")


def test_range_behind_the_end_is_416(world: World) -> None:
    response = world.own().get(world.url, HTTP_RANGE="bytes=999999-")
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{world.wav.stat().st_size}"


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b"])
def test_range_that_is_not_understood_gives_the_whole_file(world: World, header: str) -> None:
    assert status(world.own(), world.url, HTTP_RANGE=header) == 200


def test_lead_of_the_agents_department_inspector_and_admin_may_listen(world: World) -> None:
    lead = world.person(Role.TEAM_LEAD, department=world.agent.user.department)
    for client in (lead, world.person(Role.INSPECTOR), world.person(Role.ADMIN)):
        assert status(client, world.url) == 200


def test_colleague_other_lead_and_other_company_get_404(world: World) -> None:
    colleague = Client()
    colleague.force_login(AgentFactory(tenant=world.tenant).user)
    stranger = UserFactory(role=Role.ADMIN)
    other = Client()
    other.force_login(stranger)
    for client in (colleague, world.person(Role.TEAM_LEAD), other):
        assert status(client, world.url) == 404


def test_person_of_no_company_gets_nothing(world: World) -> None:
    nobody = Client()
    nobody.force_login(UserFactory(tenant=None, department=None, role=Role.ADMIN))
    assert nobody.get("/api/v1/calls/").status_code == 403
    assert status(nobody, world.url) == 401


def test_nobody_without_sign_in_hears_anything(world: World) -> None:
    assert status(Client(), world.url) == 401


def test_listening_is_audited_once_not_per_range(world: World) -> None:
    client = world.own()
    let_go(client.head(world.url))
    assert status(client, world.url, HTTP_RANGE="bytes=1-") == 206
    assert status(client, world.url, HTTP_RANGE="bytes=100-200") == 206
    with all_tenants("test"):
        [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.object_id) == ("recording.listen", str(world.recording.pk))


def test_token_lists_calls_with_the_contracts_fields_and_its_recording(world: World) -> None:
    token = ApiTokenFactory(tenant=world.tenant, token="t-1")
    client = Client(HTTP_AUTHORIZATION="Token t-1")
    answer = client.get("/api/v1/calls/", {"caller": "+8613800138000"}).json()
    assert token.is_active
    assert answer["count"] == 1
    [row] = answer["results"]
    assert set(row) == FIELDS
    assert row["agent"] == world.agent.number
    assert row["started_at"].endswith("Z")
    assert row["started_at"][:19] == world.call.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    assert status(client, row["recording"]) == 200


@pytest.mark.parametrize("caller", ["13800138000", "+8613800138000", "0086 138 0013 8000"])
def test_caller_is_found_however_it_is_written(world: World, caller: str) -> None:
    ApiTokenFactory(tenant=world.tenant, token="t-2")
    client = Client(HTTP_AUTHORIZATION="Token t-2")
    assert client.get("/api/v1/calls/", {"caller": caller}).json()["count"] == 1


def test_token_of_another_company_sees_and_hears_nothing(world: World) -> None:
    ApiTokenFactory(token="t-b")
    client = Client(HTTP_AUTHORIZATION="Token t-b")
    assert client.get("/api/v1/calls/").json()["count"] == 0
    assert client.get(f"/api/v1/calls/{world.call.pk}/").status_code == 404
    assert status(client, world.url) == 404


@pytest.mark.parametrize("header", ["Token wrong", "Token", "Token a b", "Bearer x", ""])
def test_wrong_token_is_401(world: World, header: str) -> None:
    client = Client(HTTP_AUTHORIZATION=header) if header else Client()
    assert client.get("/api/v1/calls/").status_code == 401


def test_list_costs_the_same_however_long(world: World, django_assert_num_queries: Any) -> None:
    ApiTokenFactory(tenant=world.tenant, token="t-3")
    client = Client(HTTP_AUTHORIZATION="Token t-3")
    for _ in range(5):
        CallFactory(tenant=world.tenant, agent=world.agent)
    with django_assert_num_queries(4) as few:
        client.get("/api/v1/calls/")
    for _ in range(20):
        CallFactory(tenant=world.tenant, agent=world.agent)
    with django_assert_num_queries(len(few.captured_queries)):
        assert client.get("/api/v1/calls/").json()["count"] == 26


def test_schema_and_docs_are_open_and_the_docs_need_no_inline_script() -> None:
    assert Client().get("/api/schema/").status_code == 200
    page = Client().get("/api/docs/").content.decode()
    assert "<script>" not in page


@pytest.mark.parametrize("path", ["nothing/", "v1/nothing/", "v2/calls/", "v1/calls/x/y/z/"])
def test_an_address_that_is_not_there_is_told_in_json(client: Client, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "core.not_found"


def test_an_address_without_its_last_slash_leads_to_it(client: Client) -> None:
    answer = client.get("/api/v1/calls?caller=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/calls/?caller=1")
