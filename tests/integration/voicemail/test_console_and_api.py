"""Messages on the console and over the API: who may, who may not, and what each act leaves."""

import wave
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants
from apps.voicemail.models import VoicemailBox, VoicemailMessage
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    QueueFactory,
    QueueMemberFactory,
    TenantFactory,
    UserFactory,
    VoicemailMessageFactory,
)

pytestmark = pytest.mark.django_db


class World:
    """A company with a queue, its agent, a colleague of another queue, and one message."""

    def __init__(self, folder: Path) -> None:
        self.tenant = TenantFactory(slug="company")
        self.queue = QueueFactory(tenant=self.tenant, number="7001")
        self.agent = AgentFactory(tenant=self.tenant)
        QueueMemberFactory(tenant=self.tenant, queue=self.queue, agent=self.agent)
        self.colleague = AgentFactory(tenant=self.tenant)
        self.admin = UserFactory(tenant=self.tenant, role=Role.ADMIN)
        self.stranger = AgentFactory()
        self.stranger_admin = UserFactory(tenant=self.stranger.tenant, role=Role.ADMIN)
        self.message = VoicemailMessageFactory(tenant=self.tenant, path="company-7001/world.wav")
        self.file = folder / "voicemail/company-7001/world.wav"
        self.file.parent.mkdir(parents=True)
        with wave.open(str(self.file), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\0\1" * 8000)

    def now(self) -> VoicemailMessage:
        with all_tenants("test"):
            found: VoicemailMessage = VoicemailMessage.objects.get(pk=self.message.pk)
        return found


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> World:
    settings.HUAWU_ASTERISK_DIR = tmp_path
    return World(tmp_path)


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def token(user: Any, name: str = "t") -> dict[str, str]:
    ApiTokenFactory(tenant=user.tenant, user=user, token=name)
    return {"authorization": f"Token {name}"}


def listened(response: Any) -> int:
    """Read a sound to its end and give its length."""
    assert response.status_code == 200
    size = len(b"".join(response.streaming_content))
    # Not response.close(): that would end the test's connection too.
    for close in response._resource_closers:
        close()
    return size


def test_stranger_and_colleague_of_another_queue_find_no_message(world: World) -> None:
    pk = world.message.pk
    for user in (world.stranger.user, world.stranger_admin, world.colleague.user):
        client = browser(user)
        assert "13800138000" not in client.get("/voicemail/").content.decode()
        assert client.get(f"/voicemail/{pk}/").status_code == 404
        assert client.get(f"/voicemail/{pk}/audio").status_code == 404
        for act in ("claim", "close", "reopen", "note", "delete"):
            assert client.post(f"/voicemail/{pk}/{act}/", {"note": "x"}).status_code == 404
        headers = token(user, f"t{user.pk}")
        assert client.get("/api/v1/voicemail/", headers=headers).json()["count"] == 0
        assert client.get(f"/api/v1/voicemail/{pk}/", headers=headers).status_code == 404
        for act in ("claim", "close"):
            url = f"/api/v1/voicemail/{pk}/{act}/"
            assert Client().post(url, headers=headers).status_code == 404
    assert (world.now().state, world.now().note) == ("new", "")
    assert world.file.exists()


def test_message_is_noted_closed_reopened_and_everything_is_kept(world: World) -> None:
    client, pk = browser(world.agent.user), world.message.pk
    client.post(f"/voicemail/{pk}/claim/")
    client.post(f"/voicemail/{pk}/note/", {"note": "wants an offer"})
    client.post(f"/voicemail/{pk}/close/", {"note": "called him back"})
    row = world.now()
    assert (row.state, row.note, row.claimed_by_id) == ("closed", "called him back", world.agent.pk)
    client.post(f"/voicemail/{pk}/reopen/")
    row = world.now()
    assert (row.state, row.claimed_by_id, row.note) == ("new", None, "called him back")


def test_listening_marks_the_message_and_is_named_on_its_page(world: World) -> None:
    client, pk = browser(world.agent.user), world.message.pk
    assert "Not heard" in client.get(f"/voicemail/{pk}/").content.decode()
    assert listened(client.get(f"/voicemail/{pk}/audio")) > 44
    assert world.now().heard_at is not None
    page = client.get(f"/voicemail/{pk}/").content.decode()
    assert "Not heard" not in page
    assert world.agent.user.display_name in page.partition('data-testid="listenings"')[2]


def test_only_leads_and_admins_delete_and_the_sound_goes_with_it(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    pk = world.message.pk
    agent = browser(world.agent.user)
    assert 'data-testid="delete"' not in agent.get(f"/voicemail/{pk}/").content.decode()
    assert agent.post(f"/voicemail/{pk}/delete/").status_code == 403
    assert world.file.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser(world.admin).post(f"/voicemail/{pk}/delete/").status_code == 302
    assert not world.file.exists()
    assert agent.get(f"/voicemail/{pk}/").status_code == 404
    with all_tenants("test"):
        assert AuditEntry.objects.filter(action="voicemail.delete", object_id=str(pk)).count() == 1


def test_list_is_filtered_by_box_state_and_mine(world: World) -> None:
    VoicemailMessageFactory(
        tenant=world.tenant, caller="13900000009", state="claimed", claimed_by=world.agent
    )
    client = browser(world.agent.user)
    for query, shown in (
        ("", {"13800138000", "13900000009"}),
        ("?state=new", {"13800138000"}),
        ("?mine=on", {"13900000009"}),
        ("?number=0009", {"13900000009"}),
        ("?box=company-7001", {"13800138000", "13900000009"}),
    ):
        page = client.get(f"/voicemail/{query}").content.decode()
        assert {n for n in ("13800138000", "13900000009") if n in page} == shown, query


def test_agent_sets_his_pin_and_it_is_kept_as_a_hash(world: World) -> None:
    client = browser(world.agent.user)
    assert client.post("/voicemail/pin/", {"pin": "12"}).status_code == 422
    assert client.post("/voicemail/pin/", {"pin": "580246"}).status_code == 302
    with all_tenants("test"):
        box = VoicemailBox.objects.get(agent=world.agent)
    assert box.has_pin
    assert "580246" not in box.pin_hash
    assert browser(world.admin).post("/voicemail/pin/", {"pin": "580246"}).status_code == 403


def test_token_lists_claims_and_closes(world: World) -> None:
    headers, pk = token(world.agent.user), world.message.pk
    [row] = Client().get("/api/v1/voicemail/?box=7001&state=new", headers=headers).json()["results"]
    assert (row["id"], row["box"], row["claimed_by"]) == (pk, "7001", None)
    assert listened(Client().get(row["audio"], headers=headers)) > 44
    claimed = Client().post(f"/api/v1/voicemail/{pk}/claim/", headers=headers).json()
    assert (claimed["state"], claimed["claimed_by"]) == ("claimed", world.agent.number)
    closed = (
        Client()
        .post(
            f"/api/v1/voicemail/{pk}/close/",
            {"note": "done"},
            headers=headers,
            content_type="application/json",
        )
        .json()
    )
    assert (closed["state"], closed["note"]) == ("closed", "done")


def test_message_that_a_colleague_has_is_refused_over_the_api(world: World) -> None:
    second = AgentFactory(tenant=world.tenant)
    QueueMemberFactory(tenant=world.tenant, queue=world.queue, agent=second)
    pk = world.message.pk
    first_headers, second_headers = token(world.agent.user, "a"), token(second.user, "b")
    assert Client().post(f"/api/v1/voicemail/{pk}/claim/", headers=first_headers).status_code == 200
    for act in ("claim", "close"):
        answer = Client().post(f"/api/v1/voicemail/{pk}/{act}/", headers=second_headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "voicemail.taken")
