"""Who asks for what is not his is in the audit trail, and cannot flood it."""

import pytest
from django.test import Client

from apps.audit import refusals, services
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants
from tests.factories import AgentFactory, ApiTokenFactory, CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db


def refused() -> list[tuple[str, str, str]]:
    """Return what the trail says: who, address, row."""
    with all_tenants("test"):
        rows = AuditEntry.objects.filter(action=refusals.ACTION).order_by("pk")
        return [(row.actor.username, row.object_type, row.object_id) for row in rows if row.actor]


def browser(agent: object) -> Client:
    client = Client()
    client.force_login(agent.user)  # type: ignore[attr-defined]
    return client


def test_call_of_another_company_is_noted_for_the_company_of_who_asked() -> None:
    agent, call = AgentFactory(), CallFactory()
    assert browser(agent).get(f"/calls/{call.pk}/").status_code == 404
    assert refused() == [(agent.user.username, "console:call", str(call.pk))]
    with all_tenants("test"):
        (row,) = AuditEntry.objects.filter(action=refusals.ACTION)
        assert row.tenant_id == agent.tenant_id
        assert row.detail == {"method": "GET", "status": 404}


def test_address_that_no_database_keeps_is_refused_and_noted() -> None:
    agent = AgentFactory()
    assert browser(agent).get("/agents/10%0001%1b/").status_code == 404
    assert refused() == [(agent.user.username, "console:agent-day", "10?01?")]


def test_token_that_asks_for_others_calls_and_recordings_is_noted() -> None:
    token, recording = ApiTokenFactory(token="refused-1"), RecordingFactory()
    headers = {"authorization": "Token refused-1"}
    for url in (f"/api/v1/calls/{recording.call_id}/", f"/recordings/{recording.pk}/audio"):
        assert Client(headers=headers).get(url).status_code == 404
    name = token.user.username
    assert refused() == [
        (name, "api:call-detail", str(recording.call_id)),
        (name, "recording-audio", str(recording.pk)),
    ]


def test_same_row_is_noted_once_in_a_while() -> None:
    client, call = browser(AgentFactory()), CallFactory()
    for _ in range(3):
        client.get(f"/calls/{call.pk}/")
    assert len(refused()) == 1


def test_who_tries_every_number_is_noted_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_AN_HOUR", 5)
    client = browser(AgentFactory())
    for number in range(900_000, 900_010):
        client.get(f"/calls/{number}/")
    assert len(refused()) == 5


def test_nobody_signed_in_and_what_names_no_row_are_not_noted() -> None:
    Client().get("/calls/1/")
    browser(AgentFactory()).get("/hours/")
    browser(AgentFactory()).get("/nowhere/")
    assert refused() == []
