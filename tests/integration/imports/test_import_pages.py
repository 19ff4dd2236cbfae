"""The pages of imports and exports: from the upload to the file of faults; who may not."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.tenancy import all_tenants, tenant_scope
from apps.customers.models import BlacklistEntry
from apps.customers.services import customer_create
from apps.imports.models import ExportRun, ImportRun
from apps.imports.xlsx import sheet_rows
from tests.factories import CallFactory
from tests.integration.imports.import_rows import HEADER, csv_bytes, person, uploaded, worked

pytestmark = pytest.mark.django_db
ROWS = [HEADER, ["13900000001", "spam", ""], ["=1+1", "=cmd|' /C calc'!A0", ""]]


def client_of(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def content(response: Any) -> bytes:
    whole = b"".join(response.streaming_content)
    closed(response)
    return whole


def closed(response: Any) -> None:
    """Close the file alone: `close` would tell Django that the request is over, and the test's
    connection to go."""
    for closer in response._resource_closers:
        closer()


def upload(client: Client, data: bytes, name: str = "a.csv", target: str = "blacklist") -> Any:
    sent = SimpleUploadedFile(name, data)
    return client.post("/imports/new/", {"target": target, "file": sent}, follow=True)


def the_run() -> ImportRun:
    with all_tenants("test"):
        return ImportRun.objects.latest("pk")


def test_uploaded_mapped_tried_imported_and_the_faults_corrected(
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = client_of(person(), "zh-hans")
    assert "还没有导入" in client.get("/imports/").content.decode()
    page = upload(client, csv_bytes(ROWS, "gb18030")).content.decode()
    run = the_run()
    assert 'data-state="ready"' in page
    assert "<option selected>gb18030</option>" in page
    assert "+8613900000001" in page
    wish = {"column-0": "number", "column-1": "reason", "duplicates": "skip", "mode": "best_effort"}
    client.post(f"/imports/{run.pk}/map/", {**wish, "do": "check", "template": "供应商表"})
    worked(run)
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert 'data-testid="checked"' in page
    assert "供应商表" in page
    with django_capture_on_commit_callbacks() as handed_over:
        client.post(f"/imports/{run.pk}/map/", {**wish, "do": "start"})
    assert len(handed_over) == 1
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    worked(run)
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert 'data-state="done"' in page
    assert 'data-balanced="yes"' in page
    answer = client.get(f"/imports/{run.pk}/errors/")
    text = content(answer).decode("utf-8-sig")
    names, fault = list(csv.reader(io.StringIO(text)))
    assert names[4:] == HEADER
    # No cell of the file is a formula for the spreadsheet that opens it.
    assert [cell for cell in fault if cell.startswith(("=", "+", "-", "@"))] == []
    assert (fault[0], fault[1], fault[4]) == ("3", "号码", "'=1+1")
    # Corrected, it goes in again as it is: our own columns are left out by themselves.
    corrected = text.replace("'=1+1", "13900000002")
    upload(client, corrected.encode("utf-8-sig"))
    again = the_run()
    assert again.columns == {4: "number", 5: "reason", 6: "expires_on"}
    client.post(
        f"/imports/{again.pk}/map/",
        {f"column-{at}": key for at, key in again.columns.items()} | {"do": "start"},
    )
    worked(again)
    with tenant_scope(run.tenant_id):
        kept = dict(BlacklistEntry.objects.values_list("number", "reason"))
    assert kept == {"13900000001": "spam", "13900000002": "=cmd|' /C calc'!A0"}
    assert 'data-testid="imported-row"' in client.get(f"/imports/{again.pk}/rows/").content.decode()
    page = client.get(f"/imports/{again.pk}/?template=1").content.decode()
    client.post(f"/imports/{again.pk}/undo/")
    worked(again)
    assert 'data-testid="import-undone"' in client.get(f"/imports/{again.pk}/").content.decode()
    assert "已删除" in client.post(f"/imports/{again.pk}/delete/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The file is empty."),
        (
            b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 400,
            "no CSV and no XLSX",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old Excel file"),
        (b"PK\x03\x04" + b"\x00" * 600, "The workbook is damaged"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, told: str) -> None:
    page = upload(client_of(person()), data, "customers.xlsx").content.decode()
    assert told in page
    with all_tenants("test"):
        assert not ImportRun.objects.exists()


def test_the_file_can_be_read_another_way() -> None:
    client = client_of(person())
    upload(client, csv_bytes(ROWS))
    run = the_run()
    client.post(f"/imports/{run.pk}/read/", {"encoding": "utf-8", "delimiter": ";"})
    run = the_run()
    assert (run.delimiter, run.has_header, run.rows_all, len(run.header)) == (";", False, 3, 1)


def test_who_may_not_sees_nothing() -> None:
    admin = person()
    run = uploaded(admin, csv_bytes(ROWS))
    for role in (Role.AGENT, Role.INSPECTOR):
        client = client_of(person(role, tenant=admin.tenant))
        assert client.get("/imports/").status_code == 403
        assert upload(client, csv_bytes(ROWS)).status_code == 403
        assert client.post("/exports/new/", {"source": "customers"}).status_code == 403
        assert "/imports/" not in client.get("/").content.decode()
    lead = client_of(person(Role.TEAM_LEAD, tenant=admin.tenant))
    assert lead.get(f"/imports/{run.pk}/").status_code == 404
    assert lead.post("/imports/policy/", {}).status_code == 403
    client_of(admin).post("/imports/policy/", {"importing": "admin", "exporting": "admin"})
    assert lead.get("/imports/").status_code == 403
    assert lead.post("/exports/new/", {"source": "customers"}).status_code == 403
    stranger = client_of(person())
    for end in ("", "errors/", "rows/"):
        assert stranger.get(f"/imports/{run.pk}/{end}").status_code == 404


def exported(user: User, kind: str, source: str = "customers", query: str = "") -> Any:
    client = client_of(user)
    page = client.post(
        "/exports/new/", {"source": source, "kind": kind, "query": query}, follow=True
    ).content.decode()
    assert 'data-state="done"' in page
    with all_tenants("test"):
        run = ExportRun.objects.latest("pk")
    return run, client.get(f"/exports/{run.pk}/file/")


def test_a_list_is_exported_as_it_is_filtered_and_comes_back_in(tmp_path: Path) -> None:
    user = person()
    with all_tenants("test"):
        for name in ("=HYPERLINK(1)", "王芳"):
            values = {"name": name, "numbers": "+8613800138000", "tags": "a;b", "balance": "-1.50"}
            customer_create(tenant_id=user.tenant_id or 0, values=values)
    run, answer = exported(user, "csv")
    text = content(answer)
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert {row["Name"] for row in rows} == {"'=HYPERLINK(1)", "王芳"}
    assert {row["Telephone numbers"] for row in rows} == {"'+8613800138000"}
    assert {row["Balance"] for row in rows} == {"-1.50"}
    run, answer = exported(user, "xlsx", query="q=%E7%8E%8B%E8%8A%B3")
    assert run.rows_read == 1
    path = tmp_path / "a.xlsx"
    path.write_bytes(content(answer))
    header, row = [one.cells for one in sheet_rows(path)]
    found = dict(zip(header, row, strict=False))
    assert (found["Name"], found["Telephone numbers"]) == ("王芳", "+8613800138000")
    assert found["Balance"] == "-1.5"
    with tenant_scope(user.tenant_id or 0):
        acts = list(AuditEntry.objects.filter(action__startswith="export.").order_by("pk"))
    assert [act.action for act in acts][-3:] == ["export.ask", "export.done", "export.fetch"]
    assert acts[-3].detail["filter"] == "q=%E7%8E%8B%E8%8A%B3"
    assert acts[-1].detail["rows"] == 1
    # The list's own filter, not only its words; the label of one that nobody has leaves nobody.
    for query, rows in (("tag=a", 2), ("tag=nobody", 0), ("level=vip", 0)):
        run, answer = exported(user, "csv", query=query)
        assert content(answer).count(b"\r\n") == run.rows_read + 1 == rows + 1


def test_numbers_are_masked_for_who_may_not_see_them() -> None:
    user = person(has_numbers_masked=True)
    with all_tenants("test"):
        CallFactory(tenant=user.tenant, caller="13800138000")
    _run, answer = exported(user, "csv", "calls")
    text = content(answer).decode()
    assert "138****8000" in text
    assert "13800138000" not in text


def test_a_file_is_for_who_asked_alone() -> None:
    lead = person(Role.TEAM_LEAD)
    run, answer = exported(lead, "csv", "tasks")
    closed(answer)
    for other in (person(tenant=lead.tenant), person()):
        assert client_of(other).get(f"/exports/{run.pk}/file/").status_code == 404
        assert client_of(other).post(f"/exports/{run.pk}/delete/").status_code == 404
    assert (
        "Deleted."
        in client_of(lead).post(f"/exports/{run.pk}/delete/", follow=True).content.decode()
    )
    with all_tenants("test"):
        assert not ExportRun.objects.filter(pk=run.pk).exists()
