"""Imports over the API: sent, started, watched; who may not."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.choices import Role
from apps.core.tenancy import all_tenants
from apps.imports.models import ImportRun
from tests.factories import ApiTokenFactory
from tests.integration.imports.import_rows import HEADER, csv_bytes, person, worked

pytestmark = pytest.mark.django_db
ROWS = [HEADER, ["13900000001", "spam", ""], ["letters", "spam", ""]]


def client_of(role: str = Role.ADMIN, **fields: Any) -> Client:
    user = person(role, **fields)
    with all_tenants("test"):
        ApiTokenFactory(tenant=user.tenant, user=user, token=f"i-{user.pk}")
    client = Client(headers={"authorization": f"Token i-{user.pk}", "accept-language": "en"})
    client.user = user  # type: ignore[attr-defined]
    return client


def sent(client: Client, data: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("a.csv", data)
    return client.post("/api/v1/imports/", {"file": file, "target": "blacklist", **more})


def test_a_file_is_sent_watched_and_its_faults_read() -> None:
    client = client_of()
    answer = sent(client, csv_bytes(ROWS))
    assert answer.status_code == 202, answer.content
    assert (answer.json()["state"], answer.json()["rows_all"]) == ("waiting", 2)
    with all_tenants("test"):
        run = ImportRun.objects.get()
    worked(run)
    address = f"/api/v1/imports/{run.pk}/"
    found = client.get(address).json()
    assert (found["state"], found["created"], found["failed"]) == ("done", 1, 1)
    [fault] = client.get(f"{address}faults/").json()
    assert (fault["row"], fault["column"], fault["value"]) == (3, "号码", "letters")
    assert client.post(f"{address}cancel/").json()["state"] == "done"
    assert client.get("/api/v1/imports/").json()["count"] == 1
    stranger = client_of()
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}cancel/").status_code == 404
    assert client_of(Role.TEAM_LEAD, tenant=run.tenant).get(address).status_code == 404


def test_what_cannot_be_mapped_or_read_is_refused() -> None:
    client = client_of()
    refused = sent(client, csv_bytes([["colour"], ["red"]]))
    assert (refused.status_code, refused.json()["code"]) == (400, "imports.mapping")
    assert sent(client, b"MZ\x90\x00" + b"\x00" * 300).json()["code"] == "imports.not_a_table"
    assert sent(client, csv_bytes(ROWS), template="none").status_code == 404
    assert sent(client, csv_bytes(ROWS), mode="perhaps").status_code == 400
    assert client.post("/api/v1/imports/", {"target": "blacklist"}).status_code == 400
    for role in (Role.AGENT, Role.INSPECTOR):
        low = client_of(role)
        assert sent(low, csv_bytes(ROWS)).status_code == 403
        assert low.get("/api/v1/imports/").status_code == 403
